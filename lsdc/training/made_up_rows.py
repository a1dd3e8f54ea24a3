"""Rows of random bytes, as a run reads them from its crop cache: for measuring, not for learning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.lib.format import open_memmap

from lsdc.config import TrainingConfig
from lsdc.dataset.splits import Part
from lsdc.dataset.tables import SEVERITY_TYPE
from lsdc.labels import Level
from lsdc.preprocessing.cache import CropCache
from lsdc.training.rows import Rows

_ROWS_AT_ONCE = 1024


def write_noise(folder: Path, config: TrainingConfig, *, rows: int) -> None:
    """Write crops of random bytes, of the shape that the config asks for.

    Args:
        folder: Gets `pixels.npy`.
        config: Shape of the crops.
        rows: How many.
    """
    random = np.random.default_rng(0)
    shape = (rows, config.crop.num_slices, config.image_px, config.image_px)
    written = open_memmap(folder / "pixels.npy", mode="w+", dtype=np.uint8, shape=shape)
    for start in range(0, rows, _ROWS_AT_ONCE):
        part = written[start : start + _ROWS_AT_ONCE]
        part[:] = np.frombuffer(random.bytes(part.size), np.uint8).reshape(part.shape)
    written.flush()


def open_made_up_rows(folder: Path, config: TrainingConfig, *, validation: int) -> Rows:
    """Open such crops as the rows of a run, see `made_up_rows`.

    Args:
        folder: Where `pixels.npy` lies.
        config: Names the condition and side that all points have.
        validation: How many rows validate; the others are learnt from.
    """
    return made_up_rows(np.load(folder / "pixels.npy", mmap_mode="r"), config, validation=validation)


def repeated_noise(config: TrainingConfig, *, rows: int) -> np.ndarray:
    """One crop of random bytes, seen so many times: it takes the memory of one. uint8 (rows, slices, px, px)."""
    shape = (config.crop.num_slices, config.image_px, config.image_px)
    crop = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    return np.broadcast_to(crop, (rows, *shape))


def made_up_rows(pixels: np.ndarray, config: TrainingConfig, *, validation: int) -> Rows:
    """Crops as the rows of a run, with labels drawn at random.

    Args:
        pixels: uint8 (rows, slices, px, px).
        config: Names the condition and side that all points have.
        validation: How many rows validate; the others are learnt from.
    """
    random = np.random.default_rng(1)
    count, slices = pixels.shape[:2]
    target = config.targets[0]
    index = pd.DataFrame(
        {
            "condition": target.condition.value,
            "side": target.side.value,
            "level": random.choice([level.value for level in Level], count),
            "severity": pd.Categorical.from_codes(np.resize([0, 1, 2], count).tolist(), dtype=SEVERITY_TYPE),
            "x_fraction": random.random(count),
            "y_fraction": random.random(count),
        }
    )
    cache = CropCache(
        pixels=pixels,
        mask=np.ones((count, slices), np.bool_),
        index=index,
        skipped=pd.DataFrame({"image": [], "reason": []}),
    )
    return Rows(
        cache=cache, split=np.repeat([Part.TRAIN.value, Part.VALIDATION.value], [count - validation, validation])
    )
