"""A slice with its findings marked, as reports show it."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from lsdc.charts.marked_slice import Mark, draw_marks, write
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint
from lsdc.labels import Severity
from lsdc.prediction.finding import Finding


def marked_slice(image: DicomSlice, findings: Sequence[tuple[int, Finding]]) -> Image.Image:
    """The slice in the proportions of the patient, in RGB, with a numbered ring around each point.

    Args:
        image: The slice.
        findings: On it, with their numbers.
    """
    marks = [
        Mark(
            point=point,
            label=", ".join(str(number) for number, _ in alike),
            severity=_severity([finding for _, finding in alike]),
        )
        for point, alike in _by_point(findings).items()
    ]
    shown = draw_marks(image, marks)
    if image.synthetic:
        write(shown, (8, 6), "SYNTHETIC", anchor="lt")
    write(shown, (8, shown.height - 8), "Research use only", anchor="lb")
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


def _severity(findings: Sequence[Finding]) -> Severity | None:
    """None where a run cannot tell, or several do not say the same."""
    said = {finding.grade.severity if finding.sure else None for finding in findings}
    (severity, *others) = said
    return None if others else severity
