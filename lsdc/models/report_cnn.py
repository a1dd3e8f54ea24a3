"""The report's network: convolutions over the image, dense layers over the point's position, and a dense head over both."""

from __future__ import annotations

import keras
from keras import layers

from lsdc.config import TrainingConfig
from lsdc.labels import Severity


def build(config: TrainingConfig) -> keras.Model:
    """Build the network; with the report's settings it has 4,302,819 parameters.

    Args:
        config: `image_px`, `conv_filters`, `coordinate_units`, `dense_units`, `dropout`, `activation` and `norm_momentum`
            shape it.

    Returns:
        A functional model from `image` (batch, px, px, 1), 0 to 1, and `coords` (batch, 2), the point as
        (x / width, y / height), to `probabilities` (batch, 3) and `embedding` (batch, units of the last dense layer).
    """
    image = keras.Input((config.image_px, config.image_px, 1), name="image")
    coords = keras.Input((2,), name="coords")

    joined = layers.Concatenate(name="joined")([_image_branch(config)(image), _coordinate_branch(config)(coords)])
    features = layers.Dropout(config.dropout, name="dropout")(joined) if config.dropout else joined
    for index, units in enumerate(config.dense_units, start=1):
        features = layers.Dense(units, activation=config.activation.value, name=f"dense_{index}")(features)
    probabilities = layers.Dense(len(Severity), activation="softmax", name="severity")(features)

    return keras.Model(
        inputs={"image": image, "coords": coords},
        outputs={"probabilities": probabilities, "embedding": features},
        name="report_cnn",
    )


def _image_branch(config: TrainingConfig) -> keras.Sequential:
    branch = keras.Sequential([keras.Input((config.image_px, config.image_px, 1))], name="image_branch")
    for filters in config.conv_filters:
        branch.add(layers.Conv2D(filters, 3, padding="same", activation=config.activation.value))
        branch.add(layers.BatchNormalization(momentum=config.norm_momentum))
        branch.add(layers.MaxPooling2D())
    branch.add(layers.Flatten())
    return branch


def _coordinate_branch(config: TrainingConfig) -> keras.Sequential:
    branch = keras.Sequential([keras.Input((2,))], name="coordinate_branch")
    for units in config.coordinate_units:
        branch.add(layers.Dense(units, activation=config.activation.value))
    return branch
