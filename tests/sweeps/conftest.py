"""Sweeps on the small phantom data set, and workers whose runs train nothing."""

import os
import signal
from contextlib import suppress

import pytest

from lsdc import settings
from lsdc.errors import CorruptRunError
from lsdc.runs import RunState, list_runs
from lsdc.runs.locks import inheritable_lock
from lsdc.sweeps.definition import SweepDefinition
from lsdc.sweeps.folder import create_sweep, list_sweeps
from lsdc.training.launch import describe_run
from lsdc.training.processes import start_process


@pytest.fixture
def define(tiny_config):
    """A definition that searches dropout, with anything else."""

    def make(search=None, base=None, **values):
        shared = tiny_config.changed(**(base or {}))
        space = search or {"dropout": {"low": 0.0, "high": 0.8}}
        return SweepDefinition.parse({"title": "Mine", "preset": "quick", "base": shared, "search": space, **values})

    return make


@pytest.fixture
def idle_worker(empty_artifacts):
    """A worker that lives and starts nothing, so that the test is the one who says what becomes of runs."""
    empty_artifacts.mkdir()
    with inheritable_lock(settings.worker_lock_path()) as descriptor:
        assert descriptor is not None
        yield


@pytest.fixture
def make_sweep(empty_artifacts, phantom_root, define):
    """A sweep without a driver."""

    def make(data_root=None, **values):
        definition = define(**values)
        record = describe_run(definition.base, preset="quick", data_root=data_root or phantom_root)
        return create_sweep(settings.sweeps_root(), definition, data_root or phantom_root, record["data"])

    return make


@pytest.fixture
def live_worker(empty_artifacts, monkeypatch):
    """A worker of two slots with stand-ins for runs; it, they and the drivers are killed in the end."""
    monkeypatch.setenv("LSDC_SLOTS", "2")
    empty_artifacts.mkdir(exist_ok=True)
    with inheritable_lock(settings.worker_lock_path()) as descriptor:
        log = settings.worker_log_path()
        worker = start_process("tests.training.stand_in_worker", descriptor=descriptor, log=log)
    yield
    worker.kill()
    worker.wait()
    for run in list_runs(settings.runs_root()):
        with suppress(CorruptRunError, ProcessLookupError):
            if run.is_locked():
                os.kill(run.written_status().pid, signal.SIGKILL)


@pytest.fixture
def say(empty_artifacts):
    """Say of a run what its process would, without one."""

    def tell(run, losses, state=RunState.RUNNING, seconds=0.0):
        run.write_history(
            [{"epoch": epoch, "stage": 1, "val_loss": loss, "seconds": 1} for epoch, loss in enumerate(losses, start=1)]
        )
        times = {"started": 1000.0, "ended": 1000.0 + seconds if state.is_over else None}
        host = "elsewhere"  # so that its heartbeat, and no lock, tells that it lives
        run.write_status(
            run.written_status().model_copy(
                update={"state": state, "host": host, "pid": 1, "message": "Said.", **times}
            )
        )

    return tell


@pytest.fixture
def trials():
    """All trials of a sweep."""
    return lambda sweep: sweep.trials(settings.runs_root())


@pytest.fixture
def only_sweep():
    """The one sweep that there is."""
    return lambda: list_sweeps(settings.sweeps_root())[0]
