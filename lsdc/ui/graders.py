"""Networks of runs, loaded once for all readers."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lsdc.prediction.grader import Grader, load_grader
from lsdc.runs import RunFolder
from lsdc.ui.datasets import FileVersion, file_version


def cached_grader(run: RunFolder) -> Grader:
    """The grader of a run.

    Raises:
        ExportError: If its network cannot be loaded.
    """
    return _grader(str(run.path), file_version(run.onnx_path))


@st.cache_resource(max_entries=4, show_spinner="Loading the network …")
def _grader(path: str, version: FileVersion) -> Grader:  # noqa: ARG001  # key
    return load_grader(RunFolder(Path(path)))
