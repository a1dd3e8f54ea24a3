"""The optimizer of a config, with its schedule."""

from __future__ import annotations

from typing import Any

import keras

from lsdc.config import Optimizer, Schedule, TrainingConfig

# Where a warm-up begins, as a share of the learning rate.
_WARMUP_START = 0.05


def build_optimizer(config: TrainingConfig, *, steps_per_epoch: int, epochs: int) -> keras.optimizers.Optimizer:
    """The optimizer for a stage of `epochs` epochs."""
    # Only AdamW takes no None; to the others a decay of 0.0 is another graph than none.
    always = config.optimizer is Optimizer.ADAMW
    settings: dict[str, Any] = {
        "learning_rate": _learning_rate(config, steps_per_epoch, epochs),
        "weight_decay": config.weight_decay if always or config.weight_decay else None,
    }
    if config.ema_momentum:
        settings |= {"use_ema": True, "ema_momentum": config.ema_momentum}
    build = {
        Optimizer.ADAM: keras.optimizers.Adam,
        Optimizer.ADAMW: keras.optimizers.AdamW,
        Optimizer.SGD: keras.optimizers.SGD,
        Optimizer.RMSPROP: keras.optimizers.RMSprop,
    }[config.optimizer]
    return build(**settings)


def _learning_rate(config: TrainingConfig, steps_per_epoch: int, epochs: int) -> Any:
    if config.schedule is not Schedule.COSINE:
        return config.learning_rate
    # A stage may be as short as its warm-up.
    warmup = min(config.warmup_epochs, epochs - 1) * steps_per_epoch
    return keras.optimizers.schedules.CosineDecay(
        config.learning_rate * (_WARMUP_START if warmup else 1.0),
        decay_steps=max(epochs * steps_per_epoch - warmup, 1),
        warmup_target=config.learning_rate if warmup else None,
        warmup_steps=warmup,
    )
