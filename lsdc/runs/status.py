"""What a run's process says of itself, and what a person says of the run."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing will change by itself any more."""
        return self in (RunState.STOPPED, RunState.FINISHED, RunState.FAILED)


class RunStatus(BaseModel, frozen=True, extra="forbid"):
    """What a run's process says of itself. Times are seconds since 1970; epochs and steps count those completed."""

    state: RunState
    message: str = ""
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    eta_seconds: float | None = None
    device: str = ""
    pid: int | None = None
    host: str = ""
    started: float | None = None
    ended: float | None = None
    heartbeat: float = 0.0


class RunNotes(BaseModel, frozen=True, extra="forbid"):
    """What a person says of a run."""

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
