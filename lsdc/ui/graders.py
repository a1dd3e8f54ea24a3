"""Networks of runs, and what they made of their training cases, loaded once for all readers."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lsdc.prediction.grader import Grader, load_grader
from lsdc.prediction.neighbours import TrainingCases
from lsdc.runs import RunFolder
from lsdc.ui.datasets import FileVersion, file_version


def cached_grader(run: RunFolder) -> Grader:
    """The grader of a run.

    Raises:
        ExportError: If its network, or one of its members', cannot be loaded.
        EnsembleError: If a member is not as it was.
    """
    # Of a missing file the grader says that it is missing.
    networks = [of.onnx_path for of in run.networks() if of.can_predict]
    return _grader(str(run.path), tuple(file_version(path) for path in networks))


def cached_cases(run: RunFolder) -> TrainingCases | None:
    """The training cases of a run; None for a run of an older version, which has kept no embeddings.

    Raises:
        CorruptRunError: If they cannot be read.
    """
    path = run.networks()[0].embeddings_path
    return _cases(str(run.path), file_version(path)) if path.is_file() else None


@st.cache_resource(max_entries=4, show_spinner="Loading the network …")
def _grader(path: str, versions: tuple[FileVersion, ...]) -> Grader:  # noqa: ARG001  # key
    return load_grader(RunFolder(Path(path)))


@st.cache_resource(max_entries=4, show_spinner="Reading the training cases …")
def _cases(path: str, version: FileVersion) -> TrainingCases:  # noqa: ARG001  # key
    return TrainingCases(RunFolder(Path(path)))
