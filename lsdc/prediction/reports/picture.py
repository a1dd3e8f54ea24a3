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
from lsdc.dataset.geometry import PixelPoint
from lsdc.prediction.finding import Finding

HEIGHT_PX = 720
RING_PX = 12
# Where a run cannot tell, or several do not say the same.
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
    for point, alike in _by_point(findings).items():
        # Pixel centres lie half a pixel inside, as in every resampling here.
        x = (point.col + 0.5) / cols * width
        y = (point.row + 0.5) / rows * height
        color = _color([finding for _, finding in alike])
        draw.circle((x, y), RING_PX + 1, outline="black", width=5)
        draw.circle((x, y), RING_PX, outline=color, width=3)
        write((x + RING_PX + 6, y), ", ".join(str(number) for number, _ in alike), anchor="lm")
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


def _by_point(findings: Sequence[tuple[int, Finding]]) -> dict[PixelPoint, list[tuple[int, Finding]]]:
    """Several runs may have graded one point, which has one ring."""
    found: dict[PixelPoint, list[tuple[int, Finding]]] = {}
    for number, finding in findings:
        found.setdefault(finding.point, []).append((number, finding))
    return found


def _color(findings: Sequence[Finding]) -> str:
    said = {finding.grade.severity if finding.sure else None for finding in findings}
    (severity, *others) = said
    return SEVERITY_COLORS[severity] if severity and not others else UNSURE_COLOR


def _windowed(image: DicomSlice) -> NDArray[np.uint8]:
    """The slice through its header's window, or from its 1st to its 99th percentile."""
    low, high = image.intensity_range
    if image.window:
        low, high = (image.window.center + half * image.window.width for half in (-0.5, 0.5))
    grey = np.clip((image.pixels - low) / max(high - low, 1e-6), 0.0, 1.0) * 255.0
    return grey.astype(np.uint8)
