"""One person's spine: where its disc planes lie, how large its parts are, and where a point is relative to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from lsdc.dataset.phantom.coordinates import PixelGrid, SpineCoordinates
from lsdc.dataset.phantom.severity import effect
from lsdc.dataset.phantom.shapes import Floats, waves
from lsdc.labels import TARGETS, Condition, Level, Side, Target

# Disc planes from T9/T10 to the coccyx; the last six are the sacrum's fused ones. Typical adults lying on their back.
#                       T9/10 10/11 11/12 12/L1  L1/2  L2/3  L3/4  L4/5  L5/S1  S1/2  S2/3  S3/4  S4/5  S5/Co
TILT_DEG = np.array([   -4.0, -8.0, -11., -13., -11., -6.0,  2.0, 12.0,  28.0, 42.0, 42.0, 32.0, 12.0, -20.])  # fmt: skip
SPACING_MM = np.array([ 27.0, 29.0, 31.0, 33.5, 35.0, 36.0, 36.5, 35.5,  31.0, 26.0, 23.0, 20.0, 17.0])  # fmt: skip
DISC_MM = np.array([     4.5,  5.0,  6.0,  7.5,  8.5,  9.5, 10.5, 11.0,  10.0,  2.4,  1.6,  1.2,  1.0,  1.0])  # fmt: skip
BODY_HALF_WIDTH = np.array([17., 18., 20., 22., 23., 24., 24.5, 25., 25.5, 19.0, 15.0, 12.0,  9.0,  7.0])  # fmt: skip
BODY_HALF_DEPTH = np.array([14., 14.5, 15.5, 16., 16.5, 17., 17.3, 17.5, 17.0, 11.5, 8.5, 6.5, 5.0, 4.0])  # fmt: skip
WALL_HOLLOW = np.array([ 1.5,  1.5,  1.5,  1.8,  2.0,  2.0,  1.8,  1.0,   0.2, -0.5, -0.5, -0.5, -0.5, -0.5])  # fmt: skip
CANAL_APEX = np.array([ 16.0, 16.0, 16.5, 18.0, 19.0, 19.5, 19.5, 19.5,  18.5, 13.5, 10.0,  7.5,  5.5,  4.5])  # fmt: skip
CANAL_HALF_WIDTH = np.array([9.5, 9.5, 10., 10.8, 11.3, 11.6, 12.0, 12.8, 14., 13.0, 11.0,  9.0,  7.0,  6.0])  # fmt: skip
SAC_HALF_WIDTH = np.array([7.5, 7.5, 7.8,  8.5,  9.0,  8.8,  8.6,  8.3,   7.2,  5.0,  1.8, -2.0, -2.0, -2.0])  # fmt: skip
SAC_HALF_DEPTH = np.array([6.3, 6.3, 6.5,  7.0,  7.0,  6.8,  6.6,  6.2,   5.4,  3.8,  1.4, -2.0, -2.0, -2.0])  # fmt: skip
SAC_GAP = np.array([     1.0,  1.0,  1.0,  1.0,  1.0,  1.0,  1.1,  1.4,   3.2,  3.5,  3.0,  2.0,  2.0,  2.0])  # fmt: skip

FIRST_LEVEL = 4
"""The index of L1/L2 among the disc planes."""
SACRUM = FIRST_LEVEL + 4
"""The index of L5/S1: bones below it are the sacrum."""
PLANES = len(TILT_DEG)
BENDING_MM = np.float32(0.9)


@dataclass(frozen=True, kw_only=True, eq=False)
class Spine:
    """A spine with its narrowings.

    Args:
        centres_mm: Disc centres in the patient (LPS), (planes, 3).
        up: Unit normals of the disc planes, towards the head, (planes, 3).
        back: Unit vectors in the disc planes, towards the back, (planes, 3).
        leftwards: Unit vector to the patient's left, (3,).
        size: Scale of this person, about 1; spine coordinates are in mm of a person of size 1.
        disc_mm: Disc heights, (planes,).
        dryness: Degeneration of each disc, from 0 to 1, drawn apart from every narrowing, (planes,).
        closing: By target, how far it is closed at each disc plane, from 0 to 1, (planes,).
        fat_mm: Thickness of the fat under the skin of the back.
        muscle: Bulk of the muscles, about 1.
        streaks: Share of fat in the back muscles, about 0.1 to 0.5.
        conus: Where the cord ends, in `place`.
        texture: Wave vectors and phases of the smooth random fields, (fields, 4).
    """

    centres_mm: np.ndarray
    up: np.ndarray
    back: np.ndarray
    leftwards: np.ndarray
    size: float
    disc_mm: Floats
    dryness: Floats
    closing: dict[Target, Floats]
    fat_mm: float
    muscle: float
    streaks: float
    conus: float
    texture: Floats

    @classmethod
    def draw(cls, rng: np.random.Generator, narrowings: np.ndarray) -> Self:
        """A random person with the given narrowings, (targets, levels) in grade units."""
        size = rng.uniform(0.94, 1.06)
        tilt = np.radians(TILT_DEG * rng.uniform(0.75, 1.2) + rng.normal(0, 1.2, PLANES))
        turned = _small_rotation(np.radians(rng.normal(0, 2.0, 3)))
        up = np.stack([np.zeros(PLANES), -np.sin(tilt), np.cos(tilt)], axis=1)
        back = np.stack([np.zeros(PLANES), np.cos(tilt), np.sin(tilt)], axis=1)
        scoliosis = rng.normal(0, 2.5) * np.sin(np.linspace(0, np.pi, PLANES) + rng.uniform(0, np.pi))
        centres = _stack_vertebrae(up, size * SPACING_MM)
        centres[:, 0] += scoliosis
        return cls(
            centres_mm=centres @ turned.T,
            up=up @ turned.T,
            back=back @ turned.T,
            leftwards=turned[:, 0],
            size=size,
            disc_mm=_float32(DISC_MM * rng.uniform(0.85, 1.1, PLANES)),
            dryness=_float32(np.clip(rng.beta(1.6, 1.6, PLANES) + np.linspace(-0.2, 0.15, PLANES), 0, 1)),
            closing=_closing_by_plane(narrowings),
            fat_mm=rng.uniform(6, 26),
            muscle=rng.uniform(0.88, 1.1),
            streaks=rng.uniform(0.05, 0.5),
            conus=rng.normal(3.75, 0.3),
            texture=_float32(np.concatenate([rng.normal(size=(24, 3)), rng.uniform(0, 6.28, (24, 1))], axis=1)),
        )

    def to_patient(self, plane: int, *, left: float, behind: float, above: float) -> np.ndarray:
        """A point near a disc plane in patient coordinates, LPS in mm, (3,)."""
        offset = left * self.leftwards + behind * self.back[plane] + above * self.up[plane]
        straight = self.centres_mm[plane] + self.size * offset
        bent_left, bent_back = self._bending(PixelGrid.of_point(straight))
        return np.asarray(straight - self.size * (bent_left * self.leftwards + bent_back * self.back[plane]))

    def locate(self, grid: PixelGrid) -> SpineCoordinates:
        """Spine coordinates of all pixels of a grid, row by row."""
        near = self._planes_near(grid)
        over = self._distances(grid, self.up[near], self.centres_mm[near])
        behind = self._distances(grid, self.back[near], self.centres_mm[near])
        upper = np.clip(np.count_nonzero(over < 0, axis=0) - 1, 0, len(over) - 2)
        # Where the values of each pixel's upper and lower plane stand in the flat arrays.
        of_upper = upper * over.shape[1] + np.arange(over.shape[1])
        of_lower = of_upper + over.shape[1]
        bent_left, bent_back = self._bending(grid)
        left = grid.along(self.leftwards[None, :] / self.size)[0] + bent_left
        upper += near.start
        return SpineCoordinates(
            upper=upper,
            below_upper=-over.take(of_upper),
            over_lower=over.take(of_lower),
            behind_upper=behind.take(of_upper) + bent_back,
            behind_lower=behind.take(of_lower) + bent_back,
            left_upper=left - self.middle.take(upper),
            left_lower=left - self.middle.take(upper + 1),
            height=grid.along(np.array([[0.0, 0.0, 1 / self.size]]))[0],
        )

    def moved(self, at: SpineCoordinates, offset_mm: np.ndarray) -> SpineCoordinates:
        """The coordinates after all points have moved by a few mm, (3,), without looking for their planes again."""
        offset = offset_mm / self.size
        up, back = _float32(self.up @ offset), _float32(self.back @ offset)
        leftwards = float(self.leftwards @ offset)
        return SpineCoordinates(
            upper=at.upper,
            below_upper=at.below_upper - up.take(at.upper),
            over_lower=at.over_lower + up.take(at.upper + 1),
            behind_upper=at.behind_upper + back.take(at.upper),
            behind_lower=at.behind_lower + back.take(at.upper + 1),
            left_upper=at.left_upper + leftwards,
            left_lower=at.left_lower + leftwards,
            height=at.height + float(offset[2]),
        )

    @cached_property
    def middle(self) -> Floats:
        """How far each disc centre lies to the left, in mm of a person of size 1, (planes,)."""
        return _float32(self.centres_mm @ self.leftwards / self.size)

    def _bending(self, grid: PixelGrid) -> tuple[Floats, Floats]:
        """How far everything is moved to the left and backwards: no body is made of straight lines, whatever its grades."""
        x, y, z = grid.along(np.eye(3))
        to_left = waves((x, y, z), self.texture[:2], (70.0, 70.0, 90.0))
        to_back = waves((x, y, z), self.texture[2:4], (70.0, 70.0, 90.0))
        return BENDING_MM * to_left, BENDING_MM * to_back

    def _planes_near(self, grid: PixelGrid) -> slice:
        """The disc planes that cross the grid, and one on each side."""
        over = np.sum((grid.corners_mm[:, None, :] - self.centres_mm) * self.up, axis=2)  # (corners, planes)
        passed, ahead = (over < 0).all(axis=0), (over >= 0).all(axis=0)
        first = min(int(np.argmin(passed)), PLANES - 1) - 1
        last = int(np.argmax(ahead)) if ahead.any() else PLANES - 1
        return slice(max(first, 0), max(last, first + 1, 1) + 1)

    def _distances(self, grid: PixelGrid, directions: np.ndarray, centres_mm: np.ndarray) -> Floats:
        """Distances of all pixels from some disc centres along a direction of each, in mm of a person of size 1."""
        scaled = directions / self.size
        return grid.along(scaled) - _float32(np.sum(scaled * centres_mm, axis=1, keepdims=True))


def _stack_vertebrae(up: np.ndarray, spacing_mm: np.ndarray) -> np.ndarray:
    """Disc centres from the head down, the one of L3/L4 at the origin."""
    downwards = -(up[:-1] + up[1:])
    downwards /= np.linalg.norm(downwards, axis=1, keepdims=True)
    centres = np.concatenate([np.zeros((1, 3)), np.cumsum(downwards * spacing_mm[:, None], axis=0)])
    return np.asarray(centres - centres[FIRST_LEVEL + Level.L3_L4.rank])


def _closing_by_plane(narrowings: np.ndarray) -> dict[Target, Floats]:
    closing = {}
    for target, by_level in zip(TARGETS, effect(narrowings), strict=True):
        closing[target] = np.zeros(PLANES, dtype=np.float32)
        closing[target][FIRST_LEVEL : FIRST_LEVEL + len(Level)] = by_level
    return closing


def _float32(values: np.ndarray) -> Floats:
    return values.astype(np.float32)


def _small_rotation(angles: np.ndarray) -> np.ndarray:
    """Rotation by three small angles in radians about x, y and z, (3, 3)."""
    x, y, z = angles
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


CANAL = Target(Condition.SPINAL_CANAL_STENOSIS, Side.MIDLINE)
SIDES = (Side.LEFT, Side.RIGHT)
FORAMEN = {side: Target(Condition.NEURAL_FORAMINAL_NARROWING, side) for side in SIDES}
RECESS = {side: Target(Condition.SUBARTICULAR_STENOSIS, side) for side in SIDES}
