"""The measurements of `queue.py`.

Real servers, real workers and real trainings, as small as they can be. The server is killed and started again twice
while the runs go on. The overhead is the time from `python -m lsdc train` to its end, with no worker alive, beside
that of the same process started by hand.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import psutil
from bars import Bar, report
from streamlit.testing.v1 import AppTest

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lsdc import settings
from lsdc.config import TrainingConfig, preset
from lsdc.dataset.phantom import write_phantom
from lsdc.runs import RunNotes, RunState, RunStatus, create_run, list_runs
from lsdc.training.launch import describe_run, start_run
from lsdc.training.processes import start_process
from lsdc.training.queue import ensure_worker, wait_for
from lsdc.training.worker import RUN_MODULE

PROJECT_ROOT = Path(__file__).resolve().parents[1]
OVERHEAD_S = 2.0
IDLE_SHARE = 0.01
REFRESH_MS = 150.0
LISTED_RUNS = 200
IDLE_SECONDS = 20.0
REFRESHES = 20
TINY = {
    "image_px": 16,
    "conv_filters": (4, 8),
    "coordinate_units": (4,),
    "dense_units": (8,),
    "epochs": 1,
    "batch_size": 8,
    "balance": False,
}

# What refreshes itself on the Train page: the queue and the table of all runs.
LIVE_VIEW = """
from lsdc.ui.runs import read_runs
from pages.train.listing import draw_listing
from pages.train.queue import draw_queue
runs, _ = read_runs()
draw_queue(runs)
draw_listing(runs)
"""


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data_root = folder / "phantom"
        write_phantom(data_root, studies=14, seed=3, image_px=128)
        os.environ["LSDC_DATA"] = str(data_root)
        bars = []
        for measure in (_survival, _overhead, _idle_worker, _refresh):
            # Each has its own runs and its own worker.
            os.environ["LSDC_ARTIFACTS"] = str(folder / measure.__name__)
            bars.append(measure(data_root, arguments))
            _end_worker()
    return report("Queue", bars, as_json=arguments.json)


def _tiny() -> TrainingConfig:
    return preset("quick").changed(**TINY)


def _survival(data_root: Path, arguments: argparse.Namespace) -> Bar:
    """How many queued runs finish, of which the server was killed after a third and after two thirds."""
    server = _start_server()
    runs = [start_run(_tiny(), preset="quick", data_root=data_root) for _ in range(arguments.runs)]
    for share in (1 / 3, 2 / 3):
        while sum(run.status().state.is_over for run in runs) < share * len(runs):
            time.sleep(0.2)
        server.kill()
        server.wait()
        server = _start_server()
    finished = sum(wait_for(run).state is RunState.FINISHED for run in runs)
    server.kill()
    server.wait()
    name = f"of {arguments.runs} queued runs finished, server killed and started again twice"
    return Bar(name=name, value=finished, bar=arguments.runs)


def _start_server() -> subprocess.Popen[bytes]:
    """The app, when it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    server = subprocess.Popen(
        [*command, "--server.port", str(port)],
        cwd=PROJECT_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return server
        except OSError:
            time.sleep(0.1)


def _overhead(data_root: Path, arguments: argparse.Namespace) -> Bar:
    """Seconds that a run takes longer through the queue, from its enqueueing to its last word; worker not alive before."""
    _seconds_direct(data_root)  # fills the crop cache and the disk's
    pairs = []
    for _ in range(arguments.rounds):
        direct = _seconds_direct(data_root)
        pairs.append((_seconds_queued(data_root), direct))
        _end_worker()
    extra = [queued - direct for queued, direct in pairs]
    queued, direct = (statistics.median(times) for times in zip(*pairs, strict=True))
    return Bar(
        name=f"s more through the queue, {queued:.1f} s beside {direct:.1f} s, median of {arguments.rounds}",
        value=statistics.median(extra),
        bar=OVERHEAD_S,
        at_most=True,
    )


def _seconds_queued(data_root: Path) -> float:
    began = time.perf_counter()
    _assert_finished(wait_for(start_run(_tiny(), preset="quick", data_root=data_root)))
    return time.perf_counter() - began


def _seconds_direct(data_root: Path) -> float:
    """The same process of a run, started by hand instead of by the worker."""
    began = time.perf_counter()
    record = describe_run(_tiny(), preset="quick", data_root=data_root)
    # Apart from the queue, so that no worker starts it too.
    run = create_run(settings.artifacts_root() / "apart", _tiny(), record, RunNotes())
    with run.lock() as descriptor:
        assert descriptor is not None
        process = start_process(RUN_MODULE, str(run.path), descriptor=descriptor, log=run.log_path)
    while not run.written_status().state.is_over:
        time.sleep(0.02)
    seconds = time.perf_counter() - began
    process.wait()
    _assert_finished(run.status())
    return seconds


def _assert_finished(status: RunStatus) -> None:
    if status.state is not RunState.FINISHED:
        sys.exit(f"A run of the benchmark is {status.state}: {status.message}")


def _idle_worker(data_root: Path, arguments: argparse.Namespace) -> Bar:
    """The share of a core that a worker takes which has nothing to start, among as many runs as a busy person has."""
    del data_root, arguments
    _make_listed_runs()
    with _working_run():
        ensure_worker()
        (worker,) = _workers()
        time.sleep(3.0)  # it starts
        before = sum(worker.cpu_times()[:2])
        time.sleep(IDLE_SECONDS)
        share = (sum(worker.cpu_times()[:2]) - before) / IDLE_SECONDS
        memory = worker.memory_info().rss / 2**20
    name = f"share of a core of an idle worker, {LISTED_RUNS} runs, {memory:.0f} MiB"
    return Bar(name=name, value=share, bar=IDLE_SHARE, at_most=True)


def _working_run() -> AbstractContextManager[int | None]:
    """A run that works for as long as the block lasts, so that the worker has somebody to wait for."""
    run = list_runs(settings.runs_root())[0]
    run.write_status(RunStatus(state=RunState.RUNNING, epochs=12, pid=os.getpid(), host=socket.gethostname(), slot=0))
    return run.lock()


def _make_listed_runs() -> None:
    record = {"preset": "quick", "data": {"name": "phantom", "root": "", "fingerprint": "", "synthetic": True}}
    record["data"] |= {"rows": 0, "studies": 0}
    for number in range(LISTED_RUNS):
        run = create_run(settings.runs_root(), preset("quick"), record, RunNotes(name=f"Run {number}", tags=("sweep",)))
        run.write_status(RunStatus(state=RunState.FINISHED, epoch=12, epochs=12, message="Done after 12 of 12 epochs."))


def _refresh(data_root: Path, arguments: argparse.Namespace) -> Bar:
    """Milliseconds of one refresh of what lives on the Train page."""
    del data_root, arguments
    _make_listed_runs()
    for run in list_runs(settings.runs_root())[1:11]:
        run.write_status(RunStatus(state=RunState.QUEUED, epochs=12, enqueued=time.time()))
    times = []
    with _working_run():
        app = AppTest.from_string(LIVE_VIEW, default_timeout=60).run()
        for _ in range(REFRESHES):
            began = time.perf_counter()
            app.run()
            times.append((time.perf_counter() - began) * 1000)
    if app.exception or not app.dataframe:
        sys.exit("The live view failed.")
    name = f"ms for a refresh of the live view, {LISTED_RUNS} runs, 10 of them queued, median of {REFRESHES}"
    return Bar(name=name, value=statistics.median(times), bar=REFRESH_MS, at_most=True)


def _workers() -> list[psutil.Process]:
    """The workers that this process started and that live."""
    workers = []
    for process in psutil.Process().children():
        with suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
            if "lsdc.training.worker" in process.cmdline():
                workers.append(process)
    return workers


def _end_worker() -> None:
    for worker in _workers():
        worker.kill()
        worker.wait()
