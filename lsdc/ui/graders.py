"""Networks of runs, and what they made of their training cases, loaded once for all readers."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lsdc.prediction.grader import Grader, load_grader
from lsdc.runs import RunFolder
from lsdc.ui.datasets import FileVersion, file_version


def cached_grader(run: RunFolder) -> Grader:
    """The grader of a run.

    Raises:
        ExportError: If its network, or one of its members', cannot be loaded.
        EnsembleError: If a member is not as it was.
        CorruptRunError: If what it made of its training cases cannot be read.
    """
    # Of a missing network the grader says that it is missing.
    read = [path for of in run.networks() for path in (of.onnx_path, of.embeddings_path) if path.is_file()]
    return _grader(str(run.path), tuple(file_version(path) for path in read))


@st.cache_resource(max_entries=4, show_spinner="Loading the network …")
def _grader(path: str, versions: tuple[FileVersion, ...]) -> Grader:  # noqa: ARG001  # key
    return load_grader(RunFolder(Path(path)))
