"""Grey-scale slices as pictures, and the sliders that window them. For display only: nothing here reaches a network."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import streamlit as st
from PIL import Image, ImageDraw, ImageFont

from lsdc.charts.palette import SEVERITY_COLORS
from lsdc.dataset.dicom import DicomSlice, Window
from lsdc.dataset.geometry import EdgeLetters, PixelPoint
from lsdc.labels import Severity

SHOWN_HEIGHT_PX = 680
UNGRADED_COLOR = "#ffffff"
FADED_ALPHA = 70  # of 255
SCALE_BAR_MM = 20


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
    def scale_bar(self) -> float | None:
        """The length of `SCALE_BAR_MM` as a share of the width; None where the spacing is unknown or the image small."""
        if self.width_mm is None or self.width_mm <= SCALE_BAR_MM:
            return None
        return SCALE_BAR_MM / self.width_mm

    @property
    def aspect(self) -> float:
        """Width over height as it is in the patient; pixels of unknown spacing count as square."""
        between_rows, between_cols = self.spacing_mm or (1.0, 1.0)
        return (self.cols * between_cols) / (self.rows * between_rows)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A labelled point to be drawn; its colour is the severity's."""

    point: PixelPoint
    label: str
    severity: Severity | None


def draw_marks(picture: Picture, marks: Sequence[Mark]) -> Image.Image:
    """The picture in the proportions of the patient, large enough to read, with rings around the points."""
    height = SHOWN_HEIGHT_PX
    width = round(height * picture.aspect)
    shown = Image.open(io.BytesIO(picture.png)).convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(shown)
    font = ImageFont.load_default(size=17)
    _draw_bearings(draw, picture, shown.size, font)
    for mark in marks:
        # Pixel centres lie half a pixel inside, as in every resampling here.
        x = (mark.point.col + 0.5) / picture.cols * width
        y = (mark.point.row + 0.5) / picture.rows * height
        color = UNGRADED_COLOR if mark.severity is None else SEVERITY_COLORS[mark.severity]
        draw.circle((x, y), 10, outline="black", width=5)
        draw.circle((x, y), 9, outline=color, width=3)
        draw.text((x + 16, y), mark.label, fill="white", font=font, anchor="lm", stroke_width=3, stroke_fill="black")
    return shown


def _draw_bearings(
    draw: ImageDraw.ImageDraw,
    picture: Picture,
    size: tuple[int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """Write which way the edges lie in the patient, and draw the scale bar; `size` is (width, height)."""
    width, height = size
    write = partial(draw.text, font=font, fill="white", stroke_width=3, stroke_fill="black")
    if picture.letters:
        write((8, height / 2), picture.letters.left, anchor="lm")
        write((width - 8, height / 2), picture.letters.right, anchor="rm")
        write((width / 2, 6), picture.letters.top, anchor="mt")
        write((width / 2, height - 6), picture.letters.bottom, anchor="mb")
    if picture.scale_bar:
        right, bottom = width - 12, height - 12
        left = right - picture.scale_bar * width
        draw.line((left, bottom, right, bottom), fill="black", width=6)
        draw.line((left, bottom, right, bottom), fill="white", width=2)
        write(((left + right) / 2, bottom - 6), f"{SCALE_BAR_MM} mm", anchor="mb")


def windowed_picture(image: DicomSlice, image_id: str, *, key: str) -> Picture:
    """Two sliders, window centre and width, and the slice seen through them.

    Args:
        image: The slice.
        image_id: Names the pixels, as `load_slice` and `read_uploads` do; equal names must mean equal pixels.
        key: Prefix of the widgets' keys; slices of one series share a key, so that the window stays while they are paged.
    """
    return _picture(image, image_id, choose_window(image, key=key))


def bulk_picture(image: DicomSlice, image_id: str) -> Picture:
    """The slice seen through its header's window, or the one that spans its pixels' bulk; arguments as above."""
    return _picture(image, image_id, image.window or _bulk_window(image))


def _picture(image: DicomSlice, image_id: str, window: Window) -> Picture:
    rows, cols = image.pixels.shape
    return Picture(
        png=_windowed_png(image_id, window.center, window.width, image.pixels),
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
    return float(image.pixels.min()), float(image.pixels.max()), image.window or _bulk_window(image)


def _bulk_window(image: DicomSlice) -> Window:
    low, high = image.intensity_range
    return Window(center=(low + high) / 2, width=max(high - low, 1e-6))


@st.cache_data(max_entries=64, show_spinner=False)
def _windowed_png(image_id: str, center: float, width: float, _pixels: npt.NDArray[np.float32]) -> bytes:  # noqa: ARG001  # image_id is the cache's key for the pixels, which Streamlit would hash by a sample
    grey = np.clip((_pixels - (center - width / 2)) / width, 0.0, 1.0) * 255.0
    return png_bytes(grey.astype(np.uint8))


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
