"""What a run's process says of itself, and what a person says of the run."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints, ValidationError

from lsdc.config import SplitConfig
from lsdc.errors import ConfigError

Name = Annotated[str, StringConstraints(max_length=80)]
Note = Annotated[str, StringConstraints(max_length=2000)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=30)]
Tags = Annotated[tuple[Tag, ...], Field(max_length=10)]


# How often a run is put back into the queue because it was lost with its node.
MAX_RESTARTS = 3


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
    """What a run's process says of itself. Times are seconds since 1970; epochs and steps count those completed.

    Only who holds the run's lock replaces it.

    Args:
        enqueued: When it came into the queue; the queue is sorted by it.
        hindrance: What keeps one that waits from starting, if it is more than the others before it.
        restarts: How often it was put back into the queue because it was lost with its node.
        slot: Which of its host's slots it computes in; set when its process is started.
        earlier_seconds: How long it had computed before this turn.
        memory_bytes: What is in use on its GPU, or by its process where there is none.
        memory_total_bytes: What the GPU or the machine has.
        host: Whose process ids, locks and slots are meant.
        node: The node of the Ray cluster that it computes on, by Ray's name for it; empty without a cluster.
    """

    state: RunState
    message: str = ""
    hindrance: str = ""
    enqueued: float = 0.0
    restarts: int = 0
    earlier_seconds: float = 0.0
    slot: int | None = None
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    eta_seconds: float | None = None
    seconds_per_step: float | None = None
    device: str = ""
    memory_bytes: int | None = None
    memory_total_bytes: int | None = None
    pid: int | None = None
    host: str = ""
    node: str = ""
    started: float | None = None
    ended: float | None = None
    heartbeat: float = 0.0

    @property
    def waits(self) -> bool:
        """Whether it is in the queue, also if it was asked to leave it: no process has spoken for it yet."""
        return self.state in (RunState.QUEUED, RunState.STOPPING) and self.pid is None

    @property
    def seconds(self) -> float:
        """How long it has computed, all its turns together."""
        now = 0.0 if self.started is None else (self.ended or self.heartbeat) - self.started
        return self.earlier_seconds + max(0.0, now)

    @property
    def is_lost(self) -> bool:
        """Whether it died with its node of a cluster, and is to be put back into the queue."""
        return self.state is RunState.QUEUED and self.pid is not None

    def lose(self) -> RunStatus:
        """The same run, lost; or failed, if it brings down one node after the other."""
        if self.restarts == MAX_RESTARTS:
            message = f"It was lost with its node {self.restarts + 1} times, the last one {self.host}. Resume it to try again."
            return self.end(RunState.FAILED, message, when=self.heartbeat)
        message = f"Lost with its node {self.host}; goes on elsewhere when the worker has put it back into the queue."
        return self.model_copy(update={"state": RunState.QUEUED, "message": message, "eta_seconds": None})

    @property
    def turn(self) -> tuple[float, int]:
        """Which of its turns this is: a resumed run was enqueued anew, and one that was put back is counted."""
        return self.enqueued, self.restarts

    def end(self, state: RunState, message: str, *, when: float) -> RunStatus:
        """The same run, over."""
        return self.model_copy(update={"state": state, "message": message, "eta_seconds": None, "ended": when})


class SweepTrial(BaseModel, frozen=True, extra="forbid"):
    """Which trial of which sweep a run is.

    Args:
        id: Of the sweep.
        number: Of the trial, from 1.
        held_out: What fixes the rows of validation and test, in a sweep whose trials differ in their splits.
    """

    id: str
    number: int
    held_out: SplitConfig | None = None


class RunNotes(BaseModel, frozen=True, extra="forbid"):
    """What a person says of a run."""

    name: Name = ""
    note: Note = ""
    tags: Tags = ()

    @classmethod
    def parse(cls, *, name: str = "", note: str = "", tags: Iterable[str] = ()) -> Self:
        """Notes from a form or a command line, without the blanks around words; each tag counts once.

        Raises:
            ConfigError: If something is too long.
        """
        words = dict.fromkeys(tag.strip() for tag in tags)
        try:
            return cls(name=name.strip(), note=note.strip(), tags=tuple(word for word in words if word))
        except ValidationError as error:
            raise ConfigError(
                "These notes are too long.",
                "Expected a name of at most 80 letters, a note of at most 2000, and at most 10 tags of 30 each.",
                "Shorten them.",
            ) from error
