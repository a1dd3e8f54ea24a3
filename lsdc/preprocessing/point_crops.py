"""The crop of a row of the label table, as training cuts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lsdc.config import CropConfig
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint
from lsdc.labels import Side
from lsdc.preprocessing.crops import extract_crop


def crop_of_point(image: DicomSlice, point: Mapping[str, Any], config: CropConfig) -> np.ndarray:
    """The crop on the point's own slice, as `extract_crop`."""
    return extract_crop(image, place_of(point), config, mirror=is_mirrored(point, config))


def place_of(point: Mapping[str, Any]) -> PixelPoint:
    """Where it lies on its image."""
    return PixelPoint.from_xy(float(point["x"]), float(point["y"]))


def is_mirrored(point: Mapping[str, Any], config: CropConfig) -> bool:
    """Whether its crop is mirrored to the left."""
    return config.mirror_right and bool(point["side"] == Side.RIGHT)
