"""The parts of `memory.py`, each a process that prints its peak in bytes as its last line."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras
from throughput_keras import arrays, compile_bare

from lsdc.config import Precision, TrainingConfig
from lsdc.models.build import build_network
from lsdc.runs import RunFolder, RunNotes, create_run
from lsdc.training.batches import Batches
from lsdc.training.learn import learn
from lsdc.training.made_up_rows import open_made_up_rows
from lsdc.training.progress import RunProgress
from lsdc.training.rows import Rows

SECONDS_BETWEEN_SAMPLES = 0.02


class PeakMemory:
    """Watches the memory of this process, in a thread, for as long as a block lasts."""

    def __init__(self) -> None:
        self.peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(SECONDS_BETWEEN_SAMPLES):
            self.peak = max(self.peak, anonymous_bytes())


class StopAfter(keras.callbacks.Callback):
    """Asks a run to stop when some steps are done."""

    def __init__(self, steps: int, run: RunFolder) -> None:
        super().__init__()
        self._steps, self._run = steps, run

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if batch == self._steps - 1:
            self._run.request_stop()


def anonymous_bytes() -> int:
    """Resident memory of this process that no file stands behind, see proc(5)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("RssAnon:"))
    return int(kilobytes) * 1024


def main() -> None:
    """Do what the task says, and print the peak."""
    task: dict[str, Any] = json.loads(sys.argv[1])
    config, folder = TrainingConfig.parse(task["config"]), Path(task["folder"])
    rows = open_made_up_rows(folder, config, validation=task["validation"])
    with PeakMemory() as memory:
        if task["peer"] == "reader":
            _read_all(rows, config)
        elif task["peer"] == "program":
            _train(rows, config, folder, task["steps"])
        else:
            _train_bare(rows, config, task["steps"])
    print(memory.peak)


def _read_all(rows: Rows, config: TrainingConfig) -> None:
    names = ("image", "mask", "level", "side", "transform", "intensity")
    for _ in Batches(rows, rows.positions("train", "validation"), config, names, training=True):
        pass


def _train(rows: Rows, config: TrainingConfig, folder: Path, steps: int) -> None:
    run = create_run(folder / "runs", config, {}, RunNotes())
    with RunProgress(run) as progress:
        learn(run, rows, Precision(config.precision), progress, observers=[StopAfter(steps, run)])


def _train_bare(rows: Rows, config: TrainingConfig, steps: int) -> None:
    """The same number of steps of the network alone, all on one batch."""
    graph = compile_bare(build_network(config), rows, config)
    inputs, labels = arrays(graph, rows, config, rows.positions("train")[: config.batch_size])
    graph.fit(inputs, labels, batch_size=config.batch_size, epochs=steps, verbose=0)


if __name__ == "__main__":
    main()
