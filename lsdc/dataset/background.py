"""Work that a process of its own does while pages watch: at most one such process, which outlives whoever started it.

The process holds a lock for as long as it works, so that its life is known from the lock; what it last said stands in a
file beside it.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ValidationError

from lsdc.errors import LsdcError
from lsdc.files import read_json, write_json
from lsdc.settings import PROJECT_ROOT


class JobState(StrEnum):
    """Where the work stands."""

    ABSENT = "absent"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


class Progress(BaseModel, frozen=True):
    """How far the work is.

    Args:
        done: Of `total`; both 0 before they are known.
        seconds_left: None as long as nobody can tell.
    """

    state: JobState
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    message: str = ""

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.done / self.total if self.total else 0.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """A piece of work that one process at a time does.

    Args:
        lock: The file whose lock the process holds.
        said: The file of what it last said.
        is_done: Whether the work is there.
    """

    lock: Path
    said: Path
    is_done: Callable[[], bool]

    def watch(self) -> Progress:
        """How far it is. A process that died shows as failed, with the reason."""
        if self.is_done():
            return Progress(state=JobState.READY)
        written = self.last_said()
        if self.is_running():
            return written.model_copy(update={"state": JobState.BUILDING})
        if self.is_done():
            return Progress(state=JobState.READY)
        if written.state is JobState.BUILDING:
            reason = "The process that did this ended without a word; it was killed or ran out of memory."
            return written.model_copy(update={"state": JobState.FAILED, "message": reason})
        return written

    def start(self, module: str, *arguments: str) -> None:
        """Start a module of ours, as for `python -m`, in a process that outlives this one; nothing if one works already."""
        if self.is_done() or self.is_running():
            return
        self.lock.parent.mkdir(parents=True, exist_ok=True)
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=PROJECT_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        # Somebody must wait for a child, or it stays in the process table as a zombie.
        threading.Thread(target=process.wait, name=f"wait-{module}", daemon=True).start()

    def is_running(self) -> bool:
        """Whether a process is at it."""
        if not self.lock.parent.is_dir():
            return False
        try:
            with FileLock(self.lock).acquire(timeout=0):
                return False
        except Timeout:
            return True

    def run_alone(self, work: Callable[[Callable[[int, int], None]], None]) -> int:
        """Do the work in this process, unless another one does it already.

        Args:
            work: Is given what it is to call with what is done and all that is to do.

        Returns:
            The exit code of the process: 1 if the work failed on purpose, which is said, else 0.
        """
        try:
            with FileLock(self.lock).acquire(timeout=0):
                return self._run(work)
        except Timeout:
            # Another process is at it.
            return 0

    def _run(self, work: Callable[[Callable[[int, int], None]], None]) -> int:
        if self.is_done():
            return 0
        try:
            self.say(Progress(state=JobState.BUILDING))
            work(Pace(self).report)
        except (LsdcError, OSError) as error:
            self.say(Progress(state=JobState.FAILED, message=str(error)))
            return 1
        self.said.unlink(missing_ok=True)
        return 0

    def say(self, progress: Progress) -> None:
        """Tell who watches."""
        write_json(self.said, progress.model_dump(mode="json"))

    def last_said(self) -> Progress:
        """What the process told last."""
        try:
            return Progress.model_validate(read_json(self.said))
        except (OSError, ValueError, ValidationError):
            # Nothing was said yet, or the words are not ours: nobody has begun.
            return Progress(state=JobState.ABSENT)


class Pace:
    """Tells how far a job is, and by its pace how long it will take."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._first: tuple[float, int] | None = None

    def report(self, done: int, total: int) -> None:
        """Say what is done of all; the pace is that since the first call, since what was done before cost no time."""
        now = time.monotonic()
        began, before = self._first = self._first or (now, done)
        left = (total - done) * (now - began) / (done - before) if done > before else None
        self._job.say(Progress(state=JobState.BUILDING, done=done, total=total, seconds_left=left))
