"""Points on an image and in the patient, and the plane that ties them together.

Patient coordinates are DICOM's LPS in mm: x grows to the patient's left, y to the back, z to the head
(PS3.3 C.7.6.2.1.1). Pixel and patient coordinates are two types, so that one is never taken for the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Self

import numpy as np

# The sine of 20 degrees: an axis that is tilted less is named by its main direction alone.
SEEN_TILT = 0.34


@dataclass(frozen=True, kw_only=True)
class PixelPoint:
    """A position on an image; (0, 0) is the centre of the top-left pixel."""

    row: float
    col: float

    @classmethod
    def from_xy(cls, x: float, y: float) -> Self:
        """From the order of the CSV files: x counts columns, y counts rows."""
        return cls(row=y, col=x)


class Plane(StrEnum):
    """The anatomical plane that an image is closest to."""

    AXIAL = "axial"
    SAGITTAL = "sagittal"
    CORONAL = "coronal"


@dataclass(frozen=True, kw_only=True)
class EdgeLetters:
    """Which way the edges of an image lie in the patient: R, L, A, P, H, F, the nearest first, as in `LP`."""

    left: str
    right: str
    top: str
    bottom: str


@dataclass(frozen=True, kw_only=True, eq=False)
class ImagePlane:
    """Where an image lies in the patient.

    Args:
        position_mm: The centre of the top-left pixel, LPS, shape (3,).
        row_cosines: Unit vector in which the column index grows (along a row), shape (3,).
        column_cosines: Unit vector in which the row index grows (down a column), shape (3,).
        spacing_mm: Distance between the centres of neighbouring rows, then of neighbouring columns.
    """

    position_mm: np.ndarray
    row_cosines: np.ndarray
    column_cosines: np.ndarray
    spacing_mm: tuple[float, float]

    @cached_property
    def normal(self) -> np.ndarray:
        """Unit vector perpendicular to the image, right-handed with its rows and columns, shape (3,)."""
        # By hand: np.cross takes longer than cutting a crop.
        (ax, ay, az), (bx, by, bz) = self.row_cosines, self.column_cosines
        return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])

    @cached_property
    def plane(self) -> Plane:
        """The plane whose normal is nearest; axial slices stay axial when they are tilted to a disc."""
        return (Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL)[int(np.argmax(np.abs(self.normal)))]

    @cached_property
    def edge_letters(self) -> EdgeLetters:
        """The letters that a viewer writes at the edges."""
        rows, cols = self.column_cosines, self.row_cosines
        return EdgeLetters(left=_letters(-cols), right=_letters(cols), top=_letters(-rows), bottom=_letters(rows))

    @property
    def distance_mm(self) -> float:
        """Signed distance of the plane from the patient origin along `normal`."""
        return float(self.position_mm @ self.normal)

    def to_patient(self, point: PixelPoint) -> np.ndarray:
        """Where a pixel lies in the patient: LPS in mm, shape (3,) (PS3.3 C.7.6.2.1.1)."""
        between_rows, between_columns = self.spacing_mm
        along_row = point.col * between_columns * self.row_cosines
        down_column = point.row * between_rows * self.column_cosines
        return np.asarray(self.position_mm + along_row + down_column)

    def to_pixel(self, position_mm: np.ndarray) -> PixelPoint:
        """The point of the image nearest to an LPS position; it may lie beyond the border."""
        between_rows, between_columns = self.spacing_mm
        offset_mm = position_mm - self.position_mm
        return PixelPoint(
            row=float(offset_mm @ self.column_cosines) / between_rows,
            col=float(offset_mm @ self.row_cosines) / between_columns,
        )

    def angle_to(self, other: ImagePlane) -> float:
        """The angle between the two planes in degrees, from 0 to 90."""
        cosine = abs(float(self.normal @ other.normal))
        return float(np.degrees(np.arccos(min(cosine, 1.0))))


def _letters(direction: np.ndarray) -> str:
    """The directions of the patient that a unit vector (3,) points to, the main one first."""
    named = [
        (abs(share), towards if share > 0 else away)
        for share, (away, towards) in zip(direction.tolist(), (("R", "L"), ("A", "P"), ("F", "H")), strict=True)
    ]
    return "".join(letter for share, letter in sorted(named, reverse=True) if share > SEEN_TILT)
