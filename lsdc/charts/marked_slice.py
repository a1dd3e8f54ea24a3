"""A slice as a picture with points marked on it, on pages and in reports alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from lsdc.charts.palette import SEVERITY_COLORS
from lsdc.charts.windowing import first_window, windowed
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint
from lsdc.labels import Severity

HEIGHT_PX = 720
RING_PX = 11
UNGRADED_COLOR = "#ffffff"
SCALE_BAR_MM = 20


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A labelled point to be drawn; its colour is the severity's, or white without one."""

    point: PixelPoint
    label: str
    severity: Severity | None


def draw_marks(image: DicomSlice, marks: Sequence[Mark]) -> Image.Image:
    """The slice in the proportions of the patient, in RGB, with rings around the points.

    It says which way its edges lie in the patient, and has a scale bar, as far as its header tells.
    """
    rows, cols = image.shape
    between_rows, between_cols = image.spacing_mm or (1.0, 1.0)
    width, height = round(HEIGHT_PX * cols * between_cols / (rows * between_rows)), HEIGHT_PX
    grey = Image.fromarray(windowed(image.pixels, first_window(image)))
    shown = grey.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(shown)
    _draw_bearings(shown, image)
    for mark in marks:
        # Pixel centres lie half a pixel inside, as in every resampling here.
        x = (mark.point.col + 0.5) / cols * width
        y = (mark.point.row + 0.5) / rows * height
        color = UNGRADED_COLOR if mark.severity is None else SEVERITY_COLORS[mark.severity]
        draw.circle((x, y), RING_PX + 1, outline="black", width=5)
        draw.circle((x, y), RING_PX, outline=color, width=3)
        write(shown, (x + RING_PX + 6, y), mark.label, anchor="lm")
    return shown


def write(picture: Image.Image, place: tuple[float, float], words: str, *, anchor: str) -> None:
    """Write words that can be read on any grey.

    Args:
        picture: In RGB.
        place: Of the words' `anchor`, as (x, y) in pixels of the picture.
        words: What is written.
        anchor: As Pillow names them, such as `lm`: the left end, half way up.
    """
    font = ImageFont.load_default(size=20)
    draw = ImageDraw.Draw(picture)
    draw.text(place, words, font=font, fill="white", anchor=anchor, stroke_width=3, stroke_fill="black")


def _draw_bearings(picture: Image.Image, image: DicomSlice) -> None:
    width, height = picture.size
    if image.plane:
        letters = image.plane.edge_letters
        write(picture, (8, height / 2), letters.left, anchor="lm")
        write(picture, (width - 8, height / 2), letters.right, anchor="rm")
        write(picture, (width / 2, 6), letters.top, anchor="mt")
        write(picture, (width / 2, height - 6), letters.bottom, anchor="mb")
    width_mm = None if image.spacing_mm is None else image.shape[1] * image.spacing_mm[1]
    if width_mm is not None and width_mm > SCALE_BAR_MM:
        right, bottom = width - 12, height - 12
        left = right - SCALE_BAR_MM / width_mm * width
        draw = ImageDraw.Draw(picture)
        draw.line((left, bottom, right, bottom), fill="black", width=6)
        draw.line((left, bottom, right, bottom), fill="white", width=2)
        write(picture, ((left + right) / 2, bottom - 6), f"{SCALE_BAR_MM} mm", anchor="mb")
