"""The queue: it is the runs whose status says that they wait, and nothing else, so that nothing can disagree with it.

What writes here needs the run's lock. So of two who want the same run, one gets it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

from lsdc.errors import CorruptRunError, RunError
from lsdc.runs.folder import RunFolder
from lsdc.runs.status import RunState, RunStatus


def in_line(statuses: Mapping[str, RunStatus]) -> list[str]:
    """The names of the runs that wait, first come first.

    Args:
        statuses: Of all runs, by name.
    """
    waiting = [(status.enqueued, name) for name, status in statuses.items() if status.waits]
    return [name for _, name in sorted(waiting)]


def queued_status(*, epochs: int, epoch: int = 0) -> RunStatus:
    """The status of a run that comes into the queue now."""
    message = "Waiting to go on." if epoch else "Waiting to start."
    return RunStatus(state=RunState.QUEUED, epoch=epoch, epochs=epochs, message=message, enqueued=time.time())


def enqueue_again(run: RunFolder) -> None:
    """Put a run that ended early back into the queue, to go on from its last epoch boundary. Errors as `check_resumable`."""
    status = run.status_under_lock()
    check_resumable(run, status)
    waiting = queued_status(epochs=run.config.all_epochs, epoch=status.epoch)
    # In this order: after a kill between the two, it leaves the queue again for the reason for which it was stopped.
    run.write_status(waiting.model_copy(update={"earlier_seconds": status.seconds}))
    run.clear_stop_request()


def put_back(run: RunFolder) -> bool:
    """Put a run that is lost back to its old place in the line, to go on from its last epoch boundary.

    Returns:
        Whether it was lost, and waits now.
    """
    with run.lock() as descriptor:
        if descriptor is None or not run.status_under_lock().is_lost:
            return False
        lost = run.written_status()
        again = RunStatus(
            state=RunState.QUEUED,
            message=f"Waiting to go on elsewhere: its node {lost.host} was lost.",
            enqueued=lost.enqueued,
            restarts=lost.restarts + 1,
            earlier_seconds=lost.seconds,
            epoch=lost.epoch if run.can_resume else 0,
            epochs=lost.epochs,
        )
        run.write_status(again)
    with run.log_path.open("a") as file:
        file.write(f"The node {lost.host} was lost after epoch {lost.epoch}.\n")
    return True


def hinder(run: RunFolder, reason: str) -> None:
    """Say in the status of a run that waits what keeps it from starting."""
    with run.lock() as descriptor:
        if descriptor is None:
            return
        status = run.written_status()
        if status.waits and status.hindrance != reason:
            run.write_status(status.model_copy(update={"hindrance": reason}))


def check_resumable(run: RunFolder, status: RunStatus) -> None:
    """Refuse a run that cannot go on.

    Raises:
        RunError: If it is alive, finished, an ensemble, or left no checkpoint.
    """
    if run.is_ensemble:
        raise RunError(
            f"Run {run.run_id} is an ensemble.", "An ensemble was never trained.", "Make another one of other members."
        )
    if not status.state.is_over or status.state is RunState.FINISHED or not run.can_resume:
        raise RunError(
            f"Run {run.run_id} cannot be resumed: it is {status.state}"
            + ("." if run.can_resume else " and left no checkpoint."),
            "A stopped or failed run with a checkpoint can be resumed.",
            "Repeat the run with the same hyperparameters instead.",
        )


def leave_queue(run: RunFolder) -> bool:
    """End a run that was asked to stop while it waited; returns whether it was one."""
    status = run.written_status()
    if not (status.waits and run.stop_requested):
        return False
    # The request stays, since it holds the reason; who puts the run back into the queue takes it away.
    run.write_status(status.end(RunState.STOPPED, f"{run.stopped_how} while it waited.", when=time.time()))
    return True


def places_in_line(runs: Iterable[RunFolder]) -> dict[str, int]:
    """The place in the queue of each run that waits, from 1; damaged folders have none."""
    statuses = {}
    for run in runs:
        with suppress(CorruptRunError):
            statuses[run.run_id] = run.written_status()
    return {name: place for place, name in enumerate(in_line(statuses), start=1)}
