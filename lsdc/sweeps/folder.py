"""The sweep folder: what was asked for, whether to go on, and which draws could not be run. It knows its file names.

Whether a sweep is searched is known from the lock that its driver holds. How its trials went is not in here: the run
folders say it, and so nothing can disagree with them.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from lsdc.errors import ConfigError, CorruptSweepError, SweepError, SweepNotFoundError
from lsdc.files import read_json, write_json
from lsdc.folders import add_folder, move_to_trash
from lsdc.runs.locks import LEAVING_SECONDS, inheritable_lock
from lsdc.sweeps.definition import SweepDefinition
from lsdc.sweeps.trials import Trial, TrialState, read_run_trials

RECORD_KEYS = {"definition", "data_root", "learns_from", "opened", "host", "created"}


class SweepState(StrEnum):
    """Where a sweep stands. It is over when its search has ended and its last trial too."""

    SEARCHING = "searching"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FINISHED = "finished"

    @property
    def is_over(self) -> bool:
        """Whether nothing will change by itself any more."""
        return self in (SweepState.STOPPED, SweepState.FINISHED)


class SweepEnd(BaseModel, frozen=True, extra="forbid"):
    """Why no further trial is drawn.

    Args:
        finished: Whether the search is complete, so that there is nothing to resume.
        reason: What people read.
        when: In seconds since 1970. Trials that were put into the queue before it end with a sweep that is stopped.
    """

    finished: bool
    reason: str
    when: float = Field(default_factory=time.time)


class Infeasible(BaseModel, frozen=True, extra="forbid"):
    """A draw that could not be run, and why."""

    number: int
    values: dict[str, Any]
    reason: str


class SweepFolder:
    """One sweep, read from its folder. Every reader raises `CorruptSweepError` for a file that is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def sweep_id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def log_path(self) -> Path:
        """What the driver printed."""
        return self.path / "driver.log"

    @cached_property
    def definition(self) -> SweepDefinition:
        """What was asked for."""
        try:
            return SweepDefinition.parse(self._record()["definition"])
        except (ConfigError, TypeError) as error:
            raise self._corrupt("sweep.json", getattr(error, "happened", "it holds no definition")) from error

    @property
    def data_root(self) -> Path:
        """The data set that its trials learn from."""
        return Path(self._record()["data_root"])

    @property
    def host(self) -> str:
        """Whose driver searches: locks may not reach from one host to another."""
        return str(self._record()["host"])

    @property
    def learns_from(self) -> dict[str, str]:
        """What names the labels that it began with, as `learns_from` gives it."""
        return dict(self._record()["learns_from"])

    @property
    def opened(self) -> float:
        """When it was started or, after a stop, resumed; in seconds since 1970."""
        return float(self._record()["opened"])

    @property
    def created(self) -> str:
        """When it was started, in ISO 8601."""
        return str(self._record()["created"])

    def end(self) -> SweepEnd | None:
        """Why no further trial is drawn; None while the search goes on."""
        if not self._end_path.exists():
            return None
        try:
            return SweepEnd.model_validate(self._json(self._end_path.name))
        except ValidationError as error:
            raise self._corrupt(self._end_path.name, "it does not say why the search ended") from error

    def trials(self, runs_root: Path) -> list[Trial]:
        """All trials by number: those with a run, and the draws that could not be run."""
        runs = read_run_trials(runs_root, self.sweep_id, self.definition.space)
        refused = [
            Trial(number=draw.number, state=TrialState.INFEASIBLE, drawn=draw.values, message=draw.reason)
            for draw in self.infeasible()
        ]
        return sorted([*runs, *refused], key=lambda trial: trial.number)

    def infeasible(self) -> list[Infeasible]:
        """The draws that could not be run."""
        if not self._infeasible_path.exists():
            return []
        space = self.definition.space
        try:
            draws = [Infeasible.model_validate(told) for told in self._json(self._infeasible_path.name)]
            # JSON has neither tuples nor our words.
            return [draw.model_copy(update={"values": space.parse_values(draw.values)}) for draw in draws]
        except (ValidationError, TypeError, KeyError, ConfigError) as error:
            raise self._corrupt(self._infeasible_path.name, "it does not hold draws") from error

    def add_infeasible(self, draw: Infeasible) -> None:
        """Remember a draw that could not be run."""
        write_json(self._infeasible_path, [each.model_dump(mode="json") for each in [*self.infeasible(), draw]])

    def write_end(self, end: SweepEnd) -> None:
        """Draw no further trial."""
        write_json(self._end_path, end.model_dump(mode="json"))

    def reopen(self) -> None:
        """Let this host draw trials again."""
        write_json(self.path / "sweep.json", {**self._record(), "host": socket.gethostname(), "opened": time.time()})
        self._end_path.unlink(missing_ok=True)

    def lock(self, *, patience_s: float = 0.0) -> AbstractContextManager[int | None]:
        """The lock that the driver holds for as long as it lives, as `inheritable_lock` gives it."""
        return inheritable_lock(self.path / "driver.lock", patience_s=patience_s)

    def check(self) -> None:
        """Read everything; raises `CorruptSweepError` for what is missing or damaged."""
        _ = self.definition, self.end(), self.infeasible()

    @property
    def _end_path(self) -> Path:
        return self.path / "end.json"

    @property
    def _infeasible_path(self) -> Path:
        return self.path / "infeasible.json"

    def _record(self) -> dict[str, Any]:
        record = self._json("sweep.json")
        if not isinstance(record, dict) or not record.keys() >= RECORD_KEYS:
            raise self._corrupt("sweep.json", "it does not hold a sweep")
        return record

    def _json(self, name: str) -> Any:
        try:
            return read_json(self.path / name)
        except FileNotFoundError as error:
            raise self._corrupt(name, "it is missing") from error
        except (OSError, ValueError, RecursionError) as error:
            raise self._corrupt(name, "it is not valid JSON") from error

    def _corrupt(self, name: str, reason: str) -> CorruptSweepError:
        return CorruptSweepError(
            f"{name} of sweep {self.sweep_id} cannot be read: {reason}.",
            "A sweep folder holds what was asked for. Its trials are runs, which are not touched by this.",
            "Put the file back from a copy, or remove the sweep; its runs stay.",
        )


def state_of(sweep: SweepFolder, trials: Sequence[Trial]) -> SweepState:
    """Where a sweep stands, given its trials."""
    end = sweep.end()
    if end is None:
        return SweepState.SEARCHING
    if any(not trial.state.is_over for trial in trials):
        return SweepState.SEARCHING if end.finished else SweepState.STOPPING
    return SweepState.FINISHED if end.finished else SweepState.STOPPED


def learns_from(data: Mapping[str, Any]) -> dict[str, str]:
    """What names the labels that a run learns from: the fingerprint of the data set, and the hash of a label review.

    Args:
        data: Of the run, as its config.json holds it.
    """
    return {"fingerprint": data["fingerprint"], "review": data.get("left_out", {}).get("sha256", "")}


def create_sweep(
    sweeps_root: Path, definition: SweepDefinition, data_root: Path, data: Mapping[str, Any]
) -> SweepFolder:
    """Make the folder of a sweep; it appears under its name only when it is whole.

    Args:
        sweeps_root: Of all sweeps.
        definition: What is asked for.
        data_root: The data set.
        data: What its runs will hold of it, as `describe_run` gives it.
    """
    record: Mapping[str, Any] = {
        "definition": definition.model_dump(mode="json"),
        "data_root": str(data_root),
        "learns_from": learns_from(data),
        "opened": time.time(),
        "host": socket.gethostname(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return SweepFolder(add_folder(sweeps_root, "sweep", lambda draft: write_json(draft / "sweep.json", record)))


def list_sweeps(sweeps_root: Path) -> list[SweepFolder]:
    """All sweep folders, newest first, damaged ones included: reading one of those says what is wrong."""
    if not sweeps_root.is_dir():
        return []
    folders = [path for path in sweeps_root.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return [SweepFolder(path) for path in sorted(folders, reverse=True)]


def open_sweep(sweeps_root: Path, sweep_id: str) -> SweepFolder:
    """The sweep of that name.

    Raises:
        SweepNotFoundError: If there is none. A name with a path in it is none.
    """
    for sweep in list_sweeps(sweeps_root):
        if sweep.sweep_id == sweep_id:
            return sweep
    raise SweepNotFoundError(
        f"There is no sweep “{sweep_id}”.",
        f"Sweeps are the folders in {sweeps_root}.",
        "Choose one that `python -m lsdc sweep list` lists.",
    )


def remove_sweep(sweep: SweepFolder, trash_root: Path) -> Path:
    """Move a sweep that no driver works on to the trash; returns where it lies now. Its runs stay.

    Raises:
        SweepError: If its driver lives.
    """
    with sweep.lock(patience_s=LEAVING_SECONDS) as descriptor:
        if descriptor is None:
            raise SweepError(
                f"Sweep {sweep.sweep_id} is being searched.",
                "A sweep is removed when it has ended.",
                "Stop it first, and wait for its end.",
            )
        return move_to_trash(sweep.path, trash_root)
