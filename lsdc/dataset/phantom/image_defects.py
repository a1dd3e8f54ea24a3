"""Defects of image files: what each kind does to the bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pydicom

IMAGE_DEFECTS = {
    "empty_file": "A labelled image has no bytes.",
    "cut_file": "A labelled image ends in the middle.",
    "missing_file": "A labelled image is not there.",
    "duplicate_image": "A slice holds the pixels of another one of its series.",
    "inconsistent_spacing": "A slice says that its pixels are larger than those of its series.",
    "unusual_orientation": "A slice says that it lies across its series.",
    "missing_slice": "A sagittal slice without points, between others, is not there.",
    "moved_slice": "A sagittal slice without points says that it lies nearer to the next one.",
    "wrong_distance": "A slice says another distance to the next one than its position does.",
}
DEFECTS_OF_LABELLED = ("empty_file", "cut_file", "missing_file")
DEFECTS_BETWEEN_SAGITTAL = ("missing_slice", "moved_slice")
LARGER = 1.2
# Of the way to the next slice.
MOVED = 0.4
# Axial slices begin within this of each other, seen from the front; sagittal ones do not.
SIDE_TO_SIDE_MM = 40.0
WRONG_DISTANCE_MM = 20.0

# Study, series and instance number.
Image = tuple[int, ...]


def spoil_image(name: str, folder: Path, image: Image, slices: pd.DataFrame) -> list[Image]:
    """Spoil the file of an image.

    Args:
        name: One of `IMAGE_DEFECTS`.
        folder: The data set.
        image: Which one.
        slices: As `Planter` has them.

    Returns:
        The images that an audit must name: this one, and one that it has become a copy of, or that lies elsewhere from it
        now; of a slice that is gone the next one.
    """
    path = _path(folder, image)
    match name:
        case "empty_file":
            path.write_bytes(b"")
        case "cut_file":
            content = path.read_bytes()
            path.write_bytes(content[: len(content) // 2])
        case "missing_file":
            path.unlink()
        case "duplicate_image":
            other = _another(image, slices)
            _take_pixels(path, _path(folder, other))
            return [image, other]
        case "inconsistent_spacing":
            _enlarge(path)
        case "unusual_orientation":
            _turn(path)
        case "missing_slice":
            path.unlink()
            return [_next_to_the_right(image, slices)]
        case "moved_slice":
            following = _next_to_the_right(image, slices)
            _move_towards(path, _path(folder, following))
            return [image, following]
        case "wrong_distance":
            _misstate_distance(path)
    return [image]


def is_between(image: Image, slices: pd.DataFrame) -> bool:
    """Whether slices of its series lie on both sides of an image, as of sagittal ones, which go from side to side."""
    others_mm = _lefts_mm(image, slices)
    sagittal = others_mm.max() - others_mm.min() > SIDE_TO_SIDE_MM
    return bool(sagittal and others_mm.min() < others_mm[image[2]] < others_mm.max())


def _lefts_mm(image: Image, slices: pd.DataFrame) -> pd.Series:
    """How far to the left each slice of the series begins, by instance number."""
    return slices[slices["series_id"] == image[1]].set_index("instance_number")["left_mm"]


def _next_to_the_right(image: Image, slices: pd.DataFrame) -> Image:
    lefts_mm = _lefts_mm(image, slices)
    return *image[:2], int(lefts_mm[lefts_mm < lefts_mm[image[2]]].idxmax())


def _move_towards(path: Path, other: Path) -> None:
    """Say that a slice lies nearer to another one of its stack."""
    dataset = pydicom.dcmread(path)
    position, goal = (np.array(one.ImagePositionPatient, float) for one in (dataset, pydicom.dcmread(other)))
    rows, cols = np.array(dataset.ImageOrientationPatient, float).reshape(2, 3)
    normal = np.cross(rows, cols)
    moved = position + MOVED * ((goal - position) @ normal) * normal
    dataset.ImagePositionPatient = [f"{value:.6f}" for value in moved]
    dataset.save_as(path)


def _misstate_distance(path: Path) -> None:
    dataset = pydicom.dcmread(path)
    dataset.SpacingBetweenSlices = WRONG_DISTANCE_MM
    dataset.save_as(path)


def _path(folder: Path, image: Image) -> Path:
    study, series, instance = image
    return folder / "train_images" / str(study) / str(series) / f"{instance}.dcm"


def _another(image: Image, slices: pd.DataFrame) -> Image:
    study, series, instance = image
    others = slices[(slices["series_id"] == series) & (slices["instance_number"] != instance)]
    return study, series, int(others["instance_number"].iloc[0])


def _take_pixels(path: Path, source: Path) -> None:
    dataset, other = pydicom.dcmread(path), pydicom.dcmread(source)
    dataset.PixelData, dataset.Rows, dataset.Columns = other.PixelData, other.Rows, other.Columns
    dataset.save_as(path)


def _turn(path: Path) -> None:
    """Say that the slice is a coronal one: its rows run to the left, its columns to the feet."""
    dataset = pydicom.dcmread(path)
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    dataset.save_as(path)


def _enlarge(path: Path) -> None:
    dataset = pydicom.dcmread(path)
    dataset.PixelSpacing = [f"{float(value) * LARGER:.9f}" for value in dataset.PixelSpacing]
    dataset.save_as(path)
