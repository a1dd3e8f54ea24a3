"""From the features of several slices to those of a point. A masked slice has no weight at all."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

# As good as minus infinity: its exponential is exactly 0 in every precision.
_NEVER = -1e9


@keras.saving.register_keras_serializable(package="lsdc")
class SlicePlace(keras.layers.Layer):
    """Adds to each slice's features what the network learns of its place in the stack; the middle one has the point."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make one vector per place."""
        self.place = self.add_weight(shape=input_shape[1:], initializer="zeros", name="place")

    def call(self, features: Any) -> Any:
        """Add the places to `features` (batch, slices, units); the shape stays."""
        return features + ops.cast(self.place, features.dtype)


@keras.saving.register_keras_serializable(package="lsdc")
class GatedAttention(keras.layers.Layer):
    """Gated attention pooling (Ilse, Tomczak and Welling 2018, equation 9) over the slices that are real.

    Args:
        units: Width of the two branches whose product is scored.
    """

    def __init__(self, units: int, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.units = units
        self.content = layers.Dense(units, activation="tanh", name="content")
        self.gate = layers.Dense(units, activation="sigmoid", name="gate")
        self.score = layers.Dense(1, name="score")

    def build(self, input_shape: list[tuple[int | None, ...]]) -> None:
        """Make the three dense layers."""
        features, _ = input_shape
        self.content.build(features)
        self.gate.build(features)
        self.score.build((*features[:-1], self.units))

    def call(self, inputs: list[Any]) -> tuple[Any, Any]:
        """Pool.

        Args:
            inputs: `features` (batch, slices, units) and `mask` (batch, slices), 1 where a slice is real; at least one is.

        Returns:
            The weighted mean (batch, units), and the weights (batch, slices), which sum to 1.
        """
        features, mask = inputs
        scores = ops.squeeze(self.score(self.content(features) * self.gate(features)), -1)
        weights = ops.softmax(ops.where(mask > 0.5, ops.cast(scores, "float32"), _NEVER), axis=-1)
        pooled = ops.sum(features * ops.expand_dims(ops.cast(weights, features.dtype), -1), axis=1)
        return pooled, weights

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> tuple[Any, Any]:
        """Shapes of the mean and of the weights."""
        batch, slices, units = input_shape[0]
        return (batch, units), (batch, slices)

    def compute_output_spec(self, inputs: list[Any]) -> tuple[Any, Any]:
        """The weights are float32 whatever the precision."""
        mean, weights = self.compute_output_shape([tensor.shape for tensor in inputs])
        return keras.KerasTensor(mean, dtype=self.compute_dtype), keras.KerasTensor(weights, dtype="float32")

    def get_config(self) -> dict[str, Any]:
        """What a saved network needs to build this layer again."""
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="lsdc")
class MaskedMean(keras.layers.Layer):
    """The mean over the slices that are real."""

    def call(self, inputs: list[Any]) -> Any:
        """Pool `features` (batch, slices, units) by `mask` (batch, slices) to (batch, units)."""
        features, mask = inputs
        weights = ops.cast(mask, features.dtype)
        weights = weights / ops.sum(weights, axis=1, keepdims=True)
        return ops.sum(features * ops.expand_dims(weights, -1), axis=1)

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        """The slices are gone."""
        batch, _, units = input_shape[0]
        return batch, units
