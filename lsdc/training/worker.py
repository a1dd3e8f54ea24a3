"""The worker of a host: has queued runs started, first in first out, wherever its launcher has room for them.

`ensure_worker` starts it. It remembers nothing that is not in the run folders, so it may be killed at any instant: runs
are processes of their own and go on, and the next worker knows where they compute from their status and their lives from
their locks. It ends when there has been nothing to do for a while; so an updated program is not served by an old
worker for long, and nothing stays behind on a machine.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from lsdc import settings
from lsdc.errors import ClusterError, CorruptRunError, LsdcError
from lsdc.runs import RunFolder, RunStatus, list_runs
from lsdc.runs.paths import FileVersion
from lsdc.runs.queue import hinder, in_line
from lsdc.training.device import check_ray, slots
from lsdc.training.launchers import Launcher, LocalLauncher, log
from lsdc.training.processes import keep_lock
from lsdc.training.queue import ensure_worker
from lsdc.training.starting import RUN_MODULE

POLL_SECONDS = 0.5
IDLE_SECONDS = 60.0


class Worker:
    """Looks after the runs of a folder.

    Args:
        runs_root: The folder.
        launcher: Starts their processes.
    """

    def __init__(self, runs_root: Path, launcher: Launcher) -> None:
        self._runs_root, self._launcher = runs_root, launcher
        # Versions of the statuses that say that a run is over: most do, and need not be read each time.
        self._over: dict[str, FileVersion] = {}
        # What was said of runs that could not be started, so that it is said once.
        self._complaints: dict[str, str] = {}

    def turn(self) -> bool:
        """Look at all runs once, and do what there is to do; returns whether any run waits, works or needs a last word."""
        unfinished = self._unfinished()
        line = in_line(unfinished)
        try:
            free = self._launcher.look_after(unfinished)
        except ClusterError as error:
            free = 0
            if line:
                self._hinder(line[0], error)
        for name in line:
            if free and self._start(RunFolder(self._runs_root / name)):
                free -= 1
        return bool(unfinished or self._launcher.is_busy)

    def has_work(self) -> bool:
        """Whether any run waits or works."""
        return bool(self._unfinished())

    def _unfinished(self) -> dict[str, RunStatus]:
        """The runs that wait or work, or that still need their launcher."""
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
            if status.state.is_over and not self._launcher.is_needed_by(run, status):
                self._over[run.run_id] = version
            else:
                statuses[run.run_id] = status
        return statuses

    def _start(self, run: RunFolder) -> bool:
        """Start a run, unless somebody else has or its turn is over; returns whether it takes a place now."""
        try:
            return self._launcher.start(run)
        except (OSError, LsdcError) as error:
            # A full disk, or a folder that was removed: it stays in line, and the others have their turn.
            self._complain(run.run_id, error)
            return False

    def _hinder(self, name: str, error: ClusterError) -> None:
        self._complain(name, error)
        with suppress(OSError, CorruptRunError):  # removed meanwhile, or a full disk
            hinder(RunFolder(self._runs_root / name), str(error))

    def _complain(self, name: str, error: Exception) -> None:
        if self._complaints.get(name) != str(error):
            self._complaints[name] = str(error)
            log(f"{name} cannot be started: {error}")


def main(arguments: Sequence[str], *, module: str = RUN_MODULE) -> None:
    """Work until there has been nothing to do for a while.

    Args:
        arguments: The descriptor of the worker's lock, with which the process was started.
        module: The process of a run, as for `python -m`.
    """
    (descriptor,) = arguments
    lock = keep_lock(descriptor)
    worker = Worker(settings.runs_root(), _launcher(module))
    busy = time.monotonic()
    while time.monotonic() - busy < IDLE_SECONDS:
        if worker.turn():
            busy = time.monotonic()
        time.sleep(POLL_SECONDS)
    os.close(lock)
    # Who enqueued a run a moment ago saw the lock held, and did not start another worker.
    if worker.has_work():
        ensure_worker()


def _launcher(module: str) -> Launcher:
    address = settings.ray_address()
    if address is None:
        return LocalLauncher(settings.runs_root(), slots(), module=module)
    check_ray()
    # Ray is an extra, and takes a second to import.
    from lsdc.training.ray_launcher import RayLauncher

    return RayLauncher(settings.runs_root(), address, module=module)


if __name__ == "__main__":
    main(sys.argv[1:])
