"""What the files of a run folder are called, and which of them are there. No other module knows their names."""

from __future__ import annotations

import os
from pathlib import Path

# Those whose shape others check, and name when it is wrong.
METRICS_FILE = "metrics.json"
CALIBRATION_FILE = "calibration.json"
DRAWS_FILE = "draws.parquet"

CONFIG_FILE = "config.json"
STATUS_FILE = "status.json"
NOTES_FILE = "notes.json"
MEMBERS_FILE = "members.json"
HISTORY_FILE = "history.csv"
PREDICTIONS_FILE = "predictions.parquet"
EMBEDDINGS_FILE = "embeddings.parquet"
CARD_FILE = "model_card.md"
SUMMARY_FILE = "model_summary.txt"

# What a run cannot be without; what moves with it; and what also moves when somebody asks for it, because it is large.
REQUIRED_FILES = (CONFIG_FILE, STATUS_FILE)
PORTABLE_FILES = (
    *REQUIRED_FILES,
    *(NOTES_FILE, MEMBERS_FILE, "review.csv", HISTORY_FILE, "train.log", SUMMARY_FILE, CARD_FILE),
    *(PREDICTIONS_FILE, EMBEDDINGS_FILE, METRICS_FILE, DRAWS_FILE, CALIBRATION_FILE),
    *("model.keras", "model.onnx"),
)
CHECKPOINT_FILES = ("checkpoint/last.keras", "checkpoint/first_stage.keras")

# Time of change in ns, inode and size: every writer replaces the file, so a new content is a new inode.
FileVersion = tuple[int, int, int]


class RunPaths:
    """Where the files of a run are."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def run_id(self) -> str:
        """The folder's name; that of a draft has a dot before it."""
        return self.path.name.removeprefix(".")

    @property
    def onnx_path(self) -> Path:
        """The exported network, which `lsdc.prediction` grades with."""
        return self.path / "model.onnx"

    @property
    def keras_path(self) -> Path:
        """The network of the best validation loss, as Keras saves it."""
        return self.path / "model.keras"

    @property
    def checkpoint_path(self) -> Path:
        """Network and optimizer at the last epoch boundary."""
        return self.path / "checkpoint" / "last.keras"

    @property
    def first_stage_path(self) -> Path:
        """The best network of the first stage, with which a second one begins."""
        return self.path / "checkpoint" / "first_stage.keras"

    @property
    def review_path(self) -> Path:
        """Its own copy of the label review that left rows out of its training, if one did."""
        return self.path / "review.csv"

    @property
    def log_path(self) -> Path:
        """What the run's process printed."""
        return self.path / "train.log"

    @property
    def predictions_path(self) -> Path:
        """The predictions, for whoever must know whether they have changed."""
        return self.path / PREDICTIONS_FILE

    @property
    def metrics_path(self) -> Path:
        """The scores, for whoever must know whether they have changed."""
        return self.path / METRICS_FILE

    @property
    def draws_path(self) -> Path:
        """The draws behind the intervals; runs of older versions have none."""
        return self.path / DRAWS_FILE

    @property
    def lock_path(self) -> Path:
        """What the run's process locks for as long as it lives."""
        return self.path / "run.lock"

    @property
    def stop_path(self) -> Path:
        """There while somebody asks the run to stop; it holds the reason."""
        return self.path / "stop.request"

    @property
    def embeddings_path(self) -> Path:
        """The embeddings, for whoever must know whether they have changed; runs of older versions have none."""
        return self.path / EMBEDDINGS_FILE

    @property
    def has_model_summary(self) -> bool:
        """Whether it has got so far as to have built its network."""
        return (self.path / SUMMARY_FILE).is_file()

    @property
    def has_model_card(self) -> bool:
        """Whether it got so far as to be described."""
        return (self.path / CARD_FILE).is_file()

    @property
    def can_predict(self) -> bool:
        """Whether it left a network to grade with, or has those of its members."""
        return self.onnx_path.is_file() or self.is_ensemble

    @property
    def is_ensemble(self) -> bool:
        """Whether it averages other runs instead of having a network of its own."""
        return (self.path / MEMBERS_FILE).is_file()

    @property
    def is_scored(self) -> bool:
        """Whether it left metrics to compare."""
        return self.metrics_path.is_file()

    @property
    def has_calibration(self) -> bool:
        """Whether it says how far its probabilities can be believed; runs of older versions do not."""
        return (self.path / CALIBRATION_FILE).is_file()

    @property
    def can_resume(self) -> bool:
        """Whether it left a checkpoint to go on from."""
        return self.checkpoint_path.is_file()

    @property
    def stop_requested(self) -> bool:
        """Whether somebody asked it to stop."""
        return self.stop_path.exists()

    def status_version(self) -> FileVersion | None:
        """What changes whenever somebody writes the status; much cheaper than reading it. None if there is none."""
        return self._version(STATUS_FILE)

    def history_version(self) -> FileVersion | None:
        """The same of the history; None before the first epoch has ended."""
        return self._version(HISTORY_FILE)

    def versions(self) -> tuple[FileVersion | None, ...]:
        """The same of everything small: config, status and notes."""
        return tuple(self._version(name) for name in (CONFIG_FILE, STATUS_FILE, NOTES_FILE))

    def _version(self, name: str) -> FileVersion | None:
        try:
            state = os.stat(f"{self.path}/{name}")  # noqa: PTH116  # a list of runs asks for hundreds of these
        except OSError:
            return None
        return state.st_mtime_ns, state.st_ino, state.st_size
