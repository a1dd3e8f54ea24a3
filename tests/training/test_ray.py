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
from lsdc.config import preset
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.errors import ClusterError
from lsdc.preprocessing.cache import build_crop_cache
from lsdc.runs import RunFolder, RunNotes, RunState, RunStatus, create_run
from lsdc.runs.locks import inheritable_lock
from lsdc.runs.queue import put_back
from lsdc.runs.status import MAX_RESTARTS
from lsdc.sweeps.control import start_sweep
from lsdc.sweeps.definition import SweepDefinition
from lsdc.sweeps.folder import SweepState, state_of
from lsdc.sweeps.trials import TrialState
from lsdc.training.device import describe_place
from lsdc.training.launch import describe_run
from lsdc.training.launchers import LocalLauncher
from lsdc.training.processes import start_process
from lsdc.training.queue import stop_run
from lsdc.training.ray_launcher import Share, check_locked, share_out
from lsdc.training.ray_node import check_shared
from lsdc.training.starting import StartedRun

PATIENCE_SECONDS = 500
STAND_IN, REAL = "tests.training.stand_in_worker", "lsdc.training.worker"
# Ray finds a dead node after half a minute otherwise.
SOON = '{"health_check_initial_delay_ms":1000,"health_check_period_ms":1000,"health_check_timeout_ms":3000}'
# So that nodes of one machine are hosts with names of their own, where that is permitted.
RENAMED = ["unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"']


class Node:
    """A node of a cluster, with two cores, which one run takes."""

    def __init__(self, name: str, folder: Path, *options: str) -> None:
        command = [Path(sys.executable).with_name("ray"), "start", "--block", "--num-cpus=2", "--num-gpus=0"]
        command += ["--object-store-memory=80000000", "--disable-usage-stats", f"--temp-dir={folder}", *options]
        if subprocess.run(["unshare", "--uts", "true"], check=False, capture_output=True).returncode == 0:
            command = [*RENAMED, name, *command]
        with (folder / f"{name}.log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def has_trained(self, run: RunFolder) -> bool:
        """Whether it computes this run, which has come to its third epoch."""
        status = run.written_status()
        pids = [process.pid for process in psutil.Process(self.process.pid).children(recursive=True)]
        return status.state is RunState.RUNNING and status.epoch >= 3 and status.pid in pids

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

    def start(address, module=STAND_IN):
        monkeypatch.setenv("LSDC_RAY", address)
        settings.artifacts_root().mkdir(exist_ok=True)
        with inheritable_lock(settings.worker_lock_path(), patience_s=10) as descriptor:
            workers.append(start_process(module, descriptor=descriptor, log=settings.worker_log_path()))
        return workers[-1]

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


def _begin_sweep(config, data_root):
    """A sweep that has drawn its four trials; its driver, which would start a worker of its own, is killed then."""
    told = {"title": "Four", "preset": "quick", "base": config, "search": {"dropout": {"low": 0.0, "high": 0.8}}}
    sweep = start_sweep(SweepDefinition.parse({**told, "trials": 4, "parallel": 4, "prune": False}), data_root)
    _wait_until(lambda: sweep.end() is not None)
    for process in psutil.process_iter(["cmdline"]):
        if str(sweep.path) in (process.info["cmdline"] or ()):
            process.kill()
    return sweep


WORKERS = [pytest.param(STAND_IN, id="stand-in"), pytest.param(REAL, marks=pytest.mark.exhaustive, id="real")]


@pytest.mark.parametrize("module", WORKERS)
def test_the_trials_of_a_sweep_outlive_the_worker_and_one_whose_node_is_killed_midway_goes_on_elsewhere(
    module, head, second_node, start_worker, tiny_config, phantom_root
):
    worker = start_worker(head, module)
    sweep = _begin_sweep(tiny_config.changed(epochs=40), phantom_root)
    trials = [trial.run for trial in sweep.trials(settings.runs_root())]
    _wait_until(lambda: any(second_node.has_trained(trial) for trial in trials))
    lost = next(trial for trial in trials if second_node.has_trained(trial))
    before = lost.written_status()
    worker.kill()
    worker.wait()
    second_node.kill()
    start_worker(head, module)
    _wait_until(lambda: all(trial.written_status().state.is_over for trial in trials))

    assert [trial.state for trial in sweep.trials(settings.runs_root())] == [TrialState.FINISHED] * 4
    assert state_of(sweep, sweep.trials(settings.runs_root())) is SweepState.FINISHED
    assert [trial.status().restarts for trial in trials] == [int(trial is lost) for trial in trials]
    assert lost.status().node != before.node
    assert f"The node {before.host} was lost after epoch" in lost.log_tail()
    for trial in trials:
        # A real one may stop early.
        assert trial.history()["epoch"].tolist() == list(range(1, trial.status().epoch + 1))


def test_crops_that_a_cluster_cuts_are_those_that_this_machine_cuts(head, tiny_config, phantom_root, tmp_path):
    rows = rows_for_training(load_label_table(phantom_root), tiny_config)

    def build(folder, **where):
        return build_crop_cache(
            rows, phantom_root, tiny_config.crop, tmp_path / folder, report_progress=lambda *_: None, **where
        )

    here, there = build("here", workers=1), build("there", cluster=head)

    np.testing.assert_array_equal(there.pixels, here.pixels)
    np.testing.assert_array_equal(there.mask, here.mask)
    pd.testing.assert_frame_equal(there.index, here.index)
    # A run that trains must not depend on the cluster's head.
    assert not ray.is_initialized()


def test_while_the_cluster_cannot_be_reached_the_queue_waits_and_says_why(start_worker, tiny_config, phantom_root):
    record = describe_run(tiny_config, preset="quick", data_root=phantom_root)
    first, other = (create_run(settings.runs_root(), tiny_config, record, RunNotes()) for _ in range(2))

    start_worker("127.0.0.1:1")
    _wait_until(lambda: first.status().hindrance)

    assert "127.0.0.1:1 cannot be reached" in first.status().hindrance
    assert [run.status().state for run in (first, other)] == [RunState.QUEUED] * 2
    stop_run(first)
    assert first.status().state is RunState.STOPPED


def test_a_run_for_a_cluster_is_refused_where_ray_is_not_installed(tiny_config, phantom_root, monkeypatch):
    monkeypatch.setenv("LSDC_RAY", "head:6379")
    assert describe_place(tiny_config.device) == "Ray cluster, head:6379"

    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterError, match=r"requirements-ray\.txt"):
        describe_run(tiny_config, preset="quick", data_root=phantom_root)


def test_a_node_that_does_not_see_the_artifacts_folder_is_refused(tmp_path):
    with pytest.raises(ClusterError, match="does not see"):
        check_shared(RunFolder(tmp_path / "20260101-000000-report_cnn-0000"), patience_s=0)


@pytest.fixture
def lost_run(tmp_path, monkeypatch):
    """A run of another host, as its status stands a while after that host went down."""
    monkeypatch.setenv("LSDC_HEARTBEAT", "0.1")
    run = create_run(tmp_path, preset("quick"), {"preset": "quick"}, RunNotes())

    def lose(**fields):
        run.write_status(RunStatus(state=RunState.RUNNING, pid=1, host="elsewhere", node="n", enqueued=5.0, **fields))
        time.sleep(settings.grace_seconds())
        return run

    return lose


def test_a_run_that_was_lost_has_its_old_place_in_the_line_and_is_not_tried_forever(lost_run):
    run = lost_run(epoch=3)
    assert run.status().is_lost
    assert put_back(run)
    again = run.status()
    assert (again.state, again.enqueued, again.restarts, again.pid) == (RunState.QUEUED, 5.0, 1, None)
    assert again.waits

    run = lost_run(restarts=MAX_RESTARTS)
    assert not put_back(run)
    assert run.status().state is RunState.FAILED
    assert "lost with its node 4 times" in run.status().message


def test_a_run_whose_heart_beats_is_not_lost(lost_run):
    run = lost_run()
    run.write_status(run.written_status())

    assert not put_back(run)
    assert run.status().state is RunState.RUNNING


def test_a_worker_without_a_cluster_puts_back_what_a_cluster_lost(lost_run):
    run = lost_run()
    launcher = LocalLauncher(run.path.parent, [])

    launcher.look_after({run.run_id: run.status()})

    assert run.status().waits


def test_locks_that_do_not_reach_are_found_before_two_compute_the_same_run(lost_run):
    run = lost_run()
    run.write_status(run.written_status())
    with pytest.raises(ClusterError, match="is not seen on this machine"):
        check_locked(run)

    with run.lock():
        check_locked(run)
    run.write_status(run.written_status().end(RunState.FINISHED, "Done.", when=0.0))
    check_locked(run)


def test_the_last_word_of_a_lost_turn_does_not_end_the_next_one(lost_run):
    run = lost_run()
    process = subprocess.Popen(["true"])
    old = StartedRun(run=run, slot=0, turn=run.written_status().turn, process=process)
    put_back(run)

    assert old.has_last_word(process.wait())
    assert run.status().state is RunState.QUEUED


@pytest.mark.parametrize(
    ("nodes", "wanted", "share"),
    [
        ([{"CPU": 8.0, "GPU": 4.0}, {"CPU": 8.0, "GPU": 4.0}], None, Share(count=8, num_gpus=1, num_cpus=0)),
        ([{"CPU": 8.0, "GPU": 2.0}], 4, Share(count=4, num_gpus=0.5, num_cpus=0)),
        ([{"CPU": 8.0, "GPU": 2.0}], 1, Share(count=1, num_gpus=1, num_cpus=0)),
        ([{"CPU": 8.0}, {"CPU": 16.0}, {"memory": 1.0}], None, Share(count=2, num_gpus=0, num_cpus=8)),
        ([{"CPU": 8.0}, {"CPU": 8.0}], 4, Share(count=4, num_gpus=0, num_cpus=4)),
        ([{"CPU": 1.0}], 3, Share(count=3, num_gpus=0, num_cpus=1)),
    ],
)
def test_a_slot_of_a_cluster_is_a_gpu_or_a_node_and_a_setting_changes_their_number(nodes, wanted, share):
    assert share_out(nodes, wanted) == share


def test_a_cluster_with_nothing_to_compute_on_is_refused():
    with pytest.raises(ClusterError, match="offers a GPU or a core"):
        share_out([{"memory": 1.0}], None)
