"""The report's network: convolutions over the image, dense layers over the point's position, and a dense head over both."""

from __future__ import annotations

import keras
from keras import layers

from lsdc.config import TrainingConfig
from lsdc.models.heads import coordinate_branch, dense_head
from lsdc.models.inputs import network_inputs


def build(config: TrainingConfig) -> keras.Model:
    """Build the network; with the report's settings it has 4,302,819 parameters.

    Args:
        config: `image_px`, `conv_filters`, `coordinate_units`, `dense_units`, `dropout`, `activation` and `norm_momentum`
            shape it.

    Returns:
        A functional model from `image` (batch, 1, px, px) and `coords` (batch, 2) to `logits` (batch, 3) and `embedding`
        (batch, units of the last dense layer).
    """
    inputs = network_inputs(config, "image", "coords")
    coordinates = coordinate_branch(config)(inputs["coords"])
    joined = layers.Concatenate(name="joined")([_encoder(config)(inputs["image"]), coordinates])
    return keras.Model(inputs=inputs, outputs=dense_head(joined, config), name="report_cnn")


def _encoder(config: TrainingConfig) -> keras.Sequential:
    branch = keras.Sequential([keras.Input((1, config.image_px, config.image_px))], name="encoder")
    # One slice has the same bytes with its channel first or last.
    branch.add(layers.Reshape((config.image_px, config.image_px, 1)))
    for filters in config.conv_filters:
        branch.add(layers.Conv2D(filters, 3, padding="same", activation=config.activation.value))
        branch.add(layers.BatchNormalization(momentum=config.norm_momentum))
        branch.add(layers.MaxPooling2D())
    branch.add(layers.Flatten())
    return branch
