"""Grey-scale slices as pictures, and the sliders that window them. For display only: nothing here reaches a network."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import streamlit as st
from PIL import Image

from lsdc.charts.windowing import first_window, windowed
from lsdc.dataset.dicom import DicomSlice, Window
from lsdc.dataset.geometry import EdgeLetters

FADED_ALPHA = 70  # of 255


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A windowed slice as PNG, one picture pixel for each source pixel."""

    png: bytes
    rows: int
    cols: int
    spacing_mm: tuple[float, float] | None
    letters: EdgeLetters | None = None

    @property
    def width_mm(self) -> float | None:
        """From the left edge to the right one; None where the spacing is unknown."""
        return None if self.spacing_mm is None else self.cols * self.spacing_mm[1]

    @property
    def aspect(self) -> float:
        """Width over height as it is in the patient; pixels of unknown spacing count as square."""
        between_rows, between_cols = self.spacing_mm or (1.0, 1.0)
        return (self.cols * between_cols) / (self.rows * between_rows)


def windowed_picture(image: DicomSlice, image_id: str, *, key: str) -> Picture:
    """Two sliders, window centre and width, and the slice seen through them.

    Args:
        image: The slice.
        image_id: Names the pixels, as `load_slice` and `read_uploads` do; equal names must mean equal pixels.
        key: Prefix of the widgets' keys; slices of one series share a key, so that the window stays while they are paged.
    """
    window = choose_window(image, key=key)
    rows, cols = image.shape
    return Picture(
        png=_windowed_png(image_id, window, image.pixels),
        rows=rows,
        cols=cols,
        spacing_mm=image.spacing_mm,
        letters=image.plane.edge_letters if image.plane else None,
    )


def choose_window(image: DicomSlice, *, key: str) -> Window:
    """The window that the reader chose; at first that of the key's first slice: the header's, or one that spans its bulk."""
    # Its range is the sliders' for the whole series, so that they stay where they are set.
    lowest, highest, first = st.session_state.setdefault(f"{key}_range", _range_and_window(image))
    if lowest == highest:
        # A slice of one grey has no contrast to set.
        return Window(center=lowest, width=1.0)
    span = highest - lowest
    center_column, width_column = st.columns(2)
    center = center_column.slider(
        "Window centre",
        lowest,
        highest,
        value=float(np.clip(first.center, lowest, highest)),
        format="%.0f",
        key=f"{key}_center",
        help="The pixel value that is shown as middle grey.",
    )
    width = width_column.slider(
        "Window width",
        span / 100,
        span,
        value=float(np.clip(first.width, span / 100, span)),
        format="%.0f",
        key=f"{key}_width",
        help="The range of pixel values from black to white.",
    )
    return Window(center=center, width=width)


def _range_and_window(image: DicomSlice) -> tuple[float, float, Window]:
    return float(image.pixels.min()), float(image.pixels.max()), first_window(image)


def forget_pictures() -> None:
    """Forget the pictures of this session."""
    _windowed_png.clear()


# Of a session alone, since they may be of an upload.
@st.cache_data(max_entries=64, show_spinner=False, scope="session")
def _windowed_png(image_id: str, window: Window, _pixels: npt.NDArray[np.generic]) -> bytes:  # noqa: ARG001  # image_id is the cache's key for the pixels, which Streamlit would hash by a sample
    return png_bytes(windowed(_pixels, window))


def faded(grey: npt.NDArray[np.uint8]) -> Image.Image:
    """A picture that lets the page's background through, for what is not really there; `grey` is uint8 (rows, cols)."""
    picture = Image.fromarray(grey).convert("LA")
    picture.putalpha(FADED_ALPHA)
    return picture


def png_bytes(grey: npt.NDArray[np.uint8]) -> bytes:
    """uint8 (rows, cols) as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()
