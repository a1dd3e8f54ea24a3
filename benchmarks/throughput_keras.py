"""The contenders of `throughput.py` that compute with Keras: this program, and bare `model.fit` as its limit.

Started by it as a process that waits for its turns. A round is an epoch; the first one compiles and warms up.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras
import numpy as np
from numpy.typing import NDArray
from paced_epochs import PacedEpochs
from throughput_peers import Peer
from turns import Turns

from lsdc.config import Precision, TrainingConfig
from lsdc.models.build import build_network
from lsdc.models.inputs import input_names
from lsdc.preprocessing.inputs import unit_image
from lsdc.runs import RunNotes, create_run
from lsdc.training.batches import Batches
from lsdc.training.learn import POLICIES, compile_graph, learn, stages
from lsdc.training.made_up_rows import open_made_up_rows, write_noise
from lsdc.training.progress import RunProgress
from lsdc.training.rows import Rows


def main() -> None:
    """Do what the task says, until nobody asks for another round."""
    task = json.loads(sys.argv[1])
    config, folder = TrainingConfig.parse(task["config"]), Path(task["folder"])
    turns = PacedEpochs(Turns())
    write_noise(folder, config, rows=(task["steps"] + 1) * config.batch_size)
    rows = open_made_up_rows(folder, config, validation=config.batch_size)
    if task["peer"] == Peer.PROGRAM:
        _train_as_the_program_does(config, rows, folder, turns)
    else:
        _train_in_memory(config, rows, turns, augmented=task["peer"] == Peer.AUGMENTED_LIMIT)


def _train_as_the_program_does(config: TrainingConfig, rows: Rows, folder: Path, turns: PacedEpochs) -> None:
    run = create_run(folder / "runs", config, {}, RunNotes())
    with RunProgress(run) as progress:
        learn(run, rows, config.precision, progress, observers=[turns])


def _train_in_memory(config: TrainingConfig, rows: Rows, turns: PacedEpochs, *, augmented: bool) -> None:
    """Bare `model.fit` on arrays: of the network alone, or of the graph that augments before it."""
    keras.config.set_dtype_policy(POLICIES[Precision(config.precision)])
    network = build_network(config)
    if augmented:
        graph = compile_graph(network, rows, config, stages(config)[0])
    else:
        graph = compile_bare(network, rows, config)
    inputs, labels = arrays(graph, rows, config, rows.positions("train"))
    graph.fit(
        inputs, labels, batch_size=config.batch_size, epochs=config.epochs, shuffle=False, verbose=0, callbacks=[turns]
    )


def compile_bare(network: keras.Model, rows: Rows, config: TrainingConfig) -> keras.Model:
    """The network alone, with the loss, optimizer and metric of a run."""
    of_run = compile_graph(network, rows, config, stages(config)[0])
    bare = keras.Model({tensor.name: tensor for tensor in network.inputs}, network.output["logits"])
    accuracy = keras.metrics.CategoricalAccuracy(name="accuracy")
    bare.compile(optimizer=of_run.optimizer, loss=of_run.loss, metrics=[accuracy])
    return bare


def arrays(
    graph: keras.Model, rows: Rows, config: TrainingConfig, positions: NDArray[np.intp]
) -> tuple[dict[str, Any], Any]:
    """Some rows in memory, as a graph takes them, which may be the bare network, and their labels."""
    names = input_names(graph)
    batches = list(Batches(rows, positions, config, names, training=True))
    inputs = {name: np.concatenate([batch[name] for batch, _ in batches]) for name in names}
    if "float32" in {tensor.dtype for tensor in graph.inputs if tensor.name == "image"}:
        inputs["image"] = unit_image(inputs["image"])
    return inputs, np.concatenate([labels for _, labels in batches])


if __name__ == "__main__":
    main()
