"""Random views of an image: drawn in NumPy from (seed, epoch, step), applied inside the model's graph."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from lsdc.config import TrainingConfig


def draw_transforms(config: TrainingConfig, count: int, *, epoch: int, step: int) -> NDArray[np.float32]:
    """Draw one random view per row; the same arguments give the same views, so that a resumed run repeats them.

    Returns:
        float32 (count, 8): for each row a0 a1 a2 b0 b1 b2 0 0, so that the view at (x, y) shows the image at
        (a0 x + a1 y + a2, b0 x + b1 y + b2), in pixels. This is the order of `keras.ops.image.affine_transform`.
    """
    random = np.random.default_rng([config.seed, epoch, step])
    magnification = 1.0 + random.uniform(-config.augment_scale, config.augment_scale, count)
    angle = np.deg2rad(random.uniform(-config.augment_rotation, config.augment_rotation, count))
    shift = random.uniform(-config.augment_shift, config.augment_shift, (2, count)) * config.image_px
    # Rotation and magnification keep the middle of the image where it is.
    centre = (config.image_px - 1) / 2
    cosine, sine = np.cos(angle) / magnification, np.sin(angle) / magnification
    zero = np.zeros(count)
    rows = [
        *(cosine, -sine, centre - cosine * centre + sine * centre + shift[0]),
        *(sine, cosine, centre - sine * centre - cosine * centre + shift[1]),
        *(zero, zero),
    ]
    return np.stack(rows, axis=1).astype(np.float32)


def identity_transforms(count: int) -> NDArray[np.float32]:
    """The view that changes nothing, `count` times."""
    return np.tile(np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float32), (count, 1))


@keras.saving.register_keras_serializable(package="lsdc")
class Augmentation(keras.layers.Layer):
    """Turns stored bytes into the network's input and, in training only, shows the drawn view of image and position."""

    def call(self, inputs: list[Any], training: bool = False) -> tuple[Any, Any]:
        """Apply one view per row.

        Args:
            inputs: `image` uint8 (batch, px, px, 1); `coords` (batch, 2), as shares of width and height; `transform`
                (batch, 8), see `draw_transforms`.
            training: Whether views are applied; otherwise `transform` is not looked at.

        Returns:
            Image float32 (batch, px, px, 1) from 0 to 1, and coords (batch, 2) of the same point in the view.
        """
        image, coords, transform = inputs
        image = ops.cast(image, "float32") / 255.0
        if not training:
            return image, coords
        view = ops.image.affine_transform(image, transform, interpolation="bilinear", fill_mode="constant")
        return view, self._move(coords, transform, image.shape[1])

    @staticmethod
    def _move(coords: Any, transform: Any, side_px: int) -> Any:
        # The transform leads from view to image; a point goes the other way, through the inverse of its 2×2 part.
        a0, a1, a2, b0, b1, b2 = (transform[:, index] for index in range(6))
        x, y = coords[:, 0] * side_px - a2, coords[:, 1] * side_px - b2
        determinant = a0 * b1 - a1 * b0
        moved = ops.stack([(b1 * x - a1 * y) / determinant, (a0 * y - b0 * x) / determinant], axis=1)
        return moved / side_px

    def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> tuple[Any, Any]:
        """Shapes stay as they are."""
        return input_shape[0], input_shape[1]
