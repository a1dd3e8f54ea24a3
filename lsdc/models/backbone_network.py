"""The report's transfer networks: a backbone over the image, dense layers over the point's position, and the same head."""

from __future__ import annotations

import keras
from keras import layers

from lsdc.config import TrainingConfig
from lsdc.models.encoders import build_encoder
from lsdc.models.heads import coordinate_branch, dense_head
from lsdc.models.inputs import network_inputs


def build(config: TrainingConfig) -> keras.Model:
    """Build the network.

    Args:
        config: `model` names the backbone; `image_px`, `pretrained`, `freeze_depth`, `coordinate_units`, `dense_units`,
            `dropout` and `activation` shape the rest.

    Returns:
        A functional model from `image` (batch, 1, px, px) and `coords` (batch, 2) to `logits` (batch, 3) and `embedding`
        (batch, units of the last dense layer).

    Raises:
        ConfigError: If the pretrained weights cannot be had, or are not this backbone's.
    """
    inputs = network_inputs(config, "image", "coords")
    # One slice has the same bytes with its channel first or last.
    slice_last = layers.Reshape((config.image_px, config.image_px, 1), name="grey")(inputs["image"])
    features = build_encoder(config.model, config)(slice_last)
    joined = layers.Concatenate(name="joined")([features, coordinate_branch(config)(inputs["coords"])])
    return keras.Model(inputs=inputs, outputs=dense_head(joined, config), name=config.model)
