"""From a config to the network it names, and to the graph that is trained. Importing this module imports Keras."""

from __future__ import annotations

from importlib import import_module

import keras

from lsdc.config import TrainingConfig
from lsdc.models.augmentation import Augmentation
from lsdc.models.catalogue import entry


def build_network(config: TrainingConfig) -> keras.Model:
    """Build the network that `config.model` names, with weights drawn from `config.seed`.

    Raises:
        ConfigError: If the catalogue has no such network.
    """
    entry(config.model)
    keras.utils.set_random_seed(config.seed)
    network: keras.Model = import_module(f"lsdc.models.{config.model}").build(config)
    return network


def build_training_graph(network: keras.Model, config: TrainingConfig) -> keras.Model:
    """Put augmentation before a network, in one graph, so that it runs where the network runs.

    Returns:
        A model from `image` uint8 (batch, px, px, 1), `coords` (batch, 2) and `transform` (batch, 8) to probabilities
        (batch, 3). It shares its weights with `network`.
    """
    image = keras.Input((config.image_px, config.image_px, 1), dtype="uint8", name="image")
    coords = keras.Input((2,), name="coords")
    transform = keras.Input((8,), name="transform")
    seen_image, seen_coords = Augmentation(name="augmentation")([image, coords, transform])
    outputs = network({"image": seen_image, "coords": seen_coords})
    inputs = {"image": image, "coords": coords, "transform": transform}
    return keras.Model(inputs=inputs, outputs=outputs["probabilities"], name="training_graph")
