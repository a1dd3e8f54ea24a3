"""The steps of a run: network, training graph and callbacks, from the first epoch or from a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from lsdc.config import Optimizer, TrainingConfig
from lsdc.models.build import build_network, build_training_graph
from lsdc.runs import RunFolder
from lsdc.training.batches import Batches
from lsdc.training.callbacks import ReplayPast, RunRecorder, plateau_callbacks
from lsdc.training.progress import RunProgress, StopRequestedError
from lsdc.training.rows import Rows


def learn(run: RunFolder, rows: Rows, progress: RunProgress) -> bool:
    """Train until the epochs are over, nothing gets better, or somebody asks to stop; returns whether that was so."""
    config = run.config
    network, graph, first_epoch = _begin(run, config, len(rows.positions("train")))
    run.write_model_summary(_summary(network))
    past = [
        {str(name): float(value) for name, value in epoch.items()}
        for epoch in run.history().head(first_epoch).to_dict("records")
    ]
    shared: dict[str, Any] = {
        "pixels": rows.cache.pixels,
        "coords": rows.coords,
        "labels": rows.labels,
        "config": config,
    }
    progress.say(epoch=first_epoch)
    if first_epoch >= config.epochs or _patience_is_exhausted(past, config.early_stopping_patience):
        # A run that was killed while it was scored. Keras would train one more step before it looked.
        return False
    plateau = plateau_callbacks(config)
    callbacks = [
        RunRecorder(run, progress, network, past, config),
        *plateau,
        ReplayPast(plateau, past, config.learning_rate),
    ]
    keras.utils.set_random_seed(config.seed)
    try:
        graph.fit(
            Batches(rows=rows.positions("train"), first_epoch=first_epoch, training=True, **shared),
            validation_data=Batches(rows=rows.positions("validation"), training=False, **shared),
            epochs=config.epochs,
            initial_epoch=first_epoch,
            callbacks=callbacks,
            shuffle=False,  # Batches does it, by seed and epoch
            verbose=0,
        )
    except StopRequestedError:
        return True
    return False


def _begin(run: RunFolder, config: TrainingConfig, training_rows: int) -> tuple[keras.Model, keras.Model, int]:
    """Network, training graph and first epoch: from the checkpoint if there is one, otherwise from the config."""
    if not run.can_resume:
        network = build_network(config)
        graph = build_training_graph(network, config)
        graph.compile(
            optimizer=_optimizer(config),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
            # TensorFlow's XLA lacks the augmentation's image transform, and is slower on a CPU.
            jit_compile=keras.backend.backend() == "jax",
        )
        return network, graph, 0
    graph = keras.saving.load_model(run.checkpoint_path, safe_mode=True)
    # The checkpoint itself knows how far it is; a kill may have come between it and the history.
    steps_per_epoch = -(-training_rows // config.batch_size)
    first_epoch = int(graph.optimizer.iterations) // steps_per_epoch
    print(f"going on after epoch {first_epoch}", flush=True)  # noqa: T201  # the run's log
    return graph.get_layer(config.model), graph, first_epoch


def _patience_is_exhausted(past: Sequence[Mapping[str, float]], patience: int) -> bool:
    """Whether early stopping ended the run after these epochs."""
    losses = [epoch["val_loss"] for epoch in past]
    return bool(patience and losses) and len(losses) - 1 - losses.index(min(losses)) >= patience


def _optimizer(config: TrainingConfig) -> keras.optimizers.Optimizer:
    # Only AdamW takes no None; to the others a decay of 0.0 is another graph than none.
    always = config.optimizer is Optimizer.ADAMW
    weight_decay = config.weight_decay if always or config.weight_decay else None
    return keras.optimizers.get(
        {
            "class_name": config.optimizer.value,
            "config": {"learning_rate": config.learning_rate, "weight_decay": weight_decay},
        }
    )


def _summary(network: keras.Model) -> str:
    lines: list[str] = []
    network.summary(print_fn=lines.append, expand_nested=True, line_length=100)
    return "\n".join(lines) + "\n"
