"""Networks and graphs that a run saved."""

from __future__ import annotations

from pathlib import Path

import keras

from lsdc.config import TrainingConfig
from lsdc.models import augmentation, backbones, calibration, pooling  # noqa: F401  # Keras must know their layers
from lsdc.models.build import build_network
from lsdc.models.catalogue import NO_WEIGHTS


def load_saved(path: Path) -> keras.Model:
    """Load a `.keras` file of our own, a network or a checkpoint, as it was saved; nothing in it is executed."""
    model: keras.Model = keras.saving.load_model(path, safe_mode=True)
    return model


def load_in_float32(path: Path, config: TrainingConfig) -> keras.Model:
    """Load a run's network so that it computes in float32, whatever precision it was trained in.

    Args:
        path: A `.keras` file of our own; only its weights are read.
        config: The run's.
    """
    keras.config.set_dtype_policy("float32")
    # All weights come from the file, and nothing learns here, so that nothing needs to be frozen.
    network = build_network(config.changed(pretrained=NO_WEIGHTS, freeze_depth=0.0))
    network.load_weights(path)
    return network
