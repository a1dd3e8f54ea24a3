"""Where the slices of a study lie: the work of the radiographer at the console."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lsdc.dataset.geometry import ImagePlane, PixelPoint
from lsdc.dataset.phantom.spine import FIRST_LEVEL, Spine
from lsdc.labels import Level, Sequence


@dataclass(frozen=True, kw_only=True, eq=False)
class SlicePlan:
    """One slice: where it lies, and its rows and columns."""

    plane: ImagePlane
    shape: tuple[int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class SeriesPlan:
    """One series: its slices in the order in which they were planned, and what all of them share."""

    sequence: Sequence
    slices: tuple[SlicePlan, ...]
    thickness_mm: float
    step_mm: float


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Pixels along a side of a square image, and their size."""

    side_px: int
    pixel_mm: float


def plan_study(
    rng: np.random.Generator, spine: Spine, *, image_px: int, full_size: bool, lacks: Sequence | None
) -> list[SeriesPlan]:
    """The series of a study; one study in six has two axial series, of the upper and of the lower levels."""
    plans = [
        plan_sagittal(rng, spine, sequence, image_px=image_px, full_size=full_size)
        for sequence in (Sequence.SAGITTAL_T1, Sequence.SAGITTAL_T2)
        if sequence is not lacks
    ]
    levels = tuple(Level)
    groups = [levels[:2], levels[2:]] if rng.random() < 1 / 6 else [levels]
    plans += [plan_axial(rng, spine, group, image_px=image_px, full_size=full_size) for group in groups]
    return plans


def plan_sagittal(
    rng: np.random.Generator, spine: Spine, sequence: Sequence, *, image_px: int, full_size: bool
) -> SeriesPlan:
    """Parallel slices from one side to the other, from left to right or from right to left."""
    field_mm = rng.uniform(245, 265)
    side_px = int(rng.choice([320, 384, 448, 512, 640, 1024])) if full_size else image_px
    count = int(rng.integers(13, 22)) if full_size else int(rng.integers(11, 15))
    # Both outermost slices lie beyond the foramina.
    step_mm = rng.uniform(50, 54) / (count - 1)
    down = np.array([0.0, 0.0, -1.0])
    backwards = np.cross(spine.leftwards, down)
    backwards /= np.linalg.norm(backwards)
    down = np.cross(backwards, spine.leftwards)
    middle = spine.to_patient(
        FIRST_LEVEL + 2, left=rng.normal(0, 0.5), behind=10 + rng.normal(0, 5), above=rng.normal(-12, 5)
    )
    offsets = (np.arange(count) - (count - 1) / 2) * step_mm * rng.choice([-1, 1])
    matrix = Matrix(side_px=side_px, pixel_mm=field_mm / side_px)
    slices = [_slice(middle + offset * spine.leftwards, backwards, down, matrix) for offset in offsets]
    return SeriesPlan(
        sequence=sequence,
        slices=_with_some_of_another_size(rng, slices),
        thickness_mm=0.9 * step_mm,
        step_mm=step_mm,
    )


def plan_axial(
    rng: np.random.Generator, spine: Spine, levels: tuple[Level, ...], *, image_px: int, full_size: bool
) -> SeriesPlan:
    """Groups of parallel slices, each tilted to its disc, from the head down or from the foot up."""
    field_mm = rng.uniform(170, 200)
    side_px = int(rng.choice([320, 384, 448, 512, 640])) if full_size else image_px
    count = int(rng.integers(20, 40)) if full_size else int(rng.integers(10, 14))
    matrix = Matrix(side_px=side_px, pixel_mm=field_mm / side_px)
    step_mm = rng.uniform(3.6, 4.4)
    slices = []
    for level, group in zip(levels, np.array_split(np.arange(count), len(levels)), strict=True):
        disc = FIRST_LEVEL + level.rank
        tilt = np.radians(rng.normal(0, 2.0))
        back = np.cos(tilt) * spine.back[disc] + np.sin(tilt) * spine.up[disc]
        down_the_spine = np.cross(spine.leftwards, back)
        middle = spine.to_patient(disc, left=rng.normal(0, 2), behind=20 + rng.normal(0, 3), above=rng.normal(0, 0.7))
        offsets_mm = step_mm * (np.arange(len(group)) - (len(group) - 1) / 2)
        slices += [_slice(middle + offset * down_the_spine, spine.leftwards, back, matrix) for offset in offsets_mm]
    if rng.random() < 0.3:
        slices.reverse()
    return SeriesPlan(
        sequence=Sequence.AXIAL_T2,
        slices=_with_some_of_another_size(rng, slices),
        thickness_mm=0.9 * step_mm,
        step_mm=step_mm,
    )


def number_slices(rng: np.random.Generator, count: int) -> np.ndarray:
    """Instance numbers with the gaps of real series: most are consecutive, some skip, a few jump or change order."""
    numbers = np.arange(1, count + 1) + (int(rng.integers(1, 30)) if rng.random() < 0.2 else 0)
    if rng.random() < 0.3:
        numbers[int(rng.integers(1, count)) :] += int(rng.integers(1, 6))
    if rng.random() < 0.06:
        numbers[int(rng.integers(1, count)) :] += 5000
    if rng.random() < 0.15:
        # Interleaved acquisition: first every other position, then the ones between.
        numbers = numbers[np.argsort(np.r_[np.arange(0, count, 2), np.arange(1, count, 2)])]
    return numbers


def nearest_slice(plan: SeriesPlan, point_mm: np.ndarray) -> tuple[int, float]:
    """The index of the slice nearest to a patient point, and its distance in mm."""
    distances = [abs(float((point_mm - s.plane.position_mm) @ s.plane.normal)) for s in plan.slices]
    best = int(np.argmin(distances))
    return best, distances[best]


def _slice(middle_mm: np.ndarray, along_row: np.ndarray, down_column: np.ndarray, matrix: Matrix) -> SlicePlan:
    half_mm = matrix.pixel_mm * (matrix.side_px - 1) / 2
    plane = ImagePlane(
        position_mm=middle_mm - half_mm * (along_row + down_column),
        row_cosines=along_row,
        column_cosines=down_column,
        spacing_mm=(matrix.pixel_mm, matrix.pixel_mm),
    )
    return SlicePlan(plane=plane, shape=(matrix.side_px, matrix.side_px))


def _with_some_of_another_size(rng: np.random.Generator, slices: list[SlicePlan]) -> tuple[SlicePlan, ...]:
    """In one series of eight, the last slices have fewer rows, as after a second scan."""
    if rng.random() >= 1 / 8:
        return tuple(slices)
    first = int(rng.integers(len(slices) // 2, len(slices)))
    shortened = []
    for planned in slices[first:]:
        rows, columns = planned.shape
        cut = rows // 16
        plane = planned.plane
        moved = replace(plane, position_mm=plane.to_patient(PixelPoint(row=cut, col=0)))
        shortened.append(SlicePlan(plane=moved, shape=(rows - 2 * cut, columns)))
    return (*slices[:first], *shortened)
