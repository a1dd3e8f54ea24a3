"""Signed distances from simple shapes, and smooth random fields. Negative is inside; all lengths in mm."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
"""Arrays of the painter: float32, since an image needs no more and the time goes with the bytes."""


def ellipse(x: Floats, y: Floats, half_x: float | Floats, half_y: float | Floats) -> Floats:
    """About the signed distance in mm from an ellipse around (0, 0), negative inside."""
    radius = np.sqrt((x / half_x) ** 2 + (y / half_y) ** 2)
    return np.asarray((radius - 1) * np.minimum(half_x, half_y), dtype=np.float32)


def box(x: Floats, y: Floats, half_x: float | Floats, half_y: float | Floats, *, corner: float = 2.0) -> Floats:
    """About the signed distance in mm from a rectangle around (0, 0) with rounded corners, negative inside."""
    over_x, over_y = np.abs(x) - half_x + corner, np.abs(y) - half_y + corner
    outside = np.hypot(np.maximum(over_x, 0), np.maximum(over_y, 0))
    return np.asarray(outside + np.minimum(np.maximum(over_x, over_y), 0) - corner, dtype=np.float32)


def bell(x: Floats, width: float) -> Floats:
    """A smooth bump: 1 at 0, 0.61 at `width`, 0.14 at twice the `width`."""
    return np.asarray(np.exp(-0.5 * (x / np.float32(width)) ** 2))


def waves(coordinates: tuple[Floats, ...], fields: Floats, wavelength_mm: tuple[float, ...]) -> Floats:
    """A smooth random field of about unit variance, from waves of the given lengths along each coordinate.

    Args:
        coordinates: Along which the field varies, in mm, all of one shape.
        fields: Wave vectors and phases, (waves, 4), as of `Spine.texture`.
        wavelength_mm: Along each coordinate, where the wave vector is 1.
    """
    vectors = fields[:, :3] * (2 * np.pi / np.array(wavelength_mm, dtype=np.float32))
    total = np.zeros_like(coordinates[0])
    for vector, phase in zip(vectors, fields[:, 3], strict=True):
        total += np.sin(sum(part * coordinate for part, coordinate in zip(vector, coordinates, strict=True)) + phase)
    return total * np.float32(np.sqrt(2 / len(fields)))


def union(*depths: Floats, rounding_mm: float = 2.0) -> Floats:
    """Signed distance from several shapes grown together, with rounded corners between them."""
    nearest = depths[0]
    for depth in depths[1:]:
        overlap = np.maximum(rounding_mm - np.abs(nearest - depth), 0)
        nearest = np.minimum(nearest, depth) - overlap * overlap * np.float32(0.25 / rounding_mm)
    return nearest
