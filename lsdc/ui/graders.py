"""Networks of runs, and what they made of their training cases, loaded once for all readers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
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


# An explanation takes the processors for a second, a grade for milliseconds: beside many explanations a grade would wait.
_EXPLAINING = threading.Lock()


@contextmanager
def turn_to_explain() -> Iterator[None]:
    """Wait until no other session computes an explanation."""
    with st.spinner("Waiting for the explanations of others …"):
        while not _EXPLAINING.acquire(timeout=0.1):
            # Streamlit ends the script of a reader who has gone on where the script draws.
            st.empty()
    try:
        yield
    finally:
        _EXPLAINING.release()
