"""What is changed at random in training, drawn in NumPy from (seed, epoch, step); layers of the graph apply it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lsdc.config import InputKind, TrainingConfig

Draws = dict[str, NDArray[Any]]


def draw_augmentation(config: TrainingConfig, groups: NDArray[np.intp], *, epoch: int, step: int) -> Draws:
    """Draw what the layers of `lsdc.models.augmentation` apply to the rows of one step.

    The same arguments give the same draws, so that a resumed run repeats them.

    Args:
        config: Seed and strengths.
        groups: int (rows,); only rows of one group are blended with each other.
        epoch: Of the run, from 0.
        step: Of the epoch, from 0.

    Returns:
        - `transform` float32 (rows, 8): a0 a1 a2 b0 b1 b2 0 0, so that the view at (x, y) shows the image at
          (a0 x + a1 y + a2, b0 x + b1 y + b2), in pixels.
        - `intensity` float32 (rows, 2): factor of the contrast, and what is added to the brightness.
        - `partner` int32 (rows,): the row to blend with, and `share` float32 (rows,): what of the image's own remains.
        - `reach` int64 (rows,): how far from the point's own slice neighbours are seen.
    """
    random = np.random.default_rng([config.seed, epoch, step])
    count = len(groups)
    return {
        "transform": _draw_transforms(config, count, random),
        "intensity": random.uniform(-config.augment_intensity, config.augment_intensity, (count, 2)).astype(np.float32)
        + np.array([1, 0], np.float32),
        "reach": _draw_reach(config, count, random),
        **_draw_partners(config, groups, random),
    }


def no_augmentation(config: TrainingConfig, count: int) -> Draws:
    """The draws that change nothing."""
    return {
        "transform": np.tile(np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float32), (count, 1)),
        "intensity": np.tile(np.array([1, 0], np.float32), (count, 1)),
        "reach": np.full(count, config.neighbours),
        "partner": np.arange(count, dtype=np.int32),
        "share": np.ones(count, np.float32),
    }


def _draw_transforms(config: TrainingConfig, count: int, random: np.random.Generator) -> NDArray[np.float32]:
    magnification = 1.0 + random.uniform(-config.augment_scale, config.augment_scale, count)
    angle = np.deg2rad(random.uniform(-config.augment_rotation, config.augment_rotation, count))
    shift = random.uniform(-config.augment_shift, config.augment_shift, (2, count)) * config.image_px
    jitter_mm = random.normal(0, 1, (2, count)) * config.point_jitter_mm
    if config.input_kind is InputKind.CROP:
        shift += jitter_mm * config.image_px / config.crop_mm
    # Rotation and magnification keep the middle of the image where it is.
    centre = (config.image_px - 1) / 2
    cosine, sine = np.cos(angle) / magnification, np.sin(angle) / magnification
    zero = np.zeros(count)
    rows = [
        *(cosine, -sine, centre - cosine * centre + sine * centre + shift[0]),
        *(sine, cosine, centre - sine * centre - cosine * centre + shift[1]),
        *(zero, zero),
    ]
    return np.stack(rows, axis=1).astype(np.float32)


def _draw_reach(config: TrainingConfig, count: int, random: np.random.Generator) -> NDArray[np.int64]:
    if not config.neighbours:
        return np.zeros(count, np.int64)
    fewer = random.random(count) < config.hide_neighbours
    return np.where(fewer, random.integers(0, config.neighbours, count), config.neighbours)


def _draw_partners(config: TrainingConfig, groups: NDArray[np.intp], random: np.random.Generator) -> Draws:
    partner = np.arange(len(groups), dtype=np.int32)
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        partner[members] = random.permutation(members)
    share = random.beta(config.mixup, config.mixup, len(groups)) if config.mixup else np.ones(len(groups))
    # The larger share is the row's own, so that mask and position are those of what is mostly seen.
    return {"partner": partner, "share": np.maximum(share, 1 - share).astype(np.float32)}
