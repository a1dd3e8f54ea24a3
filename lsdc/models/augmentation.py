"""Layers that change images in training, inside the model's graph; `lsdc.training.draws` draws by how much."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="lsdc")
class Scaling(keras.layers.Layer):
    """Turns stored bytes, uint8 from 0 to 255, into numbers from 0 to 1."""

    def call(self, image: Any) -> Any:
        """Scale; the shape stays."""
        return ops.cast(image, self.compute_dtype) / 255.0


@keras.saving.register_keras_serializable(package="lsdc")
class RandomView(keras.layers.Layer):
    """Shows, in training only, the drawn view of an image."""

    def call(self, inputs: list[Any], training: bool = False) -> Any:
        """Apply one view per row, the same to all its slices.

        Args:
            inputs: `image` (batch, slices, px, px), and `transform` (batch, 8), see `draw_augmentation`.
            training: Whether views are applied; otherwise `transform` is not looked at.

        Returns:
            The images; the shape stays.
        """
        image, transform = inputs
        return _view(image, transform) if training else image

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> Any:
        """The image's shape stays."""
        return input_shape[0]


@keras.saving.register_keras_serializable(package="lsdc")
class MovedPoint(keras.layers.Layer):
    """Moves a position on an image to where the drawn view shows it, in training only.

    Args:
        side_px: Side of the image.
    """

    def __init__(self, side_px: int, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.side_px = side_px

    def call(self, inputs: list[Any], training: bool = False) -> Any:
        """Move `coords` (batch, 2), as shares of width and height, by `transform` (batch, 8)."""
        coords, transform = inputs
        if not training:
            return coords
        # The transform leads from view to image; a point goes the other way, through the inverse of its 2×2 part.
        a0, a1, a2, b0, b1, b2 = (transform[:, index] for index in range(6))
        x, y = coords[:, 0] * self.side_px - a2, coords[:, 1] * self.side_px - b2
        determinant = a0 * b1 - a1 * b0
        moved = ops.stack([(b1 * x - a1 * y) / determinant, (a0 * y - b0 * x) / determinant], axis=1)
        return moved / self.side_px

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> Any:
        """The position's shape stays."""
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        """What a saved graph needs to build this layer again."""
        return {**super().get_config(), "side_px": self.side_px}


def _view(image: Any, transform: Any) -> Any:
    """Sample images where their transforms lead: bilinear between pixels, 0 beyond the border.

    Not `keras.ops.image.affine_transform`: with PyTorch it writes into its `transform`, with PyTorch and JAX it takes
    several times as long, and TensorFlow's XLA lacks it.
    """
    slices, px = image.shape[1], image.shape[2]
    a0, a1, a2, b0, b1, b2 = (transform[:, index : index + 1] for index in range(6))
    rows, cols = (ops.convert_to_tensor(grid.reshape(1, -1)) for grid in np.indices((px, px), np.float32))
    # In a frame of zeros, so that whatever is sampled outside is taken from it.
    x = ops.clip(a0 * cols + a1 * rows + a2, -1, px) + 1
    y = ops.clip(b0 * cols + b1 * rows + b2, -1, px) + 1
    width = px + 3
    framed = ops.pad(ops.transpose(image, (0, 2, 3, 1)), [(0, 0), (1, 2), (1, 2), (0, 0)])
    pixels = ops.reshape(framed, (-1, slices))
    left, top = ops.floor(x), ops.floor(y)
    first_of_row = ops.arange(ops.shape(image)[0], dtype="int32")[:, None] * width**2
    place = first_of_row + ops.cast(top * width + left, "int32")
    x, y = (x - left)[..., None], (y - top)[..., None]
    above = (1 - x) * ops.take(pixels, place, axis=0) + x * ops.take(pixels, place + 1, axis=0)
    below = (1 - x) * ops.take(pixels, place + width, axis=0) + x * ops.take(pixels, place + width + 1, axis=0)
    view = ops.reshape((1 - y) * above + y * below, (-1, px, px, slices))
    return ops.transpose(view, (0, 3, 1, 2))


@keras.saving.register_keras_serializable(package="lsdc")
class RandomIntensity(keras.layers.Layer):
    """Changes contrast and brightness, in training only."""

    def call(self, inputs: list[Any], training: bool = False) -> Any:
        """Change `image` (batch, slices, px, px), 0 to 1, by `intensity` (batch, 2), see `draw_augmentation`."""
        image, intensity = inputs
        if not training:
            return image
        contrast, brightness = (ops.reshape(intensity[:, index], (-1, 1, 1, 1)) for index in range(2))
        return ops.clip((image - 0.5) * contrast + 0.5 + brightness, 0.0, 1.0)

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> Any:
        """The image's shape stays."""
        return input_shape[0]


@keras.saving.register_keras_serializable(package="lsdc")
class Blend(keras.layers.Layer):
    """Mixup: blends each image with that of another row, in training only; the labels are blended where they are read."""

    def call(self, inputs: list[Any], training: bool = False) -> Any:
        """Blend `image` (batch, slices, px, px) with that of `partner` (batch,), keeping `share` (batch,) of its own."""
        image, partner, share = inputs
        if not training:
            return image
        own = ops.reshape(share, (-1, 1, 1, 1))
        return own * image + (1.0 - own) * ops.take(image, partner, axis=0)

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> Any:
        """The image's shape stays."""
        return input_shape[0]
