"""Runs on a Ray cluster: real nodes, of which one is really killed. The runs train nothing, or little."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from lsdc import settings
from lsdc.config import preset
from lsdc.runs import RunFolder, RunNotes, RunState, create_run, list_runs
from lsdc.runs.locks import inheritable_lock
from lsdc.training.processes import start_process

PATIENCE_SECONDS = 120
DATA = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": True, "rows": 5, "studies": 1}
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


@pytest.fixture
def cluster(tmp_path_factory):
    """A head node and another one."""
    # Sockets have short names.
    folder = tmp_path_factory.mktemp("ray")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    head = Node("node-a", folder, "--head", f"--port={port}", "--include-dashboard=false", f"--system-config={SOON}")
    address = f"127.0.0.1:{port}"
    _wait_until(lambda: _answers(port))
    other = Node("node-b", folder, f"--address={address}")
    yield address, other
    head.kill()
    if other.process.returncode is None:
        other.kill()


@pytest.fixture
def start_worker(empty_artifacts, monkeypatch):
    workers = []

    def start(address):
        monkeypatch.setenv("LSDC_RAY", address)
        monkeypatch.setenv("LSDC_HEARTBEAT", "1")
        empty_artifacts.mkdir(exist_ok=True)
        with inheritable_lock(settings.worker_lock_path(), patience_s=10) as descriptor:
            log = settings.worker_log_path()
            workers.append(start_process("tests.training.stand_in_worker", descriptor=descriptor, log=log))

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


def test_when_a_node_dies_its_runs_go_on_elsewhere_and_all_trials_finish(cluster, start_worker, empty_artifacts):
    address, other = cluster
    config = preset("quick").changed(epochs=40)
    runs = [
        create_run(settings.runs_root(), config, {"preset": "quick", "data": DATA}, RunNotes(name=f"Trial {trial}"))
        for trial in range(4)
    ]
    T = time.monotonic()
    start_worker(address)
    _wait_until(lambda: any(run.status().host == other.name and run.status().epoch >= 3 for run in runs))
    print("on b", time.monotonic() - T)
    (lost,) = [run for run in runs if run.status().host == other.name and not run.status().state.is_over]
    before = lost.status()
    other.kill()
    _wait_until(lambda: all(run.status().state.is_over and run.written_status().state.is_over for run in runs))
    print("all over", time.monotonic() - T)
    print(settings.worker_log_path().read_text())
    for r in runs: print(r.status()); print(r.log_tail())

    assert [run.status().state for run in runs] == [RunState.FINISHED] * 4
