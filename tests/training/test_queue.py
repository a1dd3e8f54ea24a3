"""The queue: real workers and real processes of runs, which are really killed. The runs train nothing."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pandas as pd
import psutil
import pytest

from lsdc import settings
from lsdc.config import DeviceChoice, preset
from lsdc.errors import ConfigError, CorruptRunError, RunError
from lsdc.files import read_json
from lsdc.runs import RunFolder, RunNotes, RunState, create_run, list_runs
from lsdc.runs.locks import inheritable_lock
from lsdc.runs.queue import places_in_line
from lsdc.training.device import Gpu, Slot, slots
from lsdc.training.last_words import explain_error, explain_exit
from lsdc.training.processes import start_process
from lsdc.training.queue import ensure_worker, resume_run, stop_run

PATIENCE_SECONDS = 60
# Half a minute, which no test waits for.
ENDLESS = 500
DATA = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": True, "rows": 5, "studies": 1}


@pytest.fixture
def start_worker(empty_artifacts, monkeypatch):
    """Start workers as `ensure_worker` does, of runs that train nothing; what they leave behind is killed."""
    workers = []

    def start(slots=1):
        monkeypatch.setenv("LSDC_SLOTS", str(slots))
        empty_artifacts.mkdir(exist_ok=True)
        with inheritable_lock(settings.worker_lock_path(), patience_s=10) as descriptor:
            log = settings.worker_log_path()
            workers.append(start_process("tests.training.stand_in_worker", descriptor=descriptor, log=log))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()
    for run in list_runs(settings.runs_root()):
        _kill(run)


@pytest.fixture
def enqueue(empty_artifacts):
    """Put a run into the queue without making sure that a worker lives."""

    def create(note="", epochs=5):
        config = preset("quick").changed(epochs=epochs)
        record = {"preset": "quick", "data": DATA}
        return create_run(settings.runs_root(), config, record, RunNotes(note=note))

    return create


def _kill(run):
    with suppress(CorruptRunError, ProcessLookupError):
        pid = run.written_status().pid
        if pid is not None and run.is_locked():
            os.kill(pid, signal.SIGKILL)


def _wait_until(done):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        log = settings.worker_log_path()
        assert time.monotonic() < deadline, log.read_text() if log.exists() else "no worker"
        time.sleep(0.02)


def _wait_for(*runs):
    # Not `follow`, which would start a worker of real runs.
    _wait_until(lambda: all(run.status().state.is_over for run in runs))


def _started_by_the_worker():
    lines = settings.worker_log_path().read_text().splitlines()
    return [line.split()[2] for line in lines if "started in slot" in line]


def _workers():
    """The workers of these artifacts, whoever started them."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        command, environment = process.info["cmdline"] or [], process.info["environ"] or {}
        of_ours = any(word.endswith("worker") for word in command)
        if of_ours and environment.get("LSDC_ARTIFACTS") == str(settings.artifacts_root()):
            found.append(process)
    return found


def _times_started(run):
    return run.log_path.read_text().count("began")


def _assert_every_file_parses(run):
    run = RunFolder(run.path)
    assert run.status().message
    assert run.config
    assert run.history()["epoch"].tolist() == list(range(1, len(run.history()) + 1))
    for path in run.path.rglob("[!.]*"):
        if path.suffix == ".json":
            read_json(path)
        if path.suffix == ".parquet":
            pd.read_parquet(path)
        if path.suffix == ".keras":
            assert path.stat().st_size == 2**16


def test_runs_have_their_turn_in_the_order_in_which_they_came_as_many_at_a_time_as_there_are_slots(
    start_worker, enqueue
):
    runs = [enqueue(epochs=5) for _ in range(4)]
    assert places_in_line(list_runs(settings.runs_root())) == {run.run_id: place for place, run in enumerate(runs, 1)}

    start_worker(slots=2)
    _wait_for(*runs)

    statuses = [run.status() for run in runs]
    assert [status.state for status in statuses] == [RunState.FINISHED] * 4
    assert _started_by_the_worker() == [run.run_id for run in runs]
    assert {status.slot for status in statuses} == {0, 1}
    for status in statuses:
        assert sum(other.started <= status.started < other.ended for other in statuses) <= 2


def test_workers_killed_at_random_moments_lose_no_run_and_start_none_twice(start_worker, enqueue):
    draw = random.Random(0)
    runs = [enqueue(epochs=5) for _ in range(6)]
    while not all(run.status().state.is_over for run in runs):
        worker = start_worker(slots=3)
        time.sleep(draw.uniform(0.3, 2.5))
        worker.kill()
        worker.wait()

    assert [run.status().state for run in runs] == [RunState.FINISHED] * 6
    assert [_times_started(run) for run in runs] == [1] * 6


def test_the_next_worker_leaves_the_slots_of_living_runs_to_them(start_worker, enqueue):
    first, second = enqueue(epochs=ENDLESS), enqueue(epochs=1)
    worker = start_worker()
    _wait_until(lambda: first.status().state is RunState.RUNNING)
    worker.kill()
    worker.wait()

    start_worker()
    time.sleep(2)  # it is given the time to start the second, which it must not
    assert first.status().state is RunState.RUNNING
    assert second.status().state is RunState.QUEUED
    stop_run(first)
    _wait_for(first, second)

    assert first.status().state is RunState.STOPPED
    assert second.status().state is RunState.FINISHED


# As a server does: it puts a run into the queue, starts the worker, and would go on.
SERVER = """
import sys, time
from lsdc import settings
from lsdc.config import preset
from lsdc.runs import RunNotes, create_run
from lsdc.runs.locks import inheritable_lock
from lsdc.training.processes import start_process
data = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": True, "rows": 5, "studies": 1}
run = create_run(settings.runs_root(), preset("quick"), {"preset": "quick", "data": data}, RunNotes())
with inheritable_lock(settings.worker_lock_path()) as descriptor:
    start_process("tests.training.stand_in_worker", descriptor=descriptor, log=settings.worker_log_path())
print(run.run_id, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("kill", [pytest.param(signal.SIGINT, marks=pytest.mark.exhaustive), signal.SIGKILL])
def test_a_run_goes_on_when_the_server_and_all_its_group_is_killed(start_worker, kill):
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0
    )
    run = RunFolder(settings.runs_root() / server.stdout.readline().decode().strip())
    os.killpg(server.pid, kill)
    server.wait()
    server.stdout.close()

    _wait_for(run)
    assert run.status().state is RunState.FINISHED
    (worker,) = _workers()
    worker.kill()


def test_a_worker_is_started_when_none_lives_and_only_then(empty_artifacts):
    for _ in range(5):
        ensure_worker()
    # For an instant a new process has no command line.
    _wait_until(_workers)
    workers = _workers()
    for worker in workers:
        worker.kill()

    assert len(workers) == 1


KILLS = [pytest.param(8, 0), pytest.param(50, 1, marks=pytest.mark.exhaustive)]


@pytest.mark.parametrize(("kills", "seed"), KILLS)
def test_runs_killed_at_random_moments_are_explained_and_the_queue_goes_on(start_worker, enqueue, kills, seed):
    draw = random.Random(seed)
    runs = [enqueue(epochs=40) for _ in range(kills)]
    start_worker(slots=8)
    for run in runs:
        _wait_until(lambda run=run: run.written_status().pid is not None)
        time.sleep(draw.uniform(0, 0.5))
        _kill(run)
    last = enqueue(epochs=1)
    began = time.monotonic()
    _wait_for(*runs)
    took = time.monotonic() - began
    _wait_for(last)
    _wait_until(lambda: not any("without a word" in run.status().message for run in runs))

    assert took < 30
    states = {run.status().state for run in runs}
    assert RunState.FAILED in states
    assert states <= {RunState.FAILED, RunState.FINISHED}
    for run in runs:
        _assert_every_file_parses(run)
        assert run.status().state is RunState.FINISHED or "SIGKILL" in run.status().message
    assert last.status().state is RunState.FINISHED


def test_how_runs_die_is_said(start_worker, enqueue):
    words = {
        "signal SIGKILL": "lack of memory",
        "signal SIGSEGV": "SIGSEGV",
        "exit 7": "exit code 7",
        "memory": "memory ran out",
        "small files": "disk is full",
    }
    runs = {note: enqueue(note) for note in words}
    last = enqueue(epochs=1)
    start_worker(slots=3)
    _wait_for(*runs.values(), last)
    _wait_until(lambda: all(run.written_status().state.is_over for run in runs.values()))

    messages = {note: run.status().message for note, run in runs.items()}
    assert {note for note in words if words[note] in messages[note]} == set(words), messages
    assert {run.status().state for run in runs.values()} == {RunState.FAILED}
    assert last.status().state is RunState.FINISHED
    for run in runs.values():
        _assert_every_file_parses(run)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
def test_a_disk_that_is_full_is_said_when_there_is_room_again(start_worker, enqueue, empty_artifacts):
    empty_artifacts.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(empty_artifacts)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"mounting is not permitted: {mounted.stderr.decode()}")
    run = enqueue(epochs=ENDLESS)
    worker = start_worker()
    try:
        _wait_until(lambda: len(run.history()) >= 2)
        ballast = empty_artifacts / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        _wait_until(lambda: run.status().state.is_over)

        assert run.status().state is RunState.FAILED
        assert "disk" in run.status().message
        assert run.history()["epoch"].iloc[-1] >= 2
        ballast.unlink()
        _wait_until(lambda: run.written_status().state is RunState.FAILED)
        assert "disk" in run.status().message
        _assert_every_file_parses(run)
    finally:
        worker.kill()
        worker.wait()
        _kill(run)
        subprocess.run(["umount", "--lazy", str(empty_artifacts)], check=True)


def test_a_run_that_waits_is_stopped_at_once_and_never_started(start_worker, enqueue):
    stopped, other = enqueue(), enqueue(epochs=1)

    stop_run(stopped)
    assert stopped.status().state is RunState.STOPPED
    start_worker()
    _wait_for(other)

    assert not stopped.log_path.exists()
    with pytest.raises(RunError, match="stopped already"):
        stop_run(stopped)


def test_a_request_to_stop_that_nobody_carried_out_is_carried_out_by_the_worker(start_worker, enqueue):
    """Whoever asked was killed before it could take the run out of the queue."""
    run = enqueue()
    run.request_stop()
    assert run.status().state is RunState.STOPPING

    start_worker()
    _wait_for(run)

    assert run.status().state is RunState.STOPPED
    assert not run.log_path.exists()


def test_a_killed_run_goes_on_where_it_was_when_it_is_resumed(start_worker, enqueue):
    run = enqueue(epochs=20)
    start_worker()
    _wait_until(lambda: len(run.history()) >= 3)
    _kill(run)
    _wait_for(run)

    resume_run(run)
    assert run.status().state is RunState.QUEUED
    _wait_for(run)

    assert run.status().state is RunState.FINISHED
    assert _times_started(run) == 2
    _assert_every_file_parses(run)


def test_of_two_who_resume_a_run_one_is_told_that_it_waits_already(enqueue):
    run = enqueue()
    run.write_status(run.status().model_copy(update={"state": RunState.STOPPED, "epoch": 2}))
    run.checkpoint_path.parent.mkdir()
    run.checkpoint_path.write_bytes(b"")
    with inheritable_lock(settings.worker_lock_path()):  # a worker that starts nothing
        resume_run(run)
        with pytest.raises(RunError, match="queued"):
            resume_run(run)

    assert run.status().epoch == 2
    assert places_in_line([run]) == {run.run_id: 1}


def test_a_damaged_folder_keeps_no_other_run_from_its_turn(start_worker, enqueue):
    damaged, run = enqueue(), enqueue(epochs=1)
    (damaged.path / "config.json").write_text("{")
    (settings.runs_root() / "notes of mine").mkdir()

    start_worker()
    _wait_for(damaged, run)

    assert run.status().state is RunState.FINISHED
    assert damaged.status().state is RunState.FAILED
    assert "config.json" in damaged.status().message


def test_a_process_that_inherits_a_lock_holds_it_from_its_first_instant(tmp_path):
    with inheritable_lock(tmp_path / "lock") as descriptor:
        process = start_process("http.server", "--bind", "127.0.0.1", "0", descriptor=descriptor, log=tmp_path / "log")
    with inheritable_lock(tmp_path / "lock") as held:
        while_it_lived = held
    process.kill()
    process.wait()

    assert while_it_lived is None
    with inheritable_lock(tmp_path / "lock") as held:
        assert held is not None


def test_slots_are_gpus_or_one_cpu_and_a_setting_changes_their_number(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert slots() == (Slot(index=0, gpu=None),)

    monkeypatch.setenv("LSDC_SLOTS", "3")
    assert [slot.index for slot in slots()] == [0, 1, 2]

    monkeypatch.setenv("LSDC_SLOTS", "many")
    with pytest.raises(ConfigError, match="many"):
        slots()


def test_a_run_sees_the_gpu_of_its_slot_alone():
    slot = Slot(index=1, gpu=Gpu(name="H100", uuid="GPU-1"))

    assert slot.environment(DeviceChoice.AUTO)["CUDA_VISIBLE_DEVICES"] == "GPU-1"
    assert slot.environment(DeviceChoice.CPU) == {"CUDA_VISIBLE_DEVICES": "-1"}
    assert Slot(index=0, gpu=None).environment(DeviceChoice.AUTO) == {"CUDA_VISIBLE_DEVICES": "-1"}


class ResourceExhaustedError(Exception):
    """As TensorFlow's, by name."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError("no"), "memory ran out"),
        (ResourceExhaustedError("OOM when allocating\nnode trace"), "memory ran out"),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory"), "memory ran out"),
        (OSError(28, "No space left on device"), "disk is full"),
        (OSError("Can't write data (errno = 27, error message = 'File too large')"), "disk is full"),
        (ValueError("odd"), "ValueError: odd. The log has the details."),
        (RunError("It broke.", "It works.", "Mend it."), "It broke. It works. Mend it."),
    ],
)
def test_errors_are_explained(error, words):
    assert words in explain_error(error)
    assert "\n" not in explain_error(error)


@pytest.mark.parametrize(
    ("code", "words"), [(1, "exit code 1"), (74, "disk"), (-9, "memory"), (-15, "SIGTERM"), (-40, "signal 40")]
)
def test_exits_are_explained(code, words):
    assert words in explain_exit(code)
