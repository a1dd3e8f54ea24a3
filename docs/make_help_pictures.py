"""Make the pictures of the help “What am I looking at?” from phantoms: `python docs/make_help_pictures.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lsdc.charts.help import PICTURES, grade_picture, sequence_picture
from lsdc.charts.marked_slice import Mark, draw_marks
from lsdc.dataset.dicom import DicomSlice, Window
from lsdc.dataset.intensity import percentile_range
from lsdc.dataset.phantom import generate_study
from lsdc.dataset.phantom.study import PhantomLabel, PhantomSlice
from lsdc.labels import Condition, Level, Sequence, Severity, Side

SEED, STUDIES, IMAGE_PX = 5, 40, 384
CROP_MM, CROP_PX = 44.0, 240
MARKED = {
    Sequence.SAGITTAL_T2: (Condition.SPINAL_CANAL_STENOSIS, tuple(Level)),
    Sequence.SAGITTAL_T1: (Condition.NEURAL_FORAMINAL_NARROWING, tuple(Level)),
    Sequence.AXIAL_T2: (Condition.SUBARTICULAR_STENOSIS, (Level.L4_L5,)),
}


def main() -> None:
    """Write a marked slice of each sequence, and a crop of each condition and grade."""
    PICTURES.mkdir(exist_ok=True)
    for sequence in MARKED:
        _save(_marked_slice(sequence), sequence_picture(sequence))
    for condition in Condition:
        for severity in Severity:
            _save(_crop(condition, severity), grade_picture(condition, severity))


def _marked_slice(sequence: Sequence) -> Image.Image:
    """The slice with the most points of one study; the left ones, on axial slices those of both sides."""
    condition, levels = MARKED[sequence]
    study = generate_study(SEED, 0, image_px=IMAGE_PX, sequences=[sequence])
    sides = (Side.LEFT, Side.RIGHT) if sequence is Sequence.AXIAL_T2 else (condition.sides[0],)
    labels = [
        label
        for label in study.labels
        if label.target.condition is condition and label.target.side in sides and label.level in levels and label.point
    ]
    at = labels[len(labels) // 2].point
    image = _slice_of(study.series, at)
    axial = sequence is Sequence.AXIAL_T2
    marks = [
        # Points of one side may be a slice apart; they are shown where they lie on this one.
        Mark(point=label.point.position, label=label.target.side if axial else label.level, severity=None)
        for label in labels
    ]
    return _with_word(draw_marks(_slice(image), marks))


def _crop(condition: Condition, severity: Severity) -> Image.Image:
    """A typical case: Normal/Mild the widest, Moderate the middle one, Severe the narrowest."""
    cases = []
    for index in range(STUDIES):
        labels = generate_study(SEED, index, image_px=IMAGE_PX, sequences=[]).labels
        cases += [
            (label.narrowing, index, place) for place, label in enumerate(labels) if _fits(label, condition, severity)
        ]
    cases.sort()
    _, index, place = cases[(len(cases) - 1) * severity.rank // 2]
    study = generate_study(SEED, index, image_px=IMAGE_PX, sequences=[condition.sequence])
    point = study.labels[place].point
    image = _slice_of(study.series, point)
    half = CROP_MM / 2 / np.array(image.plane.spacing_mm)
    row, col = point.position.row + 0.5, point.position.col + 0.5
    box = (col - half[1], row - half[0], col + half[1], row + half[0])
    return _with_word(_grey(image).resize((CROP_PX, CROP_PX), Image.Resampling.BICUBIC, box=box).convert("RGB"))


def _fits(label: PhantomLabel, condition: Condition, severity: Severity) -> bool:
    return (
        label.target.condition is condition
        and label.target.side is condition.sides[0]
        and label.level is Level.L4_L5
        and label.severity is severity
        and label.point is not None
    )


def _slice_of(series, point) -> PhantomSlice:
    (own,) = [one for one in series if one.series_id == point.series_id]
    return next(image for image in own.slices if image.instance_number == point.instance_number)


def _slice(image: PhantomSlice) -> DicomSlice:
    low, high = percentile_range(image.pixels, (1, 99.5))
    return DicomSlice(
        pixels=image.pixels,
        spacing_mm=image.plane.spacing_mm,
        plane=image.plane,
        instance_number=None,
        series_description="",
        window=Window(center=(low + high) / 2, width=high - low),
        synthetic=False,
    )


def _grey(image: PhantomSlice) -> Image.Image:
    low, high = percentile_range(image.pixels, (1, 99.5))
    return Image.fromarray((np.clip((image.pixels - low) / (high - low), 0, 1) * 255).astype(np.uint8))


def _with_word(image: Image.Image) -> Image.Image:
    size = max(11, image.height // 34)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=size)
    draw.text(
        (6, image.height - 6), "SYNTHETIC", fill="white", font=font, anchor="ls", stroke_width=2, stroke_fill="black"
    )
    return image


def _save(image: Image.Image, path: Path) -> None:
    image.save(path, quality=80, method=6)
    print(f"{path} {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
