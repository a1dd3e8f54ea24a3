"""The inputs of networks, by name; `lsdc.models.catalogue` says what each holds."""

from __future__ import annotations

from typing import Any

import keras

from lsdc.config import TrainingConfig

_RANKS = ("level", "side", "condition")


def network_inputs(config: TrainingConfig, *names: str) -> dict[str, Any]:
    """Inputs of a network by name, see `lsdc.models.catalogue`."""
    slices, px = config.crop.num_slices, config.image_px
    shapes: dict[str, tuple[int, ...]] = {"image": (slices, px, px), "mask": (slices,), "coords": (2,)}
    return {
        name: keras.Input(shapes.get(name, ()), name=name, dtype="int32" if name in _RANKS else "float32")
        for name in names
    }


def input_names(network: keras.Model) -> tuple[str, ...]:
    """The inputs that a network takes."""
    return tuple(tensor.name for tensor in network.inputs)
