"""Who starts the processes of runs: this machine, or a cluster (`lsdc.training.ray_launcher`)."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from lsdc.errors import CorruptRunError
from lsdc.runs import RunFolder, RunStatus
from lsdc.runs.queue import put_back
from lsdc.runs.status import MAX_RESTARTS
from lsdc.training.device import Slot
from lsdc.training.starting import RUN_MODULE, StartedRun, start_run_process


class Launcher(Protocol):
    """Starts the processes of runs and looks after them, for the worker."""

    def is_needed_by(self, run: RunFolder, status: RunStatus) -> bool:
        """Whether a run that is over still needs its launcher."""

    def look_after(self, unfinished: Mapping[str, RunStatus]) -> int:
        """See to the runs that were started, and return how many more can start now.

        Args:
            unfinished: The runs that wait, work or need their launcher, by name.

        Raises:
            ClusterError: If no run can be started for now; those that wait go on waiting.
        """

    def start(self, run: RunFolder) -> bool:
        """Start a run that waits; returns whether it takes a place now.

        Raises:
            OSError: If its folder cannot be written to.
            LsdcError: If it cannot be read.
        """

    @property
    def is_busy(self) -> bool:
        """Whether what was started has not ended yet."""


class LocalLauncher:
    """Starts runs as processes of this machine, one in each slot.

    Args:
        runs_root: The folder of all runs.
        slots: Where they compute.
        module: The process of a run, as for `python -m`.
    """

    def __init__(self, runs_root: Path, slots: Sequence[Slot], *, module: str = RUN_MODULE) -> None:
        self._runs_root, self._slots, self._module = runs_root, slots, module
        self._children: dict[str, StartedRun] = {}
        self._free: list[Slot] = []

    def is_needed_by(self, run: RunFolder, status: RunStatus) -> bool:
        """Whether its process has not left its slot yet."""
        return status.slot is not None and status.host == socket.gethostname() and run.is_locked()

    def look_after(self, unfinished: Mapping[str, RunStatus]) -> int:
        """Write the last words of processes that ended without one, and count the free slots."""
        self._bury()
        for name, status in unfinished.items():
            # It was lost by a cluster that this host has no part in any more.
            if status.is_lost:
                put_back_lost(RunFolder(self._runs_root / name))
        busy = {child.slot for child in self._children.values()}
        for name, status in unfinished.items():
            if status.slot is not None and self.is_needed_by(RunFolder(self._runs_root / name), status):
                busy.add(status.slot)
        self._free = [slot for slot in self._slots if slot.index not in busy]
        return len(self._free)

    def start(self, run: RunFolder) -> bool:
        """Start a run in the first free slot."""
        if run.run_id in self._children:
            return False
        started = start_run_process(run, self._free[0], module=self._module)
        if started is None:
            return False
        self._free.pop(0)
        self._children[run.run_id] = started
        log(f"{run.run_id} started in slot {started.slot} as process {started.process.pid}")
        return True

    @property
    def is_busy(self) -> bool:
        """Whether a process that was started here has not ended yet."""
        return bool(self._children)

    def _bury(self) -> None:
        for name, child in list(self._children.items()):
            code = child.process.poll()
            if code is not None and child.has_last_word(code):
                log(f"{name} ended with {code}")
                del self._children[name]


def put_back_lost(run: RunFolder) -> bool:
    """Put back a run that was lost with its node, and say so; returns whether it waits now."""
    try:
        waits = put_back(run)
    except (OSError, CorruptRunError) as error:
        # Removed meanwhile, or a full disk.
        log(f"{run.run_id} cannot be put back: {error}")
        return False
    if waits:
        status = run.written_status()
        log(f"{run.run_id} was lost with its node, and put back: {status.restarts} of {MAX_RESTARTS}")
    return waits


def log(line: str) -> None:
    """Add a line to the worker's log."""
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}", flush=True)  # noqa: T201  # standard output is the worker's log
