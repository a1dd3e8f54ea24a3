"""Crops of phantom studies that are drawn, cut and forgotten: no image is written, so a benchmark can have thousands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import joblib
import numpy as np
import pandas as pd

from lsdc import labels
from lsdc.config import CropConfig, TrainingConfig
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.phantom.dicom_files import slice_as_read
from lsdc.dataset.phantom.label_rows import label_rows
from lsdc.dataset.phantom.study import generate_study, study_id
from lsdc.dataset.series import neighbours_among
from lsdc.dataset.tables import rows_for_training
from lsdc.labels import Side
from lsdc.preprocessing.cache import TOLD, CropCache
from lsdc.preprocessing.crops import extract_stack, point_fractions
from lsdc.preprocessing.cutting import image_facts

# As `write_phantom` draws them.
IMAGE_PX = 256


def phantom_rows(
    seed: int, indices: Sequence[int], config: TrainingConfig, *, image_px: int = IMAGE_PX
) -> pd.DataFrame:
    """The rows of `rows_for_training` over some studies, with their true `narrowing`; no image is drawn."""
    studies = (generate_study(seed, index, image_px=image_px, sequences=()) for index in indices)
    return rows_for_training(label_rows(studies), config)


def phantom_crops(
    seed: int,
    indices: Sequence[int],
    config: TrainingConfig,
    *,
    image_px: int = IMAGE_PX,
    workers: int = 0,
    report_progress: Callable[[int, int], None] | None = None,
) -> CropCache:
    """What `build_crop_cache` makes of these studies after `write_phantom`, in memory.

    Args:
        seed: Of the data set.
        indices: Of the studies in it.
        config: Which rows, and how their crops are cut.
        image_px: Side of the images.
        workers: Processes; 0 takes one per core.
        report_progress: Called with the studies done and all studies that have rows.

    Returns:
        Its `index` has the column `narrowing` besides; nothing is skipped.
    """
    table = phantom_rows(seed, indices, config, image_px=image_px).assign(**dict.fromkeys(TOLD, 0.0))
    crop = config.crop
    pixels = np.empty((len(table), crop.num_slices, crop.side_px, crop.side_px), np.uint8)
    mask = np.empty(pixels.shape[:2], bool)
    index_of = {study_id(seed, index): index for index in indices}
    of_study = [rows for _, rows in table.groupby("study_id")]
    cut = joblib.Parallel(n_jobs=workers or -1, return_as="generator")(
        joblib.delayed(_cut_study)(rows, crop, seed, index_of[rows["study_id"].iloc[0]], image_px) for rows in of_study
    )
    for done, (rows, (stacks, masks, told)) in enumerate(zip(of_study, cut, strict=True), start=1):
        pixels[rows.index], mask[rows.index] = stacks, masks
        table.loc[rows.index, TOLD] = told
        if report_progress:
            report_progress(done, len(of_study))
    return CropCache(pixels=pixels, mask=mask, index=table, skipped=pd.DataFrame(columns=["image", "reason"]))


def _cut_study(
    rows: pd.DataFrame, config: CropConfig, seed: int, index: int, image_px: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stacks, masks and what `TOLD` names of the rows of one study, in their order."""
    sequences = {labels.Sequence(name) for name in rows["series_description"]}
    study = generate_study(seed, index, image_px=image_px, sequences=sequences)
    slices = {
        (series.series_id, image.instance_number): slice_as_read(study.study_id, series, image)
        for series in study.series
        for image in series.slices
    }
    stacks, masks, told = [], [], []
    columns = (rows[name].tolist() for name in ("series_id", "instance_number", "side", "x", "y"))
    for series_id, instance_number, side, x, y in zip(*columns, strict=True):
        own = slices[series_id, instance_number]
        point, mirror = PixelPoint.from_xy(x, y), config.mirror_right and side == Side.RIGHT
        around = neighbours_among(list(slices.values()), own, config.neighbours)
        stack, mask = extract_stack(around, point, config, mirror=mirror)
        stacks.append(stack)
        masks.append(mask)
        told.append((*point_fractions(own, point, mirror=mirror), *image_facts(own)))
    return np.stack(stacks), np.stack(masks), np.array(told)
