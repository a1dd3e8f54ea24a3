"""A slice with its findings marked, as reports show it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from lsdc.charts.palette import SEVERITY_COLORS
from lsdc.dataset.dicom import DicomSlice
from lsdc.prediction.finding import Finding

HEIGHT_PX = 720
RING_PX = 12
UNSURE_COLOR = "#ffffff"


def marked_slice(image: DicomSlice, findings: Sequence[tuple[int, Finding]]) -> Image.Image:
    """The slice in the proportions of the patient, in RGB, with a numbered ring around each point.

    Args:
        image: The slice.
        findings: On it, with their numbers.
    """
    rows, cols = image.pixels.shape
    between_rows, between_cols = image.spacing_mm or (1.0, 1.0)
    width, height = round(HEIGHT_PX * cols * between_cols / (rows * between_rows)), HEIGHT_PX
    shown = Image.fromarray(_windowed(image)).convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(shown)
    write = partial(draw.text, font=ImageFont.load_default(size=22), fill="white", stroke_width=3, stroke_fill="black")
    for number, finding in findings:
        # Pixel centres lie half a pixel inside, as in every resampling here.
        x = (finding.point.col + 0.5) / cols * width
        y = (finding.point.row + 0.5) / rows * height
        color = SEVERITY_COLORS[finding.grade.severity] if finding.sure else UNSURE_COLOR
        draw.circle((x, y), RING_PX + 1, outline="black", width=5)
        draw.circle((x, y), RING_PX, outline=color, width=3)
        write((x + RING_PX + 6, y), str(number), anchor="lm")
    if image.plane:
        letters = image.plane.edge_letters
        write((8, height / 2), letters.left, anchor="lm")
        write((width - 8, height / 2), letters.right, anchor="rm")
        write((width / 2, 6), letters.top, anchor="mt")
    if image.synthetic:
        write((8, 6), "SYNTHETIC", anchor="lt")
    write((8, height - 8), "Research use only", anchor="lb")
    return shown


def png(picture: Image.Image) -> bytes:
    """The picture as a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def _windowed(image: DicomSlice) -> NDArray[np.uint8]:
    """The slice through its header's window, or from its 1st to its 99th percentile."""
    low, high = image.intensity_range
    if image.window:
        low, high = (image.window.center + half * image.window.width for half in (-0.5, 0.5))
    grey = np.clip((image.pixels - low) / max(high - low, 1e-6), 0.0, 1.0) * 255.0
    return grey.astype(np.uint8)
