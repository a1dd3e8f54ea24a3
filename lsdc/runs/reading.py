"""What the files of a run say, each read whole and checked as far as its readers rely on it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from lsdc.config import TrainingConfig
from lsdc.errors import ConfigError, CorruptRunError
from lsdc.files import read_json
from lsdc.runs.members import MEMBERS, Member
from lsdc.runs.paths import (
    CALIBRATION_FILE,
    CARD_FILE,
    CONFIG_FILE,
    DRAWS_FILE,
    EMBEDDINGS_FILE,
    HISTORY_FILE,
    MEMBERS_FILE,
    METRICS_FILE,
    NOTES_FILE,
    PREDICTIONS_FILE,
    STATUS_FILE,
    SUMMARY_FILE,
    RunPaths,
)
from lsdc.runs.status import RunNotes, RunStatus, SweepTrial

if TYPE_CHECKING:
    # Where it is needed it is imported there: it takes longer than all else that a worker imports, which needs none of it.
    import pandas as pd

# The decisions on a data set's labels lie in a folder that is named after it.
FINGERPRINT = re.compile(r"\w+", re.ASCII)
DATA_FIELDS = {"name", "root", "fingerprint", "synthetic", "rows", "studies"}
HISTORY_COLUMNS = ("epoch", "stage", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")


class RunReader(RunPaths):
    """A run as its files tell it. Every reader raises `CorruptRunError` for a file that is missing or damaged."""

    @cached_property
    def record(self) -> dict[str, Any]:
        """The whole of config.json: `config`, `preset`, `created`, `data`, `versions`, `commit`, `backend`, `device`, `precision`, `sweep`."""
        record = self._json(CONFIG_FILE)
        if not isinstance(record, dict) or not isinstance(record.get("config"), dict):
            raise self._corrupt(CONFIG_FILE, "it holds no configuration")
        return record

    @cached_property
    def config(self) -> TrainingConfig:
        """The hyperparameters."""
        values = self.record["config"]
        if missing := TrainingConfig.model_fields.keys() - values.keys():
            # A default of today would be a guess at what the run did.
            raise self._corrupt(CONFIG_FILE, f"another version wrote it, without {', '.join(sorted(missing))}")
        try:
            return TrainingConfig.parse(values)
        except ConfigError as error:
            raise self._corrupt(CONFIG_FILE, error.happened) from error

    @property
    def data(self) -> dict[str, Any]:
        """The data set it learned from: `name`, `root`, `fingerprint`, `synthetic`, `rows`, `studies`."""
        data = self.record.get("data")
        if not isinstance(data, dict) or not data.keys() >= DATA_FIELDS:
            raise self._corrupt(CONFIG_FILE, "it does not say which data it learned from")
        if not FINGERPRINT.fullmatch(str(data["fingerprint"])):
            raise self._corrupt(CONFIG_FILE, "the fingerprint of its data is none")
        return data

    @property
    def trial(self) -> SweepTrial | None:
        """Which trial of which sweep it is; None for a run of its own."""
        told = self.record.get("sweep")
        try:
            return None if told is None else SweepTrial.model_validate(told)
        except ValidationError as error:
            raise self._corrupt(CONFIG_FILE, "it does not say which trial of a sweep it is") from error

    def written_status(self) -> RunStatus:
        """What the status says, whether or not its process lives; `status` is what is true."""
        try:
            return RunStatus.model_validate(self._json(STATUS_FILE))
        except ValidationError as error:
            raise self._corrupt(STATUS_FILE, "it does not hold the state of a run") from error

    def history(self) -> pd.DataFrame:
        """One row per completed epoch; empty before the first. Columns are `HISTORY_COLUMNS`."""
        import pandas as pd

        path = self.path / HISTORY_FILE
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
        return self._parquet(PREDICTIONS_FILE)

    def predictions_sha256(self) -> str:
        """The hash of predictions.parquet, by which what was made of it is known to be of it."""
        return self._sha256(self.predictions_path)

    def draws(self) -> pd.DataFrame:
        """One row per resample of studies, one column per metric; `attrs` say which predictions they are of."""
        return self._parquet(self.draws_path.name)

    def embeddings(self) -> pd.DataFrame:
        """One row per training point: the row's keys and the network's embedding as float16 columns."""
        return self._parquet(self.embeddings_path.name)

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
        return self._text(CARD_FILE)

    def model_summary(self) -> str:
        """Layers and parameters, as text."""
        return self._text(SUMMARY_FILE)

    def notes(self) -> RunNotes:
        """The name, note and tags that a person gave it."""
        if not (self.path / NOTES_FILE).exists():
            return RunNotes()
        try:
            return RunNotes.model_validate(self._json(NOTES_FILE))
        except ValidationError as error:
            raise self._corrupt(NOTES_FILE, "it does not hold a name, a note and tags") from error

    def members(self) -> tuple[Member, ...]:
        """Of an ensemble the runs that it averages, first the one that looks at the most slices."""
        try:
            return MEMBERS.validate_python(self._json(MEMBERS_FILE))
        except ValidationError as error:
            raise self._corrupt(MEMBERS_FILE, "it does not name two members or more") from error

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
    def stop_reason(self) -> str:
        """What the program said when it asked it to stop; empty if a person did, or nobody."""
        return self._text(self.stop_path.name) if self.stop_requested else ""

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
            PREDICTIONS_FILE: self.predictions,
            EMBEDDINGS_FILE: self.embeddings,
            MEMBERS_FILE: self.members,
            METRICS_FILE: self.metrics,
            DRAWS_FILE: self.draws,
            CALIBRATION_FILE: self.calibration,
            CARD_FILE: self.model_card,
            SUMMARY_FILE: self.model_summary,
        }
        for name, read in readers.items():
            if name in present:
                read()

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


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "it is missing"
    if isinstance(error, json.JSONDecodeError):
        return "it is not valid JSON"
    return str(error) or type(error).__name__
