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


def made_up_rows(folder: Path, config: TrainingConfig, *, training: int, validation: int) -> Rows:
    """Write crops of noise to a file, and open them as the rows of a run.

    Args:
        folder: Where `pixels.npy` is written.
        config: Shape of the crops.
        training: Training rows.
        validation: Validation rows.
    """
    count, slices = training + validation, config.crop.num_slices
    random = np.random.default_rng(0)
    shape = (count, slices, config.image_px, config.image_px)
    written = open_memmap(folder / "pixels.npy", mode="w+", dtype=np.uint8, shape=shape)
    for start in range(0, count, _ROWS_AT_ONCE):
        part = written[start : start + _ROWS_AT_ONCE]
        part[:] = np.frombuffer(random.bytes(part.size), np.uint8).reshape(part.shape)
    written.flush()
    target = config.targets[0]
    index = pd.DataFrame(
        {
            "condition": target.condition.value,
            "side": target.side.value,
            "level": random.choice([level.value for level in Level], count),
            "severity": pd.Categorical.from_codes(random.integers(0, 3, count), dtype=SEVERITY_TYPE),
            "x_fraction": random.random(count),
            "y_fraction": random.random(count),
        }
    )
    cache = CropCache(
        pixels=np.load(folder / "pixels.npy", mmap_mode="r"),
        mask=np.ones((count, slices), np.bool_),
        index=index,
        skipped=pd.DataFrame({"image": [], "reason": []}),
    )
    split = np.repeat([Part.TRAIN.value, Part.VALIDATION.value], [training, validation])
    return Rows(cache=cache, split=split)
