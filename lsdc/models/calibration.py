"""The last layer of an exported network: from logits to probabilities that can be taken at their word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="lsdc")
class Calibration(keras.layers.Layer):
    """Takes out the weights that the loss gave to the grades, divides by a temperature, and turns into probabilities.

    A network that learned with weights w gives each grade w times too much: p ∝ p / w.

    Args:
        weights: Of the grades in the loss, by rank; equal ones change nothing.
        temperature: Above 1 makes the probabilities less sure, below 1 surer.
    """

    def __init__(self, weights: Sequence[float] = (1.0, 1.0, 1.0), temperature: float = 1.0, **keywords: Any) -> None:
        super().__init__(dtype="float32", **{key: value for key, value in keywords.items() if key != "dtype"})
        self.weights_of_grades = tuple(float(weight) for weight in weights)
        self.temperature = float(temperature)

    def call(self, logits: Any) -> Any:
        """Calibrate `logits` (batch, 3); the probabilities of a row sum to 1."""
        corrected = logits - np.log(np.array(self.weights_of_grades, np.float32))
        return ops.softmax(corrected / np.float32(self.temperature), axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape stays."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What a saved network needs to build this layer again."""
        return {**super().get_config(), "weights": list(self.weights_of_grades), "temperature": self.temperature}
