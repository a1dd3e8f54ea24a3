"""The worker of a host: starts queued runs, first in first out, one in each free slot, and explains how they died.

`ensure_worker` starts it. It remembers nothing that is not in the run folders, so it may be killed at any instant: runs
are processes of their own and go on, and the next worker knows their slots from their status and their lives from
their locks. It ends when there has been nothing to do for a while; so an updated program is not served by an old
worker for long, and nothing stays behind on a machine.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lsdc import settings
from lsdc.errors import CorruptRunError, LsdcError
from lsdc.runs import RunFolder, RunState, RunStatus, list_runs
from lsdc.runs.folder import FileVersion
from lsdc.runs.locks import PATIENCE_SECONDS
from lsdc.runs.queue import in_line, leave_queue
from lsdc.training.device import Slot, slots
from lsdc.training.last_words import explain_exit
from lsdc.training.processes import keep_lock, start_process
from lsdc.training.queue import ensure_worker

POLL_SECONDS = 0.5
IDLE_SECONDS = 60.0
RUN_MODULE = "lsdc.training.fit"


@dataclass(frozen=True, kw_only=True)
class Child:
    """A run's process that this worker started, and with which moment of enqueueing: a resumed run has another."""

    run: RunFolder
    slot: int
    enqueued: float
    process: subprocess.Popen[bytes]


class Worker:
    """Looks after the runs of a folder.

    Args:
        runs_root: The folder.
        slots: Where runs compute.
        module: The process of a run, as for `python -m`.
    """

    def __init__(self, runs_root: Path, slots: Sequence[Slot], *, module: str = RUN_MODULE) -> None:
        self._runs_root, self._slots, self._module = runs_root, slots, module
        self._children: dict[str, Child] = {}
        # Versions of the statuses that say that a run is over: most do, and need not be read each time.
        self._over: dict[str, FileVersion] = {}
        # What was said of runs that could not be started, so that it is said once.
        self._complaints: dict[str, str] = {}

    def turn(self) -> bool:
        """Look at all runs once, and do what there is to do; returns whether any run waits, works or needs a last word."""
        self._bury()
        statuses = self._unfinished()
        free = self._free_slots(statuses)
        for name in in_line(statuses):
            if free and name not in self._children and self._start(RunFolder(self._runs_root / name), free[0]):
                free.pop(0)
        return bool(statuses or self._children)

    def has_work(self) -> bool:
        """Whether any run waits or works."""
        return bool(self._unfinished())

    def _unfinished(self) -> dict[str, RunStatus]:
        """The runs that wait or work, or whose process still has to give back what it took."""
        statuses = {}
        for run in list_runs(self._runs_root):
            version = run.status_version()
            if version is None or self._over.get(run.run_id) == version:
                continue
            try:
                status = run.status()
            except CorruptRunError:
                # Pages say what is wrong with it; it must not keep the others from starting.
                continue
            if status.state.is_over and not _takes_slot(run, status):
                self._over[run.run_id] = version
            else:
                statuses[run.run_id] = status
        return statuses

    def _free_slots(self, statuses: dict[str, RunStatus]) -> list[Slot]:
        busy: set[int | None] = {child.slot for child in self._children.values()}
        busy |= {
            status.slot for name, status in statuses.items() if _takes_slot(RunFolder(self._runs_root / name), status)
        }
        return [slot for slot in self._slots if slot.index not in busy]

    def _start(self, run: RunFolder, slot: Slot) -> bool:
        """Start a run, unless somebody else has or its turn is over; returns whether the slot is taken now."""
        try:
            with run.lock(patience_s=PATIENCE_SECONDS) as descriptor:
                return descriptor is not None and self._start_locked(run, slot, descriptor)
        except (OSError, LsdcError) as error:
            # A full disk, or a folder that was removed: it stays in line, and the others have their turn.
            if self._complaints.get(run.run_id) != str(error):
                self._complaints[run.run_id] = str(error)
                _log(f"{run.run_id} cannot be started: {error}")
            return False

    def _start_locked(self, run: RunFolder, slot: Slot, descriptor: int) -> bool:
        if leave_queue(run):
            return False
        status = run.written_status()
        if not status.waits:
            return False
        try:
            environment = slot.environment(run.config.device)
        except CorruptRunError as error:
            run.write_status(status.end(RunState.FAILED, str(error), when=time.time()))
            return False
        place = {"slot": slot.index, "host": socket.gethostname(), "message": "Starting."}
        run.write_status(status.model_copy(update=place))
        process = start_process(
            self._module, str(run.path), descriptor=descriptor, log=run.log_path, environment=environment
        )
        self._children[run.run_id] = Child(run=run, slot=slot.index, enqueued=status.enqueued, process=process)
        _log(f"{run.run_id} started in slot {slot.index} as process {process.pid}")
        return True

    def _bury(self) -> None:
        for name, child in list(self._children.items()):
            code = child.process.poll()
            if code is not None and self._has_last_word(child, code):
                _log(f"{name} ended with {code}")
                del self._children[name]

    def _has_last_word(self, child: Child, code: int) -> bool:
        """Write the last word of a run whose process has ended, if it has not; returns False to try again later."""
        run = child.run
        try:
            with run.lock() as descriptor:
                if descriptor is None:
                    return False
                status = run.written_status()
                if not status.state.is_over and status.enqueued == child.enqueued:
                    run.write_status(status.end(RunState.FAILED, explain_exit(code), when=time.time()))
        except CorruptRunError:
            return True
        except OSError:
            # A removed run needs no last word; a full disk may have room for it later.
            return not run.path.exists()
        return True


def main(arguments: Sequence[str], *, module: str = RUN_MODULE) -> None:
    """Work until there has been nothing to do for a while.

    Args:
        arguments: The descriptor of the worker's lock, with which the process was started.
        module: The process of a run, as for `python -m`.
    """
    (descriptor,) = arguments
    lock = keep_lock(descriptor)
    worker = Worker(settings.runs_root(), slots(), module=module)
    busy = time.monotonic()
    while time.monotonic() - busy < IDLE_SECONDS:
        if worker.turn():
            busy = time.monotonic()
        time.sleep(POLL_SECONDS)
    os.close(lock)
    # Who enqueued a run a moment ago saw the lock held, and did not start another worker.
    if worker.has_work():
        ensure_worker()


def _takes_slot(run: RunFolder, status: RunStatus) -> bool:
    """Whether a process of this host computes in the slot that a status names, or has not left it yet."""
    return status.slot is not None and status.host == socket.gethostname() and run.is_locked()


def _log(line: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}", flush=True)  # noqa: T201  # standard output is the worker's log


if __name__ == "__main__":
    main(sys.argv[1:])
