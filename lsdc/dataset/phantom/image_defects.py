"""Defects of image files: what each kind does to the bytes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pydicom

IMAGE_DEFECTS = {
    "empty_file": "A labelled image has no bytes.",
    "cut_file": "A labelled image ends in the middle.",
    "missing_file": "A labelled image is not there.",
    "duplicate_image": "A slice holds the pixels of another one of its series.",
    "inconsistent_spacing": "A slice says that its pixels are larger than those of its series.",
    "unusual_orientation": "A slice says that it lies across its series.",
}
DEFECTS_OF_LABELLED = ("empty_file", "cut_file", "missing_file")
LARGER = 1.2

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
        The images that an audit must name: this one, and one that it has become a copy of.
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
    return [image]


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
