"""Crops of labelled points, cut as training cuts them, for pictures on pages."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from lsdc.config import CropConfig
from lsdc.dataset.dicom import DicomSlice, read_slice
from lsdc.dataset.geometry import PixelPoint
from lsdc.errors import LsdcError
from lsdc.preprocessing.crops import extract_crop, extract_stack
from lsdc.preprocessing.point_crops import is_mirrored, place_of
from lsdc.ui.datasets import DataSet, FileVersion, file_version, load_slices_around
from lsdc.ui.images import faded, png_bytes

SLICE_PX = 84


@dataclass(frozen=True, kw_only=True)
class PictureOfCrop:
    """The crop of a point on its own slice, or why there is none.

    Args:
        png: A PNG file; None if it cannot be cut.
        reason: Empty if it can.
    """

    png: bytes | None = None
    reason: str = ""


def load_crops(data: DataSet, points: Iterable[Mapping[str, Any]], config: CropConfig) -> list[PictureOfCrop]:
    """The crops of rows of the label table, each on the slice of its point alone; neighbours are not looked at."""
    # Points often share a slice; which is decoded once, and not kept once the crops are.
    read = functools.cache(read_slice)
    return [_load_crop(data.root / point["image"], point, config, read) for point in points]


def load_stack(data: DataSet, point: Mapping[str, Any], config: CropConfig) -> tuple[np.ndarray, np.ndarray]:
    """All that a network sees of a row of the label table, as `extract_stack`.

    Raises:
        LsdcError: If the image cannot be read, or the point is not on it.
    """
    around = load_slices_around(data.root / point["image"], config.neighbours)
    return extract_stack(around, place_of(point), config, mirror=is_mirrored(point, config))


def draw_stack(stack: np.ndarray, real: np.ndarray) -> None:
    """Draw the slices of a stack beside each other, faded where one repeats for want of another."""
    with st.container(horizontal=True, gap="xsmall"):
        for number, (pixels, is_real) in enumerate(zip(stack, real, strict=True), start=1):
            absent = "" if is_real else ", which is missing"
            words = f"What the network sees, slice {number} of {len(stack)}{absent}"
            st.image(pixels if is_real else faded(pixels), width=SLICE_PX, alt=words)


def _load_crop(
    path: Path, point: Mapping[str, Any], config: CropConfig, read: Callable[[Path], DicomSlice]
) -> PictureOfCrop:
    try:
        version = file_version(path)
    except OSError as error:
        return PictureOfCrop(reason=f"The image {path.name} cannot be read: {error.strerror}.")
    alone = config.model_copy(update={"neighbours": 0})
    return _crop(version, place_of(point), alone.model_dump_json(), is_mirrored(point, config), read)


@st.cache_data(max_entries=4096, show_spinner=False)
def _crop(
    version: FileVersion, place: PixelPoint, config: str, mirror: bool, _read: Callable[[Path], DicomSlice]
) -> PictureOfCrop:
    try:
        crop = extract_crop(_read(Path(version[0])), place, CropConfig.model_validate_json(config), mirror=mirror)
    except LsdcError as error:
        return PictureOfCrop(reason=error.happened)
    return PictureOfCrop(png=png_bytes(crop))
