"""From a config to the network it names, to the graph that is trained, and to the one that grades. Imports Keras."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import keras

from lsdc.config import InputKind, TrainingConfig
from lsdc.models.augmentation import Blend, MovedPoint, RandomIntensity, RandomView, Scaling
from lsdc.models.calibration import Calibration
from lsdc.models.catalogue import check_network, entry
from lsdc.models.inputs import input_names, network_inputs

# Shapes and types of what `draw_augmentation` draws for the layers of the graph, without the batch.
_DRAWN = {
    "transform": ((8,), "float32"),
    "intensity": ((2,), "float32"),
    "partner": ((), "int32"),
    "share": ((), "float32"),
}


def build_network(config: TrainingConfig) -> keras.Model:
    """Build the network that `config.model` names, with weights drawn from `config.seed`.

    Raises:
        ConfigError: If the catalogue has no such network, or it cannot be built as configured.
    """
    check_network(config)
    keras.utils.set_random_seed(config.seed)
    network: keras.Model = import_module(f"lsdc.models.{entry(config.model).module}").build(config)
    return network


def build_training_graph(network: keras.Model, config: TrainingConfig, *, name: str = "training_graph") -> keras.Model:
    """Put augmentation before a network, in one graph, so that it runs where the network runs.

    Only what the config asks for is in the graph.

    Returns:
        A model from the inputs of `network`, its image as uint8, and from what of `draw_augmentation` it needs, to
        logits (batch, 3). It shares its weights with `network`.
    """
    inputs = network_inputs(config, *input_names(network))
    inputs["image"] = keras.Input(inputs["image"].shape[1:], dtype="uint8", name="image")
    seen = dict(inputs)
    # Always in float32: bfloat16 cannot tell neighbouring pixels of a large image apart.
    seen["image"] = Scaling(name="scaling", dtype="float32")(inputs["image"])
    if moves(config):
        transform = inputs.setdefault("transform", _drawn("transform"))
        seen["image"] = RandomView(name="random_view", dtype="float32")([seen["image"], transform])
        if "coords" in seen and config.input_kind is InputKind.WHOLE:
            # A view of a crop leaves the point where it is on the slice; one of the whole slice moves it.
            moved = MovedPoint(config.image_px, name="moved_point", dtype="float32")
            seen["coords"] = moved([inputs["coords"], transform])
    if config.augment_intensity:
        intensity = inputs.setdefault("intensity", _drawn("intensity"))
        seen["image"] = RandomIntensity(name="random_intensity", dtype="float32")([seen["image"], intensity])
    if config.mixup:
        partner, share = (inputs.setdefault(name, _drawn(name)) for name in ("partner", "share"))
        seen["image"] = Blend(name="blend", dtype="float32")([seen["image"], partner, share])
    return keras.Model(inputs=inputs, outputs=network(seen)["logits"], name=name)


def build_grading_graph(network: keras.Model, calibration: Calibration) -> keras.Model:
    """Put calibration behind a network.

    Returns:
        A model from the inputs of `network` to `probabilities` (batch, 3), `embedding`, and `attention` if there is one.
    """
    inputs = {
        tensor.name: keras.Input(tensor.shape[1:], name=tensor.name, dtype=tensor.dtype) for tensor in network.inputs
    }
    outputs = dict(network(inputs))
    probabilities = calibration(outputs.pop("logits"))
    return keras.Model(inputs=inputs, outputs={"probabilities": probabilities, **outputs}, name="grading_graph")


def moves(config: TrainingConfig) -> bool:
    """Whether training shows views other than the image itself."""
    return bool(config.augment_scale or config.augment_shift or config.augment_rotation or config.point_jitter_mm)


def _drawn(name: str) -> Any:
    shape, dtype = _DRAWN[name]
    return keras.Input(shape, name=name, dtype=dtype)
