"""Which numbers a run computes with: told by its config, or found out by timing both for a few steps."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import keras

from lsdc.config import Precision, TrainingConfig
from lsdc.models.build import build_network
from lsdc.models.inputs import input_names
from lsdc.training.batches import Batches
from lsdc.training.learn import POLICIES, compile_graph, stages
from lsdc.training.progress import StopRequestedError
from lsdc.training.rows import Rows

PROBE_STEPS = 20
# Mixed precision costs digits, and twenty steps are a short time: a smaller gain than this is none.
WORTHWHILE = 0.9
# The first steps compile the graph and fill caches.
WARMUP_STEPS = 2


def choose_precision(config: TrainingConfig, rows: Rows, stop_requested: Callable[[], bool]) -> dict[str, Any]:
    """Time a few steps of training in float32 and in mixed precision, and take mixed if it is clearly faster.

    The networks of the probe are thrown away. Mixed precision is given up as soon as it has taken longer than float32.

    Args:
        config: The hyperparameters.
        rows: The rows of the run.
        stop_requested: Asked before each step.

    Returns:
        `chosen`, and `float32_ms` and `mixed_ms` a step.

    Raises:
        StopRequestedError: If somebody asks to stop meanwhile.
    """
    milliseconds = partial(_milliseconds_per_step, config, rows, stop_requested)
    float32 = milliseconds(Precision.FLOAT32, limit=float("inf"))
    mixed = milliseconds(Precision.MIXED, limit=float32 * PROBE_STEPS)
    chosen = Precision.MIXED if mixed < WORTHWHILE * float32 else Precision.FLOAT32
    return {"chosen": chosen.value, "float32_ms": round(float32, 2), "mixed_ms": round(mixed, 2)}


def _milliseconds_per_step(
    config: TrainingConfig, rows: Rows, stop_requested: Callable[[], bool], precision: Precision, *, limit: float
) -> float:
    """The mean over the steps that were made within `limit` milliseconds."""
    keras.config.set_dtype_policy(POLICIES[precision])
    graph = compile_graph(build_network(config), rows, config, stages(config)[0])
    batches = Batches(rows, rows.positions("train"), config, input_names(graph), training=True)
    inputs, labels = batches[0]
    for _ in range(WARMUP_STEPS):
        graph.train_on_batch(inputs, labels)
    began = time.perf_counter()
    steps, elapsed = 0, 0.0
    while steps < PROBE_STEPS and elapsed <= limit:
        if stop_requested():
            raise StopRequestedError
        # The loss comes back as a number, so that a step is over when it has been computed.
        graph.train_on_batch(inputs, labels)
        steps += 1
        elapsed = (time.perf_counter() - began) * 1000
    return elapsed / steps
