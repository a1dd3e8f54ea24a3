"""What pages and commands do with runs that wait or work; that the worker lives is seen to here."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from lsdc import settings
from lsdc.errors import RunError
from lsdc.runs import RunFolder, RunStatus
from lsdc.runs.locks import LEAVING_SECONDS, PATIENCE_SECONDS, inheritable_lock
from lsdc.runs.queue import check_resumable, enqueue_again, leave_queue
from lsdc.training.processes import start_process

POLL_SECONDS = 0.25


def ensure_worker() -> None:
    """Start the worker of this host, unless it lives; cheap if it does."""
    lock_path = settings.worker_lock_path()
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    with inheritable_lock(lock_path) as descriptor:
        if descriptor is None:
            return
        worker = start_process("lsdc.training.worker", descriptor=descriptor, log=settings.worker_log_path())
    # Somebody must wait for a child, or it stays in the process table as a zombie.
    threading.Thread(target=worker.wait, name="wait-worker", daemon=True).start()


def resume_run(run: RunFolder) -> None:
    """Put a run that ended early back into the queue; it goes on from its last epoch boundary.

    Raises:
        RunError: If the run is alive, finished, or left no checkpoint.
    """
    check_resumable(run, run.status())
    with run.lock(patience_s=LEAVING_SECONDS) as descriptor:
        if descriptor is None:
            raise RunError(
                f"The process of run {run.run_id} has not ended yet.", "It ends within seconds.", "Try again then."
            )
        enqueue_again(run)
    ensure_worker()


def stop_run(run: RunFolder, reason: str = "") -> None:
    """Take a run out of the queue, or end it after its current step: its best network is kept, scored and exported.

    Args:
        run: The run.
        reason: The program's, if it was not a person who asked.

    Raises:
        RunError: If the run is over.
    """
    state = run.status().state
    if state.is_over:
        raise RunError(
            f"Run {run.run_id} is {state} already.", "A queued or running run can be stopped.", "Choose another run."
        )
    run.request_stop(reason)
    if run.written_status().waits:
        with run.lock(patience_s=PATIENCE_SECONDS) as descriptor:
            # Who holds it otherwise is its process, just started, which finds the request.
            if descriptor is not None:
                leave_queue(run)


def follow(run: RunFolder) -> Iterator[RunStatus]:
    """The status of a run, again and again, until it is over; the last word comes last."""
    while not (status := run.status()).state.is_over:
        yield status
        if status.waits or status.is_lost:
            ensure_worker()
        time.sleep(POLL_SECONDS)
    yield status


def wait_for(run: RunFolder) -> RunStatus:
    """Wait until a run is over, and return its last word."""
    *_, last = follow(run)
    return last
