"""What pages and commands do with sweeps; that their drivers live is seen to here."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

from lsdc import settings
from lsdc.dataset.reviews import Review
from lsdc.errors import CorruptSweepError, SweepError
from lsdc.runs import remove_run
from lsdc.runs.locks import LEAVING_SECONDS
from lsdc.sweeps.definition import SweepDefinition
from lsdc.sweeps.folder import (
    SweepEnd,
    SweepFolder,
    SweepState,
    create_sweep,
    list_sweeps,
    remove_sweep,
    state_of,
)
from lsdc.sweeps.trials import STOPPED_TOO, Trial, TrialState
from lsdc.training.launch import describe_run
from lsdc.training.processes import start_process
from lsdc.training.queue import resume_run


def start_sweep(definition: SweepDefinition, data_root: Path) -> SweepFolder:
    """Check that the hyperparameters which all trials share can run, and begin to search.

    Raises:
        LsdcError: As `lsdc.training.launch.start_run`; nothing is left then.
    """
    base = definition.base
    record = describe_run(base, preset=definition.preset, data_root=data_root, review=Review.asked_for(base))
    sweep = create_sweep(settings.sweeps_root(), definition, data_root, record["data"])
    ensure_driver(sweep)
    return sweep


def ensure_driver(sweep: SweepFolder) -> None:
    """Start the driver of a sweep of this host, unless it lives or has nothing to do; cheap then.

    Raises:
        CorruptSweepError: If the sweep cannot be read.
    """
    sweep.check()
    if sweep.host != socket.gethostname() or not _needs_driver(sweep):
        return
    with sweep.lock() as descriptor:
        if descriptor is None:
            return
        driver = start_process("lsdc.sweeps.driver", str(sweep.path), descriptor=descriptor, log=sweep.log_path)
    # Somebody must wait for a child, or it stays in the process table as a zombie.
    threading.Thread(target=driver.wait, name="wait-driver", daemon=True).start()


def ensure_drivers() -> None:
    """See to it that all sweeps of this host go on; damaged ones hold up no other."""
    for sweep in list_sweeps(settings.sweeps_root()):
        with suppress(CorruptSweepError):
            ensure_driver(sweep)


def stop_sweep(sweep: SweepFolder) -> None:
    """Draw no further trial, and stop those that wait or work as a person would.

    Raises:
        SweepError: If the search has ended already.
    """
    if _state(sweep).is_over:
        raise SweepError(
            f"Sweep {sweep.sweep_id} has ended already.",
            "A sweep that searches can be stopped.",
            "Choose another sweep.",
        )
    sweep.write_end(SweepEnd(finished=False, reason="Stopped."))
    ensure_driver(sweep)


def resume_sweep(sweep: SweepFolder) -> None:
    """Search on, on this host: trials that were stopped with the sweep go on where they were.

    Raises:
        SweepError: If it is being searched, or its search is complete.
    """
    with sweep.lock(patience_s=LEAVING_SECONDS) as descriptor:
        state = _state(sweep)
        if descriptor is None or state is not SweepState.STOPPED:
            raise SweepError(
                f"Sweep {sweep.sweep_id} is {state}.",
                "A sweep that was stopped, and whose last trial has ended, can be resumed.",
                "Start a new sweep with the same definition instead."
                if state is SweepState.FINISHED
                else "Wait for its end.",
            )
        for trial in sweep.trials(settings.runs_root()):
            _resume(trial)
        sweep.reopen()
    ensure_driver(sweep)


def remove(sweep: SweepFolder, *, with_runs: bool = False) -> Path:
    """Move a sweep to the trash, and its runs too if that is asked for; returns where it lies now.

    Raises:
        SweepError: If it has not ended.
        RunError: If one of the runs cannot be removed, such as a member of an ensemble; the sweep stays then.
    """
    trials = []
    with suppress(CorruptSweepError):  # nothing can be done with it but to remove it
        trials = sweep.trials(settings.runs_root())
        if not state_of(sweep, trials).is_over:
            raise SweepError(
                f"Sweep {sweep.sweep_id} has not ended.", "A sweep is removed when it has ended.", "Stop it first."
            )
    if with_runs:
        for trial in trials:
            if trial.run is not None:
                remove_run(trial.run, settings.trash_root())
    return remove_sweep(sweep, settings.trash_root())


def _needs_driver(sweep: SweepFolder) -> bool:
    return sweep.end() is None or not _state(sweep).is_over


def _state(sweep: SweepFolder) -> SweepState:
    return state_of(sweep, sweep.trials(settings.runs_root()))


def _resume(trial: Trial) -> None:
    if trial.run is None or trial.state is not TrialState.STOPPED or trial.run.stop_reason != STOPPED_TOO:
        return
    if trial.run.can_resume:
        resume_run(trial.run)
    else:
        # It had not ended an epoch: the search draws it again, or something better.
        remove_run(trial.run, settings.trash_root())
