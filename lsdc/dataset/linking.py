"""How images of one patient lie to each other: where one crosses another, and which one a place is nearest to.

Positions of two images can be compared only if both share a frame of reference (PS3.3 C.7.4.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from lsdc.dataset.geometry import ImagePlane, PixelPoint

# Planes that are closer to parallel cross nowhere: headers round their cosines.
PARALLEL_DEGREES = 0.5


class Placed(Protocol):
    """An image that may know its place: a slice with its pixels, or its header alone."""

    @property
    def plane(self) -> ImagePlane | None:
        """None if the header does not say where it lies."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""

    @property
    def frame_of_reference_uid(self) -> str:
        """Empty if the header does not say it."""


def same_frame(a: Placed, b: Placed) -> bool:
    """Whether positions on two images are in the same coordinates."""
    return bool(a.frame_of_reference_uid) and a.frame_of_reference_uid == b.frame_of_reference_uid


def crossing_line(
    shown: ImagePlane, shape: tuple[int, int], other: ImagePlane, other_shape: tuple[int, int]
) -> tuple[PixelPoint, PixelPoint] | None:
    """Where another image cuts through the shown one.

    Args:
        shown: The image on which the line is drawn.
        shape: Its rows and columns.
        other: The image that cuts through it, in the same frame of reference.
        other_shape: Its rows and columns.

    Returns:
        The two ends, on `shown`: the part that lies on both images, up to the outer edges of their pixels. None if they
        do not meet, or are parallel.
    """
    if shown.angle_to(other) < PARALLEL_DEGREES:
        return None
    direction = np.cross(shown.normal, other.normal)
    direction /= np.linalg.norm(direction)
    # The one place that lies on both planes, and at the same height along the line as the patient's origin.
    origin = np.linalg.solve(
        np.stack([shown.normal, other.normal, direction]), np.array([shown.distance_mm, other.distance_mm, 0.0])
    )
    start_mm, end_mm = np.transpose(
        [_stretch_within(shown, shape, origin, direction), _stretch_within(other, other_shape, origin, direction)]
    )
    first, last = float(start_mm.max()), float(end_mm.min())
    if first >= last:
        return None
    return shown.to_pixel(origin + first * direction), shown.to_pixel(origin + last * direction)


def nearest_slice(position_mm: np.ndarray, slices: Sequence[Placed]) -> int | None:
    """The index of the slice on which a place in the patient lies, or that comes closest to it.

    The distance is that to the image and not to its endless plane: slices that are tilted to another disc come near
    only where they end.

    Args:
        position_mm: LPS, shape (3,).
        slices: In the frame of reference of the position.

    Returns:
        None if none of them says where it lies.
    """
    distances = {
        index: _distance(position_mm, image.plane, image.shape)
        for index, image in enumerate(slices)
        if image.plane is not None
    }
    return min(distances, key=distances.__getitem__) if distances else None


def _stretch_within(
    plane: ImagePlane, shape: tuple[int, int], origin: np.ndarray, direction: np.ndarray
) -> tuple[float, float]:
    """From where to where, in mm from `origin`, a line in the plane runs over the image; empty if first is not below last."""
    start, ahead = plane.to_pixel(origin), plane.to_pixel(origin + direction)
    first, last = -np.inf, np.inf
    for begin, step, size in (
        (start.row, ahead.row - start.row, shape[0]),
        (start.col, ahead.col - start.col, shape[1]),
    ):
        if abs(step) < 1e-9:  # along the rows or the columns
            if not -0.5 <= begin <= size - 0.5:
                return np.inf, -np.inf
            continue
        entered, left = sorted(((-0.5 - begin) / step, (size - 0.5 - begin) / step))
        first, last = max(first, entered), min(last, left)
    return first, last


def _distance(position_mm: np.ndarray, plane: ImagePlane, shape: tuple[int, int]) -> float:
    """The distance in mm from a place to the nearest pixel's centre of an image, or to a place between such centres."""
    seen = plane.to_pixel(position_mm)
    nearest = PixelPoint(row=float(np.clip(seen.row, 0, shape[0] - 1)), col=float(np.clip(seen.col, 0, shape[1] - 1)))
    return float(np.linalg.norm(plane.to_patient(nearest) - position_mm))
