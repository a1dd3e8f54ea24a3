"""One phantom study in memory: its series of slices and its labelled points."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lsdc.dataset.geometry import ImagePlane, PixelPoint
from lsdc.dataset.phantom.imaging import acquire, coil_sensitivity, render_signal
from lsdc.dataset.phantom.passages import FORAMEN_ABOVE_MM, FORAMEN_BESIDE_MM, RECESS_LEFT_MM
from lsdc.dataset.phantom.planes import SeriesPlan, nearest_slice, number_slices, plan_study
from lsdc.dataset.phantom.severity import draw_narrowings, read_grades
from lsdc.dataset.phantom.spine import BODY_HALF_DEPTH, CANAL_HALF_WIDTH, FIRST_LEVEL, Spine
from lsdc.labels import TARGETS, Condition, Level, Sequence, Severity, Side, Target

# How far a point lies from where it should, in mm along rows and columns: readers click by hand.
POINT_JITTER_MM = 0.8

# Shares of studies in which a level's recesses were not graded, L1/L2 … L5/S1: axial series often start below.
NOT_GRADED = (0.08, 0.04, 0.002, 0.002, 0.005)


@dataclass(frozen=True, kw_only=True, eq=False)
class PhantomSlice:
    """An image as stored: uint16 (rows, columns) with 12 bits used, where it lies, and its number."""

    pixels: npt.NDArray[np.uint16]
    plane: ImagePlane
    instance_number: int


@dataclass(frozen=True, kw_only=True, eq=False)
class PhantomSeries:
    """A series; its slices are ordered by instance number."""

    series_id: int
    sequence: Sequence
    slices: tuple[PhantomSlice, ...]
    thickness_mm: float
    step_mm: float


@dataclass(frozen=True, kw_only=True)
class PhantomPoint:
    """Where a structure was marked."""

    series_id: int
    instance_number: int
    position: PixelPoint


@dataclass(frozen=True, kw_only=True)
class PhantomLabel:
    """A target at a level: how narrow it is, what the reader called it, and where it was marked.

    Args:
        narrowing: In grade units, see `severity`.
        severity: None if the grade was not written down.
        point: None if the structure was not marked.
    """

    target: Target
    level: Level
    narrowing: float
    severity: Severity | None
    point: PhantomPoint | None


@dataclass(frozen=True, kw_only=True, eq=False)
class PhantomStudy:
    """A study of one phantom; `series` has those that were drawn, `labels` all 25 targets and levels."""

    study_id: int
    series: tuple[PhantomSeries, ...]
    labels: tuple[PhantomLabel, ...]


def study_id(seed: int, index: int) -> int:
    """A number that looks like the challenge's, different for every index."""
    return 4_003_253 + 2_157_000 * index + int(np.random.default_rng([seed, index]).integers(2_000_000))


def generate_study(
    seed: int,
    index: int,
    *,
    image_px: int = 256,
    full_size: bool = False,
    sequences: Collection[Sequence] | None = None,
) -> PhantomStudy:
    """Draw one study; the same arguments give the same study on every machine.

    Args:
        seed: Of the data set.
        index: Of the study in it, from 0.
        image_px: Side of the images, if not of full size.
        full_size: Matrix sizes and numbers of slices as in the challenge.
        sequences: Whose series are drawn; None draws all. What is drawn is the same in a part as in the whole, and so
            are the labels.
    """
    # Separate streams, so that neither the person nor the scanner can tell anything about a grade.
    for_person, for_reader, for_scanner = (np.random.default_rng([seed, index, stream]) for stream in range(1, 4))
    narrowings = draw_narrowings(for_reader, 1)[0]
    grades = read_grades(for_reader, narrowings)
    spine = Spine.draw(for_person, narrowings)
    plans = plan_study(for_scanner, spine, image_px=image_px, full_size=full_size, lacks=_missing_sequence(index))
    series_ids = for_scanner.integers(1_000_000, 4_290_000_000, size=len(plans))
    numbers = [number_slices(for_scanner, len(plan.slices)) for plan in plans]
    series = tuple(
        # A stream for each series, so that its noise does not depend on which others are drawn.
        _image_series(
            spine, plan, int(series_ids[place]), numbers[place], np.random.default_rng([seed, index, 4, place])
        )
        for place, plan in enumerate(plans)
        if sequences is None or plan.sequence in sequences
    )
    labels = tuple(
        PhantomLabel(
            target=target,
            level=level,
            narrowing=float(narrowings[row, level.rank]),
            severity=list(Severity)[grades[row, level.rank]],
            point=_mark(spine, target, level, plans, series_ids, numbers, for_scanner),
        )
        for row, target in enumerate(TARGETS)
        for level in Level
    )
    return PhantomStudy(
        study_id=study_id(seed, index), series=series, labels=_as_written_down(labels, index, for_scanner)
    )


def _missing_sequence(index: int) -> Sequence | None:
    """Two studies in forty lack a sagittal series."""
    return {7: Sequence.SAGITTAL_T1, 21: Sequence.SAGITTAL_T2}.get(index % 40)


def _image_series(
    spine: Spine, plan: SeriesPlan, series_id: int, numbers: np.ndarray, rng: np.random.Generator
) -> PhantomSeries:
    towards_coil = (1.0, 0.0) if plan.sequence is Sequence.AXIAL_T2 else (0.0, 1.0)
    strength, tilt = rng.uniform(0.15, 0.4), rng.normal(0, 0.06, 2)
    gain, noise = rng.uniform(0.8, 1.25), rng.uniform(14, 26)
    slices = []
    for planned, number in zip(plan.slices, numbers, strict=True):
        signal = render_signal(
            spine, planned.plane, planned.shape, thickness_mm=plan.thickness_mm, sequence=plan.sequence
        )
        coil = coil_sensitivity(planned.shape, towards_coil, strength=strength, tilt=tilt)
        pixels = acquire(signal, rng, gain=gain, noise=noise, coil=coil)
        slices.append(PhantomSlice(pixels=pixels, plane=planned.plane, instance_number=int(number)))
    slices.sort(key=lambda image: image.instance_number)
    return PhantomSeries(
        series_id=series_id,
        sequence=plan.sequence,
        slices=tuple(slices),
        thickness_mm=plan.thickness_mm,
        step_mm=plan.step_mm,
    )


def landmark_mm(spine: Spine, target: Target, level: Level) -> np.ndarray:
    """Where a structure is marked when nothing is narrowed, LPS in mm, (3,): the place must not tell the grade."""
    disc = FIRST_LEVEL + level.rank
    sign = {Side.LEFT: 1.0, Side.RIGHT: -1.0, Side.MIDLINE: 0.0}[target.side]
    wall = float(BODY_HALF_DEPTH[disc])
    match target.condition:
        case Condition.SPINAL_CANAL_STENOSIS:
            return spine.to_patient(disc, left=0.0, behind=wall + 6.0, above=0.0)
        case Condition.NEURAL_FORAMINAL_NARROWING:
            aside = float(CANAL_HALF_WIDTH[disc]) + FORAMEN_BESIDE_MM
            return spine.to_patient(disc, left=sign * aside, behind=wall + 1.0, above=FORAMEN_ABOVE_MM)
        case Condition.SUBARTICULAR_STENOSIS:
            return spine.to_patient(disc, left=sign * RECESS_LEFT_MM, behind=wall + 3.5, above=0.0)


def _mark(
    spine: Spine,
    target: Target,
    level: Level,
    plans: list[SeriesPlan],
    series_ids: np.ndarray,
    numbers: list[np.ndarray],
    rng: np.random.Generator,
) -> PhantomPoint | None:
    """Click on the structure, on the nearest slice of the sequence that the challenge uses for it."""
    jitter_mm = rng.normal(0, POINT_JITTER_MM, 2)
    where_mm = landmark_mm(spine, target, level)
    candidates = [
        (*nearest_slice(plan, where_mm)[::-1], place)
        for place, plan in enumerate(plans)
        if plan.sequence is target.condition.sequence
    ]
    if not candidates:
        return None
    _, image, place = min(candidates)
    plane = plans[place].slices[image].plane
    at = plane.to_pixel(where_mm)
    return PhantomPoint(
        series_id=int(series_ids[place]),
        instance_number=int(numbers[place][image]),
        position=PixelPoint(
            row=at.row + jitter_mm[0] / plane.spacing_mm[0],
            col=at.col + jitter_mm[1] / plane.spacing_mm[1],
        ),
    )


def _as_written_down(
    labels: tuple[PhantomLabel, ...], index: int, rng: np.random.Generator
) -> tuple[PhantomLabel, ...]:
    """Leave out what readers left out: some upper recesses altogether, and now and then a grade or a point alone."""
    not_graded = rng.random(len(Level)) < NOT_GRADED
    written = [
        replace(label, severity=None, point=None)
        if label.target.condition is Condition.SUBARTICULAR_STENOSIS and not_graded[label.level.rank]
        else label
        for label in labels
    ]
    one = int(rng.integers(len(written)))
    if index % 30 == 12:
        written[one] = replace(written[one], severity=None)
    if index % 30 == 18:
        written[one] = replace(written[one], point=None)
    return tuple(written)
