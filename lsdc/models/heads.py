"""The branches that all networks share: what reads the position, and what turns joined features into grades."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from lsdc.config import TrainingConfig
from lsdc.labels import Severity


def coordinate_branch(config: TrainingConfig) -> keras.Sequential:
    """The dense layers that read the point's position, `coords` (batch, 2)."""
    branch = keras.Sequential([keras.Input((2,))], name="coordinate_branch")
    for units in config.coordinate_units:
        branch.add(layers.Dense(units, activation=config.activation.value))
    return branch


def dense_head(joined: Any, config: TrainingConfig) -> dict[str, Any]:
    """Dropout, the dense layers, and one logit per grade.

    Returns:
        `logits` (batch, 3), float32 whatever the precision, and `embedding` (batch, units of the last dense layer).
    """
    features = layers.Dropout(config.dropout, name="dropout")(joined) if config.dropout else joined
    for index, units in enumerate(config.dense_units, start=1):
        features = layers.Dense(units, activation=config.activation.value, name=f"dense_{index}")(features)
    logits = layers.Dense(len(Severity), dtype="float32", name="severity")(features)
    return {"logits": logits, "embedding": layers.Activation("linear", dtype="float32", name="embedding")(features)}
