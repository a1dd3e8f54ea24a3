"""The stages of a run: network, training graph and callbacks, from the first epoch or from a checkpoint.

The first stage trains the whole network. A second one, if it is asked for, goes on from the best network of the first
with its encoder frozen and the loss weighted by class: the encoder learns from the data as they are, and the head from
all grades alike (Kang et al. 2020, “Decoupling representation and classifier”).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from lsdc.config import Loss, Precision, Schedule, TrainingConfig
from lsdc.files import replacing
from lsdc.labels import Severity
from lsdc.models.build import build_network, build_training_graph
from lsdc.models.inputs import input_names
from lsdc.models.saved import load_saved
from lsdc.runs import RunFolder
from lsdc.training.batches import Batches
from lsdc.training.callbacks import (
    ReplayPast,
    RunRecorder,
    patience_callbacks,
    patience_is_exhausted,
)
from lsdc.training.losses import Weights, build_loss, loss_weights
from lsdc.training.optimizers import build_optimizer
from lsdc.training.progress import RunProgress, StopRequestedError
from lsdc.training.rows import Rows

POLICIES = {Precision.FLOAT32: "float32", Precision.MIXED: "mixed_bfloat16"}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A part of a run with a loss of its own.

    Args:
        number: 1 or 2.
        epochs: How many at most.
        loss: What it minimises.
    """

    number: int
    epochs: int
    loss: Loss

    @property
    def graph_name(self) -> str:
        """The name that its training graph carries, so that a checkpoint tells which stage it is of."""
        return f"stage_{self.number}"


def stages(config: TrainingConfig) -> list[Stage]:
    """The stages of a run, in their order."""
    first = Stage(number=1, epochs=config.epochs, loss=config.loss)
    second = Stage(number=2, epochs=config.head_epochs, loss=Loss.CLASS_WEIGHTED)
    return [first, second] if config.head_epochs else [first]


def learn(
    run: RunFolder,
    rows: Rows,
    precision: Precision,
    progress: RunProgress,
    *,
    observers: Sequence[keras.callbacks.Callback] = (),
) -> bool:
    """Train until the epochs are over, nothing gets better, or somebody asks to stop; returns whether that was so.

    Args:
        run: The folder that is kept up to date.
        rows: What is learnt from.
        precision: Which numbers are computed with.
        progress: The status.
        observers: Callbacks that stand behind the run's own, such as those of a benchmark.
    """
    keras.config.set_dtype_policy(POLICIES[precision])
    checkpoint = load_saved(run.checkpoint_path) if run.can_resume else None
    for stage in stages(run.config):
        try:
            _train_stage(run, rows, progress, stage, checkpoint, observers)
        except StopRequestedError:
            return True
    return False


def learned_weights(run: RunFolder, rows: Rows) -> Weights:
    """How much more the saved network saw of each grade than there is of it: p ∝ p / w takes that out again.

    By the weights of its loss, and by the rows that a split of 1:1:1 left out.
    """
    last = stages(run.config)[int(run.history()["stage"].max()) - 1]
    learned, there = (rows.labels[rows.positions(*parts)] for parts in (("train",), ("train", "unused")))
    by_loss = np.array(loss_weights(last.loss, learned))
    by_split = _shares(learned) / np.maximum(_shares(there), np.finfo(float).tiny)
    normal, moderate, severe = np.where(_shares(learned) > 0, by_loss * by_split, 1.0).tolist()
    return normal, moderate, severe


def _shares(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.bincount(labels, minlength=len(Severity)) / len(labels)


def compile_graph(network: keras.Model, rows: Rows, config: TrainingConfig, stage: Stage) -> keras.Model:
    """The training graph of a stage, ready for its first step."""
    graph = build_training_graph(network, config, name=stage.graph_name)
    training = rows.positions("train")
    graph.compile(
        optimizer=build_optimizer(config, steps_per_epoch=-(-len(training) // config.batch_size), epochs=stage.epochs),
        loss=build_loss(config, stage.loss, loss_weights(stage.loss, rows.labels[training])),
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
        # XLA with JAX, and with TensorFlow on a GPU; on a CPU its XLA is slower.
        jit_compile="auto",
    )
    return graph


def _train_stage(
    run: RunFolder,
    rows: Rows,
    progress: RunProgress,
    stage: Stage,
    checkpoint: keras.Model | None,
    observers: Sequence[keras.callbacks.Callback],
) -> None:
    config = run.config
    training = rows.positions("train")
    if checkpoint is not None and checkpoint.name != stage.graph_name and stage.number == 1:
        return  # the checkpoint is of the second stage already
    past = _past(run)
    begins = len([epoch for epoch in past if epoch["stage"] < stage.number])
    if checkpoint is not None and checkpoint.name == stage.graph_name:
        graph, network = checkpoint, checkpoint.get_layer(config.model)
        # The checkpoint itself knows how far it is; a kill may have come between it and the history.
        done = int(graph.optimizer.iterations) // -(-len(training) // config.batch_size)
        print(f"going on after epoch {begins + done}", flush=True)  # noqa: T201  # the run's log
    else:
        network, done = _first_network(run, stage), 0
        graph = compile_graph(network, rows, config, stage)
        run.write_model_summary(_summary(network))
    if len(past) > begins + done:
        past = past[: begins + done]
        run.write_history(past)  # a stop before the next epoch would leave an epoch that nothing is left of
    progress.say(epoch=begins + done)
    if done >= stage.epochs or patience_is_exhausted(past[begins:], config.early_stopping_patience):
        # A run that was killed between two stages, or while it was scored. Keras would train one more step first.
        return
    _fit(run, rows, progress, stage, graph, network, past, observers)


def _fit(
    run: RunFolder,
    rows: Rows,
    progress: RunProgress,
    stage: Stage,
    graph: keras.Model,
    network: keras.Model,
    past: Sequence[Mapping[str, float]],
    observers: Sequence[keras.callbacks.Callback],
) -> None:
    config, names = run.config, input_names(graph)
    patience = patience_callbacks(config)
    scheduled = config.schedule is Schedule.COSINE
    own_past = [epoch for epoch in past if epoch["stage"] == stage.number]
    batches = Batches(rows, rows.positions("train"), config, names, training=True)
    callbacks = [
        RunRecorder(run, progress, network, past, batches, stage=stage.number, seed=config.seed),
        *patience,
        ReplayPast(patience, own_past, None if scheduled else config.learning_rate),
    ]
    if config.ema_momentum:
        callbacks.append(keras.callbacks.SwapEMAWeights())
    callbacks += observers
    keras.utils.set_random_seed(config.seed)
    first_epoch = len(past)
    graph.fit(
        batches,
        validation_data=Batches(rows, rows.positions("validation"), config, names, training=False),
        epochs=first_epoch - len(own_past) + stage.epochs,
        initial_epoch=first_epoch,
        callbacks=callbacks,
        shuffle=False,  # Batches does it, by seed and epoch
        verbose=0,
    )


def _first_network(run: RunFolder, stage: Stage) -> keras.Model:
    """What a stage begins with: fresh weights, or the best network of the first stage with its encoder frozen."""
    if stage.number == 1:
        return build_network(run.config)
    # The second stage replaces the best network, and may be killed before its first checkpoint: it must begin alike,
    # and what it left must not be taken for the first one's.
    kept = run.first_stage_path.exists()
    source, target = (run.first_stage_path, run.keras_path) if kept else (run.keras_path, run.first_stage_path)
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)
    network = load_saved(run.first_stage_path)
    network.get_layer("encoder").trainable = False
    return network


def _past(run: RunFolder) -> list[dict[str, float]]:
    return [{str(name): float(value) for name, value in epoch.items()} for epoch in run.history().to_dict("records")]


def _summary(network: keras.Model) -> str:
    lines: list[str] = []
    network.summary(print_fn=lines.append, expand_nested=True, line_length=100)
    return "\n".join(lines) + "\n"
