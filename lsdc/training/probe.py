"""The process that measures a few steps of a run, with its network, its batches and its device, on made-up rows."""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from lsdc.config import Precision, TrainingConfig
from lsdc.files import read_json, write_json
from lsdc.training.device import DeviceMemory
from lsdc.training.estimate import LIMIT_SECONDS, Measured, Unmeasured, free_slots
from lsdc.training.fit import start_keras
from lsdc.training.last_words import explain_error
from lsdc.training.processes import keep_lock

STEPS = 40
# Steps are made for so long at most, but never fewer than these.
MEASURED_SECONDS = 12.0
FEWEST_STEPS = 8
# The first steps compile the graph and fill caches.
WARMUP_STEPS = 2
VALIDATION_BATCHES = 3
# Other programs may use so much of the processors before it is said.
NOTICEABLE_LOAD = 0.3


def main(arguments: Sequence[str]) -> None:
    """Measure, and leave the result or the reason why there is none.

    Args:
        arguments: The folder of the estimate, and the descriptor of the lock with which the process was started.
    """
    folder, descriptor = arguments
    keep_lock(descriptor)
    # Ends the process, whatever a framework is doing.
    signal.alarm(LIMIT_SECONDS)
    config = TrainingConfig.parse(read_json(Path(folder) / "config.json"))
    result: Measured | Unmeasured
    try:
        result = _measure(config)
    except Exception as error:  # noqa: BLE001  # the process ends here, and the page must be able to say why
        result = Unmeasured(reason=explain_error(error))
    write_json(Path(folder) / "result.json", result.model_dump(mode="json"))


def _measure(config: TrainingConfig) -> Measured:
    began = psutil.Process().create_time()
    load, memory = psutil.getloadavg()[0], DeviceMemory()
    before, total = memory.read()
    device = start_keras(config)
    # These import Keras, which must know by now what it computes with.
    import keras

    from lsdc.models.build import build_network
    from lsdc.models.inputs import input_names
    from lsdc.training.batches import Batches
    from lsdc.training.learn import POLICIES, compile_graph, stages
    from lsdc.training.made_up_rows import made_up_rows, repeated_noise

    precision = Precision.FLOAT32 if config.precision is Precision.AUTO else config.precision
    keras.config.set_dtype_policy(POLICIES[precision])
    count, validation = (batches * config.batch_size for batches in (STEPS, VALIDATION_BATCHES))
    rows = made_up_rows(repeated_noise(config, rows=count + validation), config, validation=validation)
    graph = compile_graph(build_network(config), rows, config, stages(config)[0])
    names = input_names(graph)
    ends = _train(graph, Batches(rows, rows.positions("train"), config, names, training=True))
    judged = Batches(rows, rows.positions("validation"), config, names, training=False)
    compiling = _seconds(lambda: graph.evaluate(judged, verbose=0))
    validating = _seconds(lambda: graph.evaluate(judged, verbose=0))
    steps = np.diff(ends)[WARMUP_STEPS - 1 :]
    low, median, high = (float(value) for value in np.percentile(steps, (10, 50, 90)))
    return Measured(
        start=ends[0] - began + max(0.0, compiling - validating),
        step=median,
        step_low=low,
        step_high=high,
        validation_step=validating / VALIDATION_BATCHES,
        save=_seconds(lambda: _save(graph)),
        steps=len(steps),
        memory_bytes=_memory_in_use(memory, before, on_gpu=device.startswith("GPU")),
        memory_total_bytes=total,
        device=device,
        precision=precision.value,
        disturbed=_disturbed(load, on_gpu=device.startswith("GPU")),
    )


def _train(graph: Any, batches: Any) -> list[float]:
    """The moments at which steps ended, in seconds since 1970."""
    import keras

    ends: list[float] = []

    def note(_batch: int, logs: dict[str, float]) -> None:
        _ = logs["loss"]  # as a run does: a step is over when its loss is known
        ends.append(time.time())
        if len(ends) >= FEWEST_STEPS and ends[-1] - ends[0] > MEASURED_SECONDS:
            raise _EnoughError

    callback = keras.callbacks.LambdaCallback(on_train_batch_end=note)
    with suppress(_EnoughError):
        graph.fit(batches, epochs=1, shuffle=False, verbose=0, callbacks=[callback])
    return ends


class _EnoughError(Exception):
    """Enough steps were measured."""


def _memory_in_use(memory: DeviceMemory, before: int | None, *, on_gpu: bool) -> int | None:
    if not on_gpu:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    # A framework keeps what it has taken; what others use is not this run's.
    now, _ = memory.read()
    return None if now is None or before is None else now - before


def _disturbed(load: float, *, on_gpu: bool) -> str:
    if not free_slots():
        return "A run began meanwhile."
    cores = os.cpu_count() or 1
    if not on_gpu and load > NOTICEABLE_LOAD:
        return f"Other programs computed meanwhile (load {load:.1f} on {cores} processors)."
    return ""


def _save(graph: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        graph.save(Path(folder) / "graph.keras")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1:])
