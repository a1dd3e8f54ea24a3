"""The run folder: the contract between training, comparison and prediction. The only module that knows its file names.

A run folder is born whole by a rename, and every file in it is replaced by a rename, so that it can be read after any
kill at any instant. Whether a run lives is known from the lock that its process holds, never from a process id.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from lsdc import settings
from lsdc.config import TrainingConfig
from lsdc.errors import ConfigError, CorruptRunError
from lsdc.files import read_json, replacing, write_json, write_parquet, write_text, write_with
from lsdc.runs.locks import inheritable_lock
from lsdc.runs.members import MEMBERS, Member
from lsdc.runs.status import RunNotes, RunState, RunStatus, SweepTrial

if TYPE_CHECKING:
    # Where it is needed it is imported there: it takes longer than all else that a worker imports, which needs none of it.
    import pandas as pd

# With less than this on the disk, what a process wrote last may well have failed.
FULL_DISK_BYTES = 2**20

# Those whose shape others check, and name when it is wrong.
METRICS_FILE = "metrics.json"
CALIBRATION_FILE = "calibration.json"
STATUS_FILE = "status.json"
DRAWS_FILE = "draws.parquet"
MEMBERS_FILE = "members.json"

# What a run cannot be without; what moves with it; and what also moves when somebody asks for it, because it is large.
REQUIRED_FILES = ("config.json", STATUS_FILE)
PORTABLE_FILES = (
    *REQUIRED_FILES,
    *("notes.json", MEMBERS_FILE, "review.csv", "history.csv", "train.log", "model_summary.txt", "model_card.md"),
    *("predictions.parquet", "embeddings.parquet", METRICS_FILE, DRAWS_FILE, CALIBRATION_FILE),
    *("model.keras", "model.onnx"),
)
CHECKPOINT_FILES = ("checkpoint/last.keras", "checkpoint/first_stage.keras")

# Time of change in ns, inode and size: every writer replaces the file, so a new content is a new inode.
FileVersion = tuple[int, int, int]

# The decisions on a data set's labels lie in a folder that is named after it.
FINGERPRINT = re.compile(r"\w+", re.ASCII)
DATA_FIELDS = {"name", "root", "fingerprint", "synthetic", "rows", "studies"}
HISTORY_COLUMNS = ("epoch", "stage", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")


class RunFolder:
    """One run, read from its folder. Every reader raises `CorruptRunError` for a file that is missing or damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def run_id(self) -> str:
        """The folder's name; that of a draft has a dot before it."""
        return self.path.name.removeprefix(".")

    # Paths for those who write formats of their own.

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

    # Reading.

    @cached_property
    def record(self) -> dict[str, Any]:
        """The whole of config.json: `config`, `preset`, `created`, `data`, `versions`, `commit`, `backend`, `device`, `precision`, `sweep`."""
        record = self._json("config.json")
        if not isinstance(record, dict) or not isinstance(record.get("config"), dict):
            raise self._corrupt("config.json", "it holds no configuration")
        return record

    @cached_property
    def config(self) -> TrainingConfig:
        """The hyperparameters."""
        values = self.record["config"]
        if missing := TrainingConfig.model_fields.keys() - values.keys():
            # A default of today would be a guess at what the run did.
            raise self._corrupt("config.json", f"another version wrote it, without {', '.join(sorted(missing))}")
        try:
            return TrainingConfig.parse(values)
        except ConfigError as error:
            raise self._corrupt("config.json", error.happened) from error

    @property
    def data(self) -> dict[str, Any]:
        """The data set it learned from: `name`, `root`, `fingerprint`, `synthetic`, `rows`, `studies`."""
        data = self.record.get("data")
        if not isinstance(data, dict) or not data.keys() >= DATA_FIELDS:
            raise self._corrupt("config.json", "it does not say which data it learned from")
        if not FINGERPRINT.fullmatch(str(data["fingerprint"])):
            raise self._corrupt("config.json", "the fingerprint of its data is none")
        return data

    @property
    def trial(self) -> SweepTrial | None:
        """Which trial of which sweep it is; None for a run of its own."""
        told = self.record.get("sweep")
        try:
            return None if told is None else SweepTrial.model_validate(told)
        except ValidationError as error:
            raise self._corrupt("config.json", "it does not say which trial of a sweep it is") from error

    def status(self) -> RunStatus:
        """The state of the run; one whose process has died without a word is `failed`, with the reason."""
        return self._judge(self.is_locked)

    def status_under_lock(self) -> RunStatus:
        """The same for who holds the run's lock, and so knows that no process of it lives here."""
        return self._judge(lambda: False)

    def status_version(self) -> FileVersion | None:
        """What changes whenever somebody writes the status; much cheaper than reading it. None if there is none."""
        return self._version(STATUS_FILE)

    def history_version(self) -> FileVersion | None:
        """The same of the history; None before the first epoch has ended."""
        return self._version("history.csv")

    def versions(self) -> tuple[FileVersion | None, ...]:
        """The same of everything small: config, status and notes."""
        return tuple(self._version(name) for name in ("config.json", STATUS_FILE, "notes.json"))

    def written_status(self) -> RunStatus:
        """What the status says, whether or not its process lives; `status` is what is true."""
        try:
            return RunStatus.model_validate(self._json(STATUS_FILE))
        except ValidationError as error:
            raise self._corrupt(STATUS_FILE, "it does not hold the state of a run") from error

    def history(self) -> pd.DataFrame:
        """One row per completed epoch; empty before the first. Columns are `HISTORY_COLUMNS`."""
        import pandas as pd

        path = self.path / "history.csv"
        if not path.exists():
            return pd.DataFrame(columns=list(HISTORY_COLUMNS), dtype="float64")
        try:
            history = pd.read_csv(path)
        except (ValueError, OSError) as error:
            raise self._corrupt(path.name, str(error)) from error
        if list(history.columns) != list(HISTORY_COLUMNS):
            raise self._corrupt(path.name, "its columns are not those of a history")
        return history

    def predictions(self) -> pd.DataFrame:
        """One row per evaluated point: split, the row's keys, label and three probabilities."""
        return self._parquet("predictions.parquet")

    def predictions_sha256(self) -> str:
        """The hash of predictions.parquet, by which what was made of it is known to be of it."""
        return self._sha256(self.predictions_path)

    def draws(self) -> pd.DataFrame:
        """One row per resample of studies, one column per metric; `attrs` say which predictions they are of."""
        return self._parquet(self.draws_path.name)

    def embeddings(self) -> pd.DataFrame:
        """One row per training point: the row's keys and the network's embedding as float16 columns."""
        return self._parquet("embeddings.parquet")

    def metrics(self) -> dict[str, Any]:
        """What `lsdc.evaluation` made of the predictions; `lsdc.evaluation.metrics_file` checks its shape."""
        metrics = self._json(METRICS_FILE)
        if not isinstance(metrics, dict):
            raise self._corrupt(METRICS_FILE, "it holds no metrics")
        return metrics

    def calibration(self) -> dict[str, Any]:
        """How its probabilities were calibrated; `lsdc.evaluation.calibration_file` checks its shape."""
        calibration = self._json(CALIBRATION_FILE)
        if not isinstance(calibration, dict):
            raise self._corrupt(CALIBRATION_FILE, "it holds no calibration")
        return calibration

    def model_card(self) -> str:
        """The model card, as Markdown."""
        return self._text("model_card.md")

    def model_summary(self) -> str:
        """Layers and parameters, as text."""
        return self._text("model_summary.txt")

    def notes(self) -> RunNotes:
        """The name, note and tags that a person gave it."""
        if not (self.path / "notes.json").exists():
            return RunNotes()
        try:
            return RunNotes.model_validate(self._json("notes.json"))
        except ValidationError as error:
            raise self._corrupt("notes.json", "it does not hold a name, a note and tags") from error

    def members(self) -> tuple[Member, ...]:
        """Of an ensemble the runs that it averages, first the one that looks at the most slices."""
        try:
            return MEMBERS.validate_python(self._json(MEMBERS_FILE))
        except ValidationError as error:
            raise self._corrupt(MEMBERS_FILE, "it does not name two members or more") from error

    def networks(self) -> list[RunFolder]:
        """The runs with whose networks it grades: itself, or its members, which lie beside it."""
        if not self.is_ensemble:
            return [self]
        return [RunFolder(self.path.parent / member.run_id) for member in self.members()]

    def network_sha256(self) -> str:
        """The hash of its exported network."""
        return self._sha256(self.onnx_path)

    def log_tail(self, max_bytes: int = 16_384) -> str:
        """The end of the log, from the first whole line in its last `max_bytes`."""
        if not self.log_path.exists():
            return ""
        with self.log_path.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(0, size - max_bytes))
            tail = log.read()
        if size > max_bytes:
            tail = tail.partition(b"\n")[2]
        return tail.decode("utf-8", errors="replace")

    @property
    def predictions_path(self) -> Path:
        """The predictions, for whoever must know whether they have changed."""
        return self.path / "predictions.parquet"

    @property
    def metrics_path(self) -> Path:
        """The scores, for whoever must know whether they have changed."""
        return self.path / METRICS_FILE

    @property
    def draws_path(self) -> Path:
        """The draws behind the intervals; runs of older versions have none."""
        return self.path / DRAWS_FILE

    @property
    def has_model_summary(self) -> bool:
        """Whether it has got so far as to have built its network."""
        return (self.path / "model_summary.txt").is_file()

    @property
    def has_model_card(self) -> bool:
        """Whether it got so far as to be described."""
        return (self.path / "model_card.md").is_file()

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
        return self._stop_request.exists()

    @property
    def stop_reason(self) -> str:
        """What the program said when it asked it to stop; empty if a person did, or nobody."""
        return self._text(self._stop_request.name) if self.stop_requested else ""

    @property
    def stopped_how(self) -> str:
        """The first words of the last word of a run that was stopped."""
        return f"Stopped ({self.stop_reason})" if self.stop_reason else "Stopped"

    def check(self) -> None:
        """Read everything but the networks; raises `CorruptRunError` for what is missing or damaged, or if it is not over."""
        if not self.written_status().state.is_over:
            raise self._corrupt(STATUS_FILE, "the run is not over")
        _ = self.config, self.data, self.trial
        self.notes()
        self.history()
        present = [path.name for path in self.path.iterdir()]
        readers: dict[str, Callable[[], object]] = {
            "predictions.parquet": self.predictions,
            "embeddings.parquet": self.embeddings,
            MEMBERS_FILE: self.members,
            METRICS_FILE: self.metrics,
            DRAWS_FILE: self.draws,
            CALIBRATION_FILE: self.calibration,
            "model_card.md": self.model_card,
            "model_summary.txt": self.model_summary,
        }
        for name, read in readers.items():
            if name in present:
                read()

    # Writing.

    def lock(self, *, patience_s: float = 0.0) -> AbstractContextManager[int | None]:
        """The lock that the run's process holds for as long as it lives, as `inheritable_lock` gives it."""
        return inheritable_lock(self.path / "run.lock", patience_s=patience_s)

    def is_locked(self) -> bool:
        """Whether somebody holds that lock; nobody holds that of a folder that is gone."""
        try:
            with self.lock() as descriptor:
                return descriptor is None
        except FileNotFoundError:
            return False

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Replace config.json."""
        write_json(self.path / "config.json", dict(record))
        self.__dict__.pop("record", None)

    def write_status(self, status: RunStatus) -> None:
        """Replace status.json, with the time of writing as its heartbeat."""
        beating = status.model_copy(update={"heartbeat": time.time()})
        write_json(self.path / STATUS_FILE, beating.model_dump(mode="json"))

    def write_review(self, content: bytes) -> None:
        """Replace review.csv."""
        write_with(self.review_path, lambda path: path.write_bytes(content))

    def write_history(self, epochs: Sequence[Mapping[str, float]]) -> None:
        """Replace history.csv."""
        import pandas as pd

        with replacing(self.path / "history.csv") as temporary:
            pd.DataFrame(epochs, columns=list(HISTORY_COLUMNS)).to_csv(temporary, index=False)

    def write_predictions(self, predictions: pd.DataFrame) -> None:
        """Replace predictions.parquet."""
        write_parquet(self.path / "predictions.parquet", predictions)

    def write_draws(self, draws: pd.DataFrame) -> None:
        """Replace draws.parquet."""
        write_parquet(self.draws_path, draws)

    def write_embeddings(self, embeddings: pd.DataFrame) -> None:
        """Replace embeddings.parquet."""
        write_parquet(self.path / "embeddings.parquet", embeddings)

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Replace metrics.json."""
        write_json(self.path / METRICS_FILE, dict(metrics))

    def write_calibration(self, calibration: Mapping[str, Any]) -> None:
        """Replace calibration.json."""
        write_json(self.path / CALIBRATION_FILE, dict(calibration))

    def write_model_card(self, card: str) -> None:
        """Replace model_card.md."""
        write_text(self.path / "model_card.md", card)

    def write_model_summary(self, summary: str) -> None:
        """Replace model_summary.txt."""
        write_text(self.path / "model_summary.txt", summary)

    def write_notes(self, notes: RunNotes) -> None:
        """Replace notes.json."""
        write_json(self.path / "notes.json", notes.model_dump(mode="json"))

    def write_members(self, members: Sequence[Member]) -> None:
        """Replace members.json."""
        write_json(self.path / MEMBERS_FILE, [member.model_dump(mode="json") for member in members])

    def request_stop(self, reason: str = "") -> None:
        """Ask the run to stop after its current step; `reason` is the program's, if it was not a person who asked."""
        write_text(self._stop_request, reason)

    def clear_stop_request(self) -> None:
        """Forget that somebody asked, before the run goes on."""
        self._stop_request.unlink(missing_ok=True)

    def remove_working_files(self) -> None:
        """Leave what comparison and prediction read; afterwards the run can be repeated, but not resumed."""
        shutil.rmtree(self.checkpoint_path.parent, ignore_errors=True)
        for name in ("model.keras", "embeddings.parquet", "train.log", "run.lock", "stop.request"):
            (self.path / name).unlink(missing_ok=True)

    # Within.

    @property
    def _stop_request(self) -> Path:
        return self.path / "stop.request"

    def _judge(self, is_locked: Callable[[], bool]) -> RunStatus:
        status = self.written_status()
        if status.state.is_over:
            return status
        # One that waits in the queue has no process that could die.
        if status.state is RunState.QUEUED or _beats_elsewhere(status) or is_locked():
            return status.model_copy(update={"state": RunState.STOPPING}) if self.stop_requested else status
        # The process may have said its last word and let go of the lock between our two looks.
        status = self.written_status()
        if status.state.is_over:
            return status
        if status.node:
            # The actor that started it on its node says why a process dies; where nobody said, it died too.
            return status.lose()
        return status.end(RunState.FAILED, self._why_it_said_nothing(), when=status.heartbeat)

    def _why_it_said_nothing(self) -> str:
        if shutil.disk_usage(self.path).free < FULL_DISK_BYTES:
            return "The run's process ended without a word, and the disk is full: free some space, then resume it."
        return "The run's process ended without a word: it was killed, ran out of memory, or the machine was restarted."

    def _version(self, name: str) -> FileVersion | None:
        try:
            state = os.stat(f"{self.path}/{name}")  # noqa: PTH116  # a list of runs asks for hundreds of these
        except OSError:
            return None
        return state.st_mtime_ns, state.st_ino, state.st_size

    def _json(self, name: str) -> Any:
        try:
            return read_json(self.path / name)
        except (OSError, ValueError, RecursionError) as error:
            raise self._corrupt(name, _reason(error)) from error

    def _sha256(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise self._corrupt(path.name, _reason(error)) from error

    def _text(self, name: str) -> str:
        try:
            return (self.path / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise self._corrupt(name, _reason(error)) from error

    def _parquet(self, name: str) -> pd.DataFrame:
        import pandas as pd

        try:
            return pd.read_parquet(self.path / name)
        except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
            raise self._corrupt(name, _reason(error)) from error

    def _corrupt(self, name: str, reason: str) -> CorruptRunError:
        return CorruptRunError(
            f"{name} of run {self.run_id} cannot be read: {reason}.",
            "A run folder holds the files that its training wrote.",
            "Put the file back from a copy, repeat the run, or remove its folder.",
        )


def _beats_elsewhere(status: RunStatus) -> bool:
    """Whether the run lives on another host, whose locks may not reach here."""
    if not status.host or status.host == socket.gethostname():
        return False
    return time.time() - status.heartbeat < settings.grace_seconds()


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "it is missing"
    if isinstance(error, json.JSONDecodeError):
        return "it is not valid JSON"
    return str(error) or type(error).__name__
