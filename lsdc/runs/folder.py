"""The run folder: the contract between training, comparison and prediction.

A run folder is born whole by a rename, and every file in it is replaced by a rename, so that it can be read after any
kill at any instant. Whether a run lives is known from the lock that its process holds, never from a process id.
"""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from lsdc import settings
from lsdc.files import replacing, write_json, write_parquet, write_text, write_with
from lsdc.runs.locks import inheritable_lock
from lsdc.runs.members import Member
from lsdc.runs.paths import (
    CALIBRATION_FILE,
    CARD_FILE,
    CONFIG_FILE,
    HISTORY_FILE,
    MEMBERS_FILE,
    METRICS_FILE,
    NOTES_FILE,
    STATUS_FILE,
    SUMMARY_FILE,
)
from lsdc.runs.reading import HISTORY_COLUMNS, RunReader
from lsdc.runs.status import RunNotes, RunState, RunStatus

if TYPE_CHECKING:
    import pandas as pd

# With less than this on the disk, what a process wrote last may well have failed.
FULL_DISK_BYTES = 2**20


class RunFolder(RunReader):
    """One run: read from its folder, told alive or dead, and written by its process."""

    def networks(self) -> list[RunFolder]:
        """The runs with whose networks it grades: itself, or its members, which lie beside it."""
        if not self.is_ensemble:
            return [self]
        return [RunFolder(self.path.parent / member.run_id) for member in self.members()]

    def status(self) -> RunStatus:
        """The state of the run; one whose process has died without a word is `failed`, with the reason."""
        return self._judge(self.is_locked)

    def status_under_lock(self) -> RunStatus:
        """The same for who holds the run's lock, and so knows that no process of it lives here."""
        return self._judge(lambda: False)

    def lock(self, *, patience_s: float = 0.0) -> AbstractContextManager[int | None]:
        """The lock that the run's process holds for as long as it lives, as `inheritable_lock` gives it."""
        return inheritable_lock(self.lock_path, patience_s=patience_s)

    def is_locked(self) -> bool:
        """Whether somebody holds that lock; nobody holds that of a folder that is gone."""
        try:
            with self.lock() as descriptor:
                return descriptor is None
        except FileNotFoundError:
            return False

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Replace config.json."""
        write_json(self.path / CONFIG_FILE, dict(record))
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

        with replacing(self.path / HISTORY_FILE) as temporary:
            pd.DataFrame(epochs, columns=list(HISTORY_COLUMNS)).to_csv(temporary, index=False)

    def write_predictions(self, predictions: pd.DataFrame) -> None:
        """Replace predictions.parquet."""
        write_parquet(self.predictions_path, predictions)

    def write_draws(self, draws: pd.DataFrame) -> None:
        """Replace draws.parquet."""
        write_parquet(self.draws_path, draws)

    def write_embeddings(self, embeddings: pd.DataFrame) -> None:
        """Replace embeddings.parquet."""
        write_parquet(self.embeddings_path, embeddings)

    def write_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Replace metrics.json."""
        write_json(self.path / METRICS_FILE, dict(metrics))

    def write_calibration(self, calibration: Mapping[str, Any]) -> None:
        """Replace calibration.json."""
        write_json(self.path / CALIBRATION_FILE, dict(calibration))

    def write_model_card(self, card: str) -> None:
        """Replace model_card.md."""
        write_text(self.path / CARD_FILE, card)

    def write_model_summary(self, summary: str) -> None:
        """Replace model_summary.txt."""
        write_text(self.path / SUMMARY_FILE, summary)

    def write_notes(self, notes: RunNotes) -> None:
        """Replace notes.json."""
        write_json(self.path / NOTES_FILE, notes.model_dump(mode="json"))

    def write_members(self, members: Sequence[Member]) -> None:
        """Replace members.json."""
        write_json(self.path / MEMBERS_FILE, [member.model_dump(mode="json") for member in members])

    def request_stop(self, reason: str = "") -> None:
        """Ask the run to stop after its current step; `reason` is the program's, if it was not a person who asked."""
        write_text(self.stop_path, reason)

    def clear_stop_request(self) -> None:
        """Forget that somebody asked, before the run goes on."""
        self.stop_path.unlink(missing_ok=True)

    def remove_working_files(self) -> None:
        """Leave what comparison and prediction read; afterwards the run can be repeated, but not resumed."""
        shutil.rmtree(self.checkpoint_path.parent, ignore_errors=True)
        for path in (self.keras_path, self.log_path, self.lock_path, self.stop_path):
            path.unlink(missing_ok=True)

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


def _beats_elsewhere(status: RunStatus) -> bool:
    """Whether the run lives on another host, whose locks may not reach here."""
    if not status.host or status.host == socket.gethostname():
        return False
    return time.time() - status.heartbeat < settings.grace_seconds()
