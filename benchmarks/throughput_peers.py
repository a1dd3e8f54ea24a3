"""Who takes part in `throughput.py`; its processes are told by these words what to do."""

from __future__ import annotations

from enum import StrEnum


class Peer(StrEnum):
    """What is timed."""

    PROGRAM = "this program"
    LIMIT = "bare model.fit"
    AUGMENTED_LIMIT = "bare model.fit, augmenting"
    NOTEBOOK = "PyTorch, a DICOM file per sample"
    TORCH = "PyTorch, in memory"


OF_KERAS = (Peer.PROGRAM, Peer.LIMIT, Peer.AUGMENTED_LIMIT)
OF_TORCH = (Peer.NOTEBOOK, Peer.TORCH)
