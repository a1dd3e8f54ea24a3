"""Two ways to say where points are: on the grid of an image, and relative to a spine.

In *spine coordinates* every spine is straight, and all shapes are written in them: `left` and `behind` in mm from the line
through the disc centres, `above` in mm over the nearest disc plane, and `place`, which counts disc planes downwards.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from lsdc.dataset.geometry import ImagePlane
from lsdc.dataset.phantom.shapes import Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class PixelGrid:
    """The centres of an image's pixels; each is the sum of a vector of its row and a vector of its column.

    Args:
        rows_mm: LPS in mm, (rows, 3).
        columns_mm: (columns, 3).
    """

    rows_mm: npt.NDArray[np.float64]
    columns_mm: npt.NDArray[np.float64]

    @classmethod
    def of_image(cls, plane: ImagePlane, shape: tuple[int, int]) -> Self:
        """All pixels of an image with so many rows and columns."""
        rows, columns = (
            np.arange(count)[:, None] * spacing for count, spacing in zip(shape, plane.spacing_mm, strict=True)
        )
        return cls(rows_mm=plane.position_mm + rows * plane.column_cosines, columns_mm=columns * plane.row_cosines)

    @classmethod
    def of_point(cls, position_mm: npt.NDArray[np.float64]) -> Self:
        """A single point."""
        return cls(rows_mm=position_mm[None, :], columns_mm=np.zeros((1, 3)))

    @property
    def corners_mm(self) -> npt.NDArray[np.float64]:
        """The outermost pixels, (4, 3)."""
        return np.concatenate([self.rows_mm[[0, -1]] + column for column in self.columns_mm[[0, -1]]])

    def along(self, directions: npt.NDArray[np.float64]) -> Floats:
        """Products of all pixels, row by row, with some vectors, (vectors, 3): float32 (vectors, pixels)."""
        by_row = (directions @ self.rows_mm.T).astype(np.float32)
        by_column = (directions @ self.columns_mm.T).astype(np.float32)
        return np.asarray((by_row[:, :, None] + by_column[:, None, :]).reshape(len(directions), -1))


@dataclass(frozen=True, kw_only=True, eq=False)
class SpineCoordinates:
    """Points relative to a spine; every array is (points,).

    Args:
        upper: Index of the disc plane above the point.
        below_upper: mm below that plane.
        over_lower: mm over the plane after it.
        behind_upper: mm behind the line of disc centres, measured along the upper plane.
        behind_lower: The same along the lower plane.
        left_upper: mm to the patient's left of the upper disc's centre.
        left_lower: The same of the lower disc's.
        height: mm over the patient origin, for textures.
    """

    upper: npt.NDArray[np.intp]
    below_upper: Floats
    over_lower: Floats
    behind_upper: Floats
    behind_lower: Floats
    left_upper: Floats
    left_lower: Floats
    height: Floats

    def __getitem__(self, chosen: npt.NDArray[np.intp]) -> SpineCoordinates:
        return SpineCoordinates(**{field.name: getattr(self, field.name).take(chosen) for field in fields(self)})

    @cached_property
    def share(self) -> Floats:
        """The part of the way from the upper to the lower plane: 0 on the upper, 1 on the lower."""
        share = self.below_upper / np.maximum(self.below_upper + self.over_lower, np.float32(1.0))
        return np.clip(share, np.float32(-0.5), np.float32(1.5))

    @cached_property
    def behind(self) -> Floats:
        """Mm behind the line of disc centres; blended between the planes, which bends every shape with the spine."""
        return self.behind_upper + self.share * (self.behind_lower - self.behind_upper)

    @cached_property
    def left(self) -> Floats:
        """Mm to the patient's left of the middle, blended likewise."""
        return self.left_upper + self.share * (self.left_lower - self.left_upper)

    @cached_property
    def place(self) -> Floats:
        """Disc planes passed from above, with fractions: 4.0 is on the plane of L1/L2."""
        return self.upper.astype(np.float32) + self.share

    @cached_property
    def disc(self) -> npt.NDArray[np.intp]:
        """Index of the nearest disc plane."""
        return self.upper + (self.share > 0.5)

    @cached_property
    def above(self) -> Floats:
        """Mm over the nearest disc plane; negative below it."""
        return np.where(self.share > 0.5, self.over_lower, -self.below_upper)

    def between(self, table: npt.ArrayLike) -> Floats:
        """A quantity given at each disc plane, interpolated along the spine."""
        values = np.asarray(table, dtype=np.float32)
        return values.take(self.upper) + self.share * np.diff(values).take(self.upper)
