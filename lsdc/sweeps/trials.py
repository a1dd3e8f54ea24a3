"""The trials of a sweep, as their run folders tell of them; nothing else is kept of a trial that has a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from lsdc.config import TrainingConfig
from lsdc.errors import CorruptRunError
from lsdc.runs import RunFolder, RunState, RunStatus, SweepTrial, list_runs
from lsdc.runs.paths import FileVersion
from lsdc.sweeps.space import SearchSpace

PRUNED = "pruned by the sweep"
STOPPED_TOO = "stopped with the sweep"


class TrialState(StrEnum):
    """How a trial stands. An infeasible one was drawn and refused: no run was made of it."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    PRUNED = "pruned"
    STOPPED = "stopped"
    FAILED = "failed"
    INFEASIBLE = "infeasible"

    @property
    def is_over(self) -> bool:
        """Whether nothing will change by itself any more."""
        return self not in (TrialState.WAITING, TrialState.RUNNING)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One trial.

    Args:
        number: From 1.
        state: How it stands.
        drawn: The searched hyperparameters.
        losses: The validation loss of each epoch of the last stage.
        seconds: How long it has computed.
        enqueued: When it came into the queue, in seconds since 1970.
        message: Its last word.
        run: Its run; None for an infeasible one.
    """

    number: int
    state: TrialState
    drawn: dict[str, Any]
    losses: tuple[float, ...] = ()
    seconds: float = 0.0
    enqueued: float = 0.0
    message: str = ""
    run: RunFolder | None = None

    @property
    def loss(self) -> float | None:
        """The lowest validation loss, that of the network that is kept; None before the first epoch has ended."""
        return min(self.losses, default=None)


def read_run_trials(runs_root: Path, sweep_id: str, space: SearchSpace) -> list[Trial]:
    """The trials of a sweep that have a run, by number; a run whose config cannot be read belongs to no sweep."""
    trials = []
    for run in list_runs(runs_root):
        place, config = _place(run.path, run.versions()[0])
        if place is not None and config is not None and place.id == sweep_id:
            trials.append(_read(run, place.number, space.values(config)))
    return sorted(trials, key=lambda trial: trial.number)


def best_trial(trials: Sequence[Trial]) -> Trial | None:
    """The finished trial of the lowest validation loss; test rows have no say in it."""
    finished = [trial for trial in trials if trial.state is TrialState.FINISHED and trial.loss is not None]
    return min(finished, key=lambda trial: trial.loss or 0.0, default=None)


def _read(run: RunFolder, number: int, values: dict[str, Any]) -> Trial:
    try:
        status = _written_status(run.path, run.status_version())
        if not status.state.is_over:
            # Whether a run lives is not in its files.
            status = run.status()
        losses = _losses(run.path, run.history_version())
        reason = run.stop_reason if status.state is RunState.STOPPED else ""
    except CorruptRunError as error:
        return Trial(number=number, state=TrialState.FAILED, drawn=values, message=str(error), run=run)
    return Trial(
        number=number,
        state=_state(status, reason),
        drawn=values,
        losses=losses,
        seconds=status.seconds,
        enqueued=status.enqueued,
        message=status.message,
        run=run,
    )


def _state(status: RunStatus, stop_reason: str) -> TrialState:
    match status.state:
        case RunState.QUEUED:
            return TrialState.WAITING
        case RunState.RUNNING:
            return TrialState.RUNNING
        case RunState.STOPPING:
            return TrialState.WAITING if status.waits else TrialState.RUNNING
        case RunState.FINISHED:
            return TrialState.FINISHED
        case RunState.FAILED:
            return TrialState.FAILED
        case RunState.STOPPED:
            return TrialState.PRUNED if stop_reason == PRUNED else TrialState.STOPPED


# The driver looks every second, at all runs there are; a file that has not changed says the same.


@lru_cache(maxsize=4096)
def _place(path: Path, config_version: FileVersion | None) -> tuple[SweepTrial | None, TrainingConfig | None]:  # noqa: ARG001  # key
    run = RunFolder(path)
    try:
        return run.trial, run.config
    except CorruptRunError:
        return None, None


@lru_cache(maxsize=4096)
def _written_status(path: Path, status_version: FileVersion | None) -> RunStatus:  # noqa: ARG001  # key
    return RunFolder(path).written_status()


@lru_cache(maxsize=4096)
def _losses(path: Path, history_version: FileVersion | None) -> tuple[float, ...]:  # noqa: ARG001  # key
    history = RunFolder(path).history()
    last = history[history["stage"] == history["stage"].max()]
    return tuple(float(loss) for loss in last["val_loss"].dropna())
