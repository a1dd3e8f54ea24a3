"""Pixel values as grey levels, for display only: nothing here reaches a network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lsdc.dataset.dicom import DicomSlice, Window


def first_window(image: DicomSlice) -> Window:
    """The header's window, or one from the 1st to the 99th percentile of the pixels."""
    if image.window:
        return image.window
    low, high = image.intensity_range
    return Window(center=(low + high) / 2, width=max(high - low, 1e-6))


def windowed(pixels: np.ndarray, window: Window) -> NDArray[np.uint8]:
    """Pixels seen through a window.

    Args:
        pixels: (rows, cols), in the modality's values.
        window: Below it is black, above it white.

    Returns:
        uint8 (rows, cols).
    """
    grey = np.clip((pixels - (window.center - window.width / 2)) / window.width, 0.0, 1.0) * 255.0
    return grey.astype(np.uint8)
