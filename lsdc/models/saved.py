"""Networks that a run saved."""

from __future__ import annotations

from pathlib import Path

import keras

from lsdc.config import TrainingConfig
from lsdc.models.build import build_network
from lsdc.models.catalogue import NO_WEIGHTS


def load_in_float32(path: Path, config: TrainingConfig) -> keras.Model:
    """Load a run's network so that it computes in float32, whatever precision it was trained in.

    Args:
        path: A `.keras` file of our own; nothing in it is executed.
        config: The run's.
    """
    saved = keras.saving.load_model(path, safe_mode=True)
    keras.config.set_dtype_policy("float32")
    network = build_network(config.changed(pretrained=NO_WEIGHTS))
    network.set_weights(saved.get_weights())
    return network
