"""The contenders of `throughput.py` that compute with Keras: this program, and bare `model.fit` as its limit.

Started by it as a process that waits for its turns. A round is an epoch; the first one compiles and warms up.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras
import numpy as np
from made_up_rows import made_up_rows
from throughput_peers import Peer
from turns import Turns

from lsdc.config import Precision, TrainingConfig
from lsdc.models.build import build_network
from lsdc.models.inputs import input_names
from lsdc.runs import RunNotes, create_run
from lsdc.training.batches import Batches
from lsdc.training.learn import POLICIES, compile_graph, learn, stages
from lsdc.training.losses import build_loss, loss_weights
from lsdc.training.optimizers import build_optimizer
from lsdc.training.progress import RunProgress
from lsdc.training.rows import Rows


class PacedEpochs(keras.callbacks.Callback):
    """Begins each epoch when it is this process' turn, and answers with the seconds of its parts.

    Args:
        turns: The way to whoever says whose turn it is.
    """

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._turns.wait()
        self._times = [time.perf_counter()]

    def on_test_begin(self, logs: Any = None) -> None:
        self._note_time()

    def on_test_end(self, logs: Any = None) -> None:
        self._note_time()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._note_time()
        steps, *boundary = np.diff(self._times).tolist()
        parts = dict(zip(("validation_s", "saving_s"), boundary, strict=False))
        self._turns.answer({"seconds_per_step": steps / self.params["steps"], **parts})

    def _note_time(self) -> None:
        # A weight is a number only when the last step has been computed.
        keras.ops.convert_to_numpy(self.model.trainable_variables[-1])
        self._times.append(time.perf_counter())


def main() -> None:
    """Do what the task says, until nobody asks for another round."""
    task = json.loads(sys.argv[1])
    config, folder = TrainingConfig.parse(task["config"]), Path(task["folder"])
    turns = PacedEpochs(Turns())
    rows = made_up_rows(folder, config, training=task["steps"] * config.batch_size, validation=config.batch_size)
    if task["peer"] == Peer.PROGRAM:
        _train_as_the_program_does(config, rows, folder, turns)
    else:
        _train_in_memory(config, rows, turns, augmented=task["peer"] == Peer.AUGMENTED_LIMIT)


def _train_as_the_program_does(config: TrainingConfig, rows: Rows, folder: Path, turns: PacedEpochs) -> None:
    run = create_run(folder / "runs", config, {}, RunNotes())
    with RunProgress(run, epochs=config.all_epochs) as progress:
        learn(run, rows, config.precision, progress, observers=[turns])


def _train_in_memory(config: TrainingConfig, rows: Rows, turns: PacedEpochs, *, augmented: bool) -> None:
    """Bare `model.fit` on arrays: of the network alone, or of the graph that augments before it."""
    keras.config.set_dtype_policy(POLICIES[Precision(config.precision)])
    network = build_network(config)
    if augmented:
        graph = compile_graph(network, rows, config, stages(config)[0])
    else:
        graph = _compile_bare(network, rows, config)
    inputs, labels = _arrays(graph, rows, config)
    graph.fit(
        inputs, labels, batch_size=config.batch_size, epochs=config.epochs, shuffle=False, verbose=0, callbacks=[turns]
    )


def _compile_bare(network: keras.Model, rows: Rows, config: TrainingConfig) -> keras.Model:
    training = rows.positions("train")
    inputs = {tensor.name: tensor for tensor in network.inputs}
    bare = keras.Model(inputs=inputs, outputs=network.output["logits"])
    bare.compile(
        optimizer=build_optimizer(config, steps_per_epoch=len(training) // config.batch_size, epochs=config.epochs),
        loss=build_loss(config, loss_weights(config.loss, rows.labels[training])),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
    )
    return bare


def _arrays(graph: keras.Model, rows: Rows, config: TrainingConfig) -> tuple[dict[str, Any], Any]:
    """All training rows, as the graph takes them, in memory."""
    batches = list(Batches(rows, rows.positions("train"), config, input_names(graph), training=True))
    inputs = {name: np.concatenate([batch[name] for batch, _ in batches]) for name in input_names(graph)}
    types = {tensor.name: tensor.dtype for tensor in graph.inputs}
    if types["image"] == "float32":
        inputs["image"] = inputs["image"].astype(np.float32) / 255
    return inputs, np.concatenate([labels for _, labels in batches])


if __name__ == "__main__":
    main()
