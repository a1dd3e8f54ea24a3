"""Runs on a Ray cluster: real nodes, of which one is really killed. The runs train nothing, or little."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
import ray

from lsdc import settings
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.preprocessing.cache import build_crop_cache
from lsdc.runs import RunNotes, RunState, create_run
from lsdc.runs.locks import inheritable_lock
from lsdc.training.launch import describe_run
from lsdc.training.processes import start_process

PATIENCE_SECONDS = 120
# Ray finds a dead node after half a minute otherwise.
SOON = '{"health_check_initial_delay_ms":1000,"health_check_period_ms":1000,"health_check_timeout_ms":3000}'
# So that nodes of one machine are hosts with names of their own, where the kernel lets us.
RENAMED = ["unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"']


class Node:
    """A node of a cluster, with a core for one run."""

    def __init__(self, name: str, folder: Path, *options: str) -> None:
        command = [Path(sys.executable).with_name("ray"), "start", "--block", "--num-cpus=1", "--num-gpus=0"]
        command += ["--object-store-memory=80000000", "--disable-usage-stats", f"--temp-dir={folder}", *options]
        self.name = name
        with (folder / f"{name}.log").open("wb") as log:
            self.process = subprocess.Popen([*RENAMED, name, *command], stdout=log, stderr=log, start_new_session=True)

    def kill(self) -> None:
        """As when the machine loses its power: nothing on it has a last word."""
        node = psutil.Process(self.process.pid)
        for process in [*node.children(recursive=True), node]:
            process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def head(tmp_path_factory):
    """The address of a cluster with one node."""
    folder = tmp_path_factory.mktemp("ray")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    node = Node("node-a", folder, "--head", f"--port={port}", "--include-dashboard=false", f"--system-config={SOON}")
    _wait_until(lambda: _answers(port))
    yield f"127.0.0.1:{port}"
    node.kill()


@pytest.fixture
def second_node(head, tmp_path_factory):
    """A second node of it."""
    node = Node("node-b", tmp_path_factory.mktemp("ray"), f"--address={head}")
    yield node
    if node.process.returncode is None:
        node.kill()


@pytest.fixture
def start_worker(empty_artifacts, monkeypatch):
    """Start a worker that gives runs to a cluster."""
    monkeypatch.setenv("LSDC_HEARTBEAT", "1")
    workers = []

    def start(module, address):
        monkeypatch.setenv("LSDC_RAY", address)
        with inheritable_lock(settings.worker_lock_path(), patience_s=10) as descriptor:
            workers.append(start_process(module, descriptor=descriptor, log=settings.worker_log_path()))

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()


def _answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _wait_until(done):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        log = settings.worker_log_path()
        assert time.monotonic() < deadline, log.read_text() if log.exists() else "no worker"
        time.sleep(0.1)


def _create_trials(config, record):
    """Four runs of a sweep, in the queue."""
    return [create_run(settings.runs_root(), config, record, RunNotes(name=f"Trial {number}")) for number in range(4)]


STAND_IN, REAL = "tests.training.stand_in_worker", "lsdc.training.worker"
WORKERS = [pytest.param(STAND_IN, id="stand-in"), pytest.param(REAL, marks=pytest.mark.exhaustive, id="real")]


@pytest.mark.parametrize("worker", WORKERS)
def test_when_a_node_dies_midway_its_run_goes_on_elsewhere_and_all_trials_finish(
    worker, head, second_node, start_worker, tiny_config, phantom_root
):
    config = tiny_config.changed(epochs=40)
    runs = _create_trials(config, describe_run(config, preset="quick", data_root=phantom_root))
    T = time.monotonic()
    start_worker(worker, head)
    _wait_until(lambda: any(run.status().host == second_node.name and run.status().epoch >= 3 for run in runs))
    print("on b", time.monotonic() - T)
    (lost,) = [run for run in runs if run.status().host == second_node.name and not run.status().state.is_over]
    second_node.kill()
    _wait_until(lambda: all(run.status().state.is_over and run.written_status().state.is_over for run in runs))
    print("all over", time.monotonic() - T)
    print(settings.worker_log_path().read_text())
    for r in runs:
        print(r.status())
        print(r.log_tail())

    assert [run.status().state for run in runs] == [RunState.FINISHED] * 4
    assert {run.run_id: run.status().restarts for run in runs} == {run.run_id: int(run is lost) for run in runs}
    assert "node-b was lost after epoch" in lost.log_tail()
    for run in runs:
        assert run.history()["epoch"].tolist() == list(range(1, 41))
        run.check()


def test_crops_that_a_cluster_cuts_are_those_that_this_machine_cuts(
    head, second_node, tiny_config, phantom_root, tmp_path
):
    rows = rows_for_training(load_label_table(phantom_root), tiny_config)
    caches = [
        build_crop_cache(
            rows,
            phantom_root,
            tiny_config.crop,
            tmp_path / name,
            cluster=cluster,
            workers=1 if cluster is None else 0,
            report_progress=print,
        )
        for name, cluster in {"here": None, "there": head}.items()
    ]

    here, there = caches
    np.testing.assert_array_equal(here.pixels, there.pixels)
    np.testing.assert_array_equal(here.mask, there.mask)
    pd.testing.assert_frame_equal(here.index, there.index)
    assert not ray.is_initialized()
