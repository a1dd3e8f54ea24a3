"""The phantom studies of a benchmark: those to learn from as DICOM files, those to be tested on as crops alone.

Both lie in a working folder, and are found there again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from recipe_cells import TrialData

from lsdc.config import SideChoice, TrainingConfig
from lsdc.dataset.phantom import PHANTOM_VERSION, write_phantom
from lsdc.files import write_with
from lsdc.preprocessing.cache import CropCache
from lsdc.preprocessing.phantom_crops import phantom_crops, phantom_rows

# The best possible accuracy is known for the balanced rows of one side, and every recipe can grade the left one.
TESTED_SIDE = SideChoice.LEFT

Say = Callable[[str], None]


def describe_data(data: TrialData) -> dict[str, int]:
    """What a result says of its data, and what must agree for it to count."""
    return {"generator_version": PHANTOM_VERSION, **asdict(data)}


def training_studies(data: TrialData, work: Path, say: Say) -> tuple[Path, float | None]:
    """The data set to learn from.

    Returns:
        Its folder, and the seconds that it took; None if it was there.
    """
    folder = work / f"phantom{PHANTOM_VERSION}-seed{data.train_seed}-{data.train_studies}"
    if folder.exists():
        return folder, None
    began = time.perf_counter()
    write_phantom(
        folder,
        studies=data.train_studies,
        seed=data.train_seed,
        report_progress=lambda done, all_: say(f"drawing the training studies: {done} of {all_}"),
    )
    return folder, time.perf_counter() - began


def tested_rows(config: TrainingConfig, data: TrialData) -> pd.DataFrame:
    """The rows that every recipe is tested on, with their true `narrowing`."""
    return phantom_rows(data.test_seed, range(data.test_studies), config.changed(side=TESTED_SIDE))


def tested_crops(config: TrainingConfig, data: TrialData, work: Path, say: Say) -> tuple[CropCache, float | None]:
    """The crops of `tested_rows` as this config wants them.

    Returns:
        The crops, and the seconds that they took; None if they were there.
    """
    crop = config.crop
    look = f"{crop.input_kind}-{crop.side_px}px-{crop.side_mm:g}mm-{crop.num_slices}slices"
    stored = work / f"test{PHANTOM_VERSION}-seed{data.test_seed}-{data.test_studies}-{look}.npz"
    seconds = None
    if not stored.exists():
        began = time.perf_counter()
        _store_crops(config, data, stored, say)
        seconds = time.perf_counter() - began
    index = tested_rows(config, data)
    with np.load(stored) as arrays:
        index[["x_fraction", "y_fraction"]] = arrays["fractions"]
        return CropCache(pixels=arrays["pixels"], mask=arrays["mask"], index=index, skipped=pd.DataFrame()), seconds


def _store_crops(config: TrainingConfig, data: TrialData, stored: Path, say: Say) -> None:
    crops = phantom_crops(
        data.test_seed,
        range(data.test_studies),
        config.changed(side=TESTED_SIDE),
        report_progress=lambda done, all_: say(f"drawing the test studies: {done} of {all_}"),
    )
    fractions = crops.index[["x_fraction", "y_fraction"]].to_numpy()
    write_with(stored, lambda path: np.savez(path, pixels=crops.pixels, mask=crops.mask, fractions=fractions))
