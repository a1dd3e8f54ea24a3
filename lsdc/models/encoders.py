"""What turns one slice into features: the small encoder, or a backbone of the catalogue."""

from __future__ import annotations

import keras
from keras import layers

from lsdc.config import TrainingConfig
from lsdc.models.backbone_facts import SMALL_ENCODER
from lsdc.models.backbones import build_backbone


def build_encoder(name: str, config: TrainingConfig) -> keras.Model:
    """Build the encoder of that name.

    Returns:
        A model named `encoder` from one slice (batch, px, px, 1), 0 to 1, to features (batch, units).

    Raises:
        ConfigError: If a backbone's pretrained weights cannot be had, or are not its own.
    """
    return _small_encoder(config) if name == SMALL_ENCODER else build_backbone(name, config)


def _small_encoder(config: TrainingConfig) -> keras.Model:
    """Convolutions that each halve the image, and a dense layer over what is left: it keeps where things are.

    The first halves by its stride, which saves three quarters of its work; the point is always in the middle, so the
    place of a feature says what it is.
    """
    encoder = keras.Sequential([keras.Input((config.image_px, config.image_px, 1))], name="encoder")
    for index, filters in enumerate(config.conv_filters):
        first = index == 0
        encoder.add(layers.Conv2D(filters, 3, strides=2 if first else 1, padding="same", use_bias=False))
        encoder.add(layers.BatchNormalization(momentum=config.norm_momentum))
        encoder.add(layers.Activation(config.activation.value))
        if not first:
            encoder.add(layers.MaxPooling2D())
    encoder.add(layers.Flatten())
    encoder.add(layers.Dense(config.conv_filters[-1], activation=config.activation.value))
    return encoder
