"""The process of a run: started with the run's lock in its hands, and explained if it ends without a last word.

The same on this machine and on a node of a cluster.
"""

from __future__ import annotations

import socket
import subprocess
import time
from dataclasses import dataclass

from lsdc.errors import CorruptRunError
from lsdc.runs import RunFolder, RunState
from lsdc.runs.locks import PATIENCE_SECONDS
from lsdc.runs.queue import leave_queue
from lsdc.training.device import Slot
from lsdc.training.last_words import explain_exit
from lsdc.training.processes import start_process

RUN_MODULE = "lsdc.training.fit"


@dataclass(frozen=True, kw_only=True)
class StartedRun:
    """A run's process that this process started, and for which of the run's turns."""

    run: RunFolder
    slot: int
    turn: tuple[float, int]
    process: subprocess.Popen[bytes]

    def has_last_word(self, code: int) -> bool:
        """Write the last word of a run whose process has ended, if it has not; returns False to try again later.

        Args:
            code: With which its process ended.
        """
        run = self.run
        try:
            with run.lock() as descriptor:
                if descriptor is None:
                    return False
                status = run.written_status()
                if not status.state.is_over and status.turn == self.turn:
                    run.write_status(status.end(RunState.FAILED, explain_exit(code), when=time.time()))
        except CorruptRunError:
            return True
        except OSError:
            # A removed run needs no last word; a full disk may have room for it later.
            return not run.path.exists()
        return True


def start_run_process(run: RunFolder, slot: Slot, *, module: str, node: str = "") -> StartedRun | None:
    """Start the process of a run that waits; None if somebody else has, or its turn is over.

    Args:
        run: The run.
        slot: Where it computes.
        module: The process of a run, as for `python -m`.
        node: The node of the cluster, if this is one.

    Raises:
        OSError: If the folder is gone or cannot be written to.
        CorruptRunError: If its status cannot be read.
    """
    with run.lock(patience_s=PATIENCE_SECONDS) as descriptor:
        if descriptor is None or leave_queue(run):
            return None
        status = run.written_status()
        if not status.waits:
            return None
        try:
            environment = slot.environment(run.config.device)
        except CorruptRunError as error:
            run.write_status(status.end(RunState.FAILED, str(error), when=time.time()))
            return None
        place = {"slot": slot.index, "host": socket.gethostname(), "node": node}
        run.write_status(status.model_copy(update={**place, "message": "Starting.", "hindrance": ""}))
        process = start_process(module, str(run.path), descriptor=descriptor, log=run.log_path, environment=environment)
    return StartedRun(run=run, slot=slot.index, turn=status.turn, process=process)
