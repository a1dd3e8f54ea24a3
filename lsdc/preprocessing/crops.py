"""What a network sees of a slice. Training and prediction both call `extract_crop`, or `extract_stack` which is made of it.

Patient-axis rule: the reference is the patient, never the array. A crop is turned so that the patient's left is on
its right, as axial images are usually stored; a mirrored crop so that the patient's right is. A right-sided finding
of a mirrored crop therefore looks like a left-sided one, whichever way its image was stored. On sagittal slices left
and right lie across the slices: there every slice stays as it is, and mirroring reverses their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from lsdc.config import CropConfig, InputKind
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint, Plane
from lsdc.errors import PointOutsideImageError, UnsupportedImageError


def extract_crop(image: DicomSlice, point: PixelPoint, config: CropConfig, *, mirror: bool = False) -> np.ndarray:
    """Cut what the network sees of a slice around a point.

    `crop` is a square of `config.side_mm` around the point, whatever the pixel spacing; beyond the border it is 0.
    `whole` is the whole slice. Both are resampled to `side_px`: antialiased when shrinking, bilinear when enlarging.

    Args:
        image: The slice; its intensities are scaled by its own percentiles, see `DicomSlice.intensity_range`.
        point: The middle of the crop.
        config: Kind and size of the crop.
        mirror: Whether to mirror left and right, see the rule above.

    Returns:
        uint8 (side_px, side_px).

    Raises:
        PointOutsideImageError: If `point` is not on `image`.
        UnsupportedImageError: If the image does not say its spacing (`crop`), or its orientation (`mirror`).
    """
    _check_point(image, point)
    return _turned(_resampled(image, point, config), _reversed_axis(image, mirror=mirror))


def extract_stack(
    slices: Sequence[DicomSlice | None], point: PixelPoint, config: CropConfig, *, mirror: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Cut the same place out of a slice and its neighbours.

    Args:
        slices: `config.num_slices` slices, ordered from the patient's right to the left (sagittal) or from the feet to
            the head (axial), as `SeriesStack.neighbours` gives them; the one of the point in the middle. None where
            there is no slice: there the next one towards the middle repeats.
        point: A point on the middle slice.
        config: Kind and size of the crop.
        mirror: Whether to mirror left and right: each slice if it shows both sides, else their order.

    Returns:
        uint8 (num_slices, side_px, side_px), and a mask, bool (num_slices,): True where the slice is a real one.

    Raises:
        PointOutsideImageError: If `point` is not on the middle slice.
        UnsupportedImageError: As `extract_crop`.
    """
    middle = config.neighbours
    own = slices[middle]
    if len(slices) != config.num_slices or own is None:
        raise ValueError(f"{config.num_slices} slices are expected, with the point's own in the middle.")
    stack = np.empty((config.num_slices, config.side_px, config.side_px), np.uint8)
    mask = np.array([image is not None for image in slices])
    stack[middle] = extract_crop(own, point, config, mirror=mirror)
    for index in sorted(range(len(slices)), key=lambda index: abs(index - middle))[1:]:
        image = slices[index]
        if image is None:
            stack[index] = stack[index - int(np.sign(index - middle))]
        else:
            place = _same_place(point, own, image)
            stack[index] = _turned(_resampled(image, place, config), _reversed_axis(image, mirror=mirror))
    if reverses_order(own, mirror=mirror):
        return stack[::-1].copy(), mask[::-1].copy()
    return stack, mask


def reverses_order(image: DicomSlice, *, mirror: bool) -> bool:
    """Whether mirroring reverses the order of a stack, because left and right lie across its slices."""
    return mirror and image.plane is not None and image.plane.plane is Plane.SAGITTAL


@dataclass(frozen=True, kw_only=True)
class Rectangle:
    """A part of a slice that is turned as its crop is, in shares of the slice's height and width; may reach beyond it."""

    top: float
    left: float
    height: float
    width: float


def shown_part(image: DicomSlice, point: PixelPoint, config: CropConfig, *, mirror: bool = False) -> Rectangle:
    """Which part of a slice its crop shows. Arguments and errors as `extract_crop`."""
    if config.input_kind is InputKind.WHOLE:
        return Rectangle(top=0.0, left=0.0, height=1.0, width=1.0)
    (rows, cols), (between_rows, between_columns) = image.pixels.shape, _spacing(image)
    x, y = point_fractions(image, point, mirror=mirror)
    height, width = config.side_mm / between_rows / rows, config.side_mm / between_columns / cols
    # From the centre of the point's pixel, which is half a pixel from its edge.
    return Rectangle(top=y + 0.5 / rows - height / 2, left=x + 0.5 / cols - width / 2, height=height, width=width)


def point_fractions(image: DicomSlice, point: PixelPoint, *, mirror: bool = False) -> tuple[float, float]:
    """The position of a point on its slice, turned as its crop is.

    Returns:
        x / width and y / height; where the columns are reversed, (width - 1 - x) / width.

    Raises:
        PointOutsideImageError: If `point` is not on `image`.
        UnsupportedImageError: If it is to be mirrored, and the image does not say its orientation.
    """
    _check_point(image, point)
    rows, cols = image.pixels.shape
    axis = _reversed_axis(image, mirror=mirror)
    row = rows - 1 - point.row if axis == 0 else point.row
    col = cols - 1 - point.col if axis == 1 else point.col
    return col / cols, row / rows


def _check_point(image: DicomSlice, point: PixelPoint) -> None:
    rows, cols = image.pixels.shape
    if not (0 <= point.row <= rows - 1 and 0 <= point.col <= cols - 1):
        raise PointOutsideImageError(
            f"The point (row {point.row:g}, col {point.col:g}) is not on the image.",
            f"Expected a row from 0 to {rows - 1} and a col from 0 to {cols - 1}.",
            "Pick a point on the image.",
        )


def _resampled(image: DicomSlice, point: PixelPoint, config: CropConfig) -> np.ndarray:
    """The crop as the slice is stored: uint8 (side_px, side_px)."""
    rows, cols = image.pixels.shape
    if config.input_kind is InputKind.WHOLE:
        return _resized(_scaled(image, 0, rows, 0, cols), (0, 0, cols, rows), config.side_px)
    between_rows, between_columns = _spacing(image)
    top, bottom, height = _reach(point.row, config.side_mm / between_rows, config.side_px)
    left, right, width = _reach(point.col, config.side_mm / between_columns, config.side_px)
    # The edges of the square, counted from the edge of the part that is cut out; pixel centres are at + 0.5.
    y, x = point.row + 0.5 - height / 2 - top, point.col + 0.5 - width / 2 - left
    return _resized(_scaled(image, top, bottom, left, right), (x, y, x + width, y + height), config.side_px)


def _spacing(image: DicomSlice) -> tuple[float, float]:
    if image.spacing_mm is None:
        raise UnsupportedImageError(
            "The image does not say how large its pixels are.",
            "Expected a PixelSpacing, from which a crop in millimetres can be cut.",
            "Choose an image that has one, or a model that sees whole slices.",
        )
    return image.spacing_mm


def _reach(center: float, side: float, side_px: int) -> tuple[int, int, float]:
    """First and last (exclusive) pixel that a crop depends on along one axis, and its side in pixels of the slice."""
    # The resampling filter reaches as far as one pixel of the coarser of the two grids.
    margin = max(side / side_px, 1.0) + 1
    return int(np.floor(center - side / 2 - margin)), int(np.ceil(center + side / 2 + margin)) + 1, side


def _scaled(image: DicomSlice, top: int, bottom: int, left: int, right: int) -> np.ndarray:
    """A part of the slice, from 0 to 1 between its percentiles, and 0 beyond its border: float32."""
    rows, cols = image.pixels.shape
    part = np.zeros((bottom - top, right - left), np.float32)
    on_image = np.s_[max(top, 0) : min(bottom, rows), max(left, 0) : min(right, cols)]
    on_part = np.s_[max(-top, 0) : min(bottom, rows) - top, max(-left, 0) : min(right, cols) - left]
    low, high = image.intensity_range
    if high > low:  # a constant slice has nothing to show and stays 0
        part[on_part] = np.clip((image.pixels[on_image] - low) / (high - low), 0, 1)
    return part


def _resized(values: np.ndarray, box: tuple[float, float, float, float], side_px: int) -> np.ndarray:
    """The box (left, top, right, bottom) of an image from 0 to 1, as uint8 (side_px, side_px); halves round up."""
    # Pillow widens the bilinear kernel when it shrinks, which is the antialiasing; mode F keeps all digits.
    resized = Image.fromarray(values).resize((side_px, side_px), Image.Resampling.BILINEAR, box=box)
    return np.floor(np.asarray(resized) * 255 + 0.5).astype(np.uint8)


def _reversed_axis(image: DicomSlice, *, mirror: bool) -> int | None:
    """The array axis to be reversed so that left and right stand as the rule above wants them; None if none is."""
    if image.plane is None:
        if not mirror:
            return None
        raise UnsupportedImageError(
            "The image does not say where the patient's left is, so it cannot be mirrored.",
            "Expected an ImagePositionPatient, an ImageOrientationPatient and a PixelSpacing.",
            "Choose an image that has them, or a model of one side.",
        )
    if image.plane.plane is Plane.SAGITTAL:
        return None
    # LPS: a positive x component points to the patient's left.
    down, along = image.plane.column_cosines[0], image.plane.row_cosines[0]
    axis, leftwards = (1, along) if abs(along) >= abs(down) else (0, down)
    return axis if mirror != (leftwards < 0) else None


def _turned(crop: np.ndarray, axis: int | None) -> np.ndarray:
    return crop if axis is None else np.ascontiguousarray(np.flip(crop, axis))


def _same_place(point: PixelPoint, own: DicomSlice, other: DicomSlice) -> PixelPoint:
    """The point of a neighbour that lies where `point` does; the same pixel where positions are not known."""
    if own.plane is None or other.plane is None:
        return point
    return other.plane.to_pixel(own.plane.to_patient(point))
