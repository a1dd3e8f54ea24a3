"""What the report of a data set says of its images: places, series and crops."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lsdc.charts.exploration_page import Images, KindOfCrops, SheetCrop
from lsdc.charts.image_exploration import brightness
from lsdc.config import PRESETS
from lsdc.dataset.contact_sheet import describe_point, point_words
from lsdc.dataset.dicom import read_slice
from lsdc.dataset.image_facts import describe_series, place_points
from lsdc.dataset.tables import load_series_table
from lsdc.errors import LsdcError
from lsdc.labels import Severity
from lsdc.preprocessing.crop_statistics import mean_brightness, mean_crops, sample_groups, severe_auc
from lsdc.preprocessing.point_crops import crop_of_point

# Crops of all kinds and grades together, and those of one kind and grade that are shown one by one.
SAMPLED, SHOWN, SEED = 900, 12, 0

Cut = tuple[dict[str, Any], np.ndarray]


def explore_images(root: Path, table: pd.DataFrame, headers: pd.DataFrame) -> Images:
    """All of it.

    Args:
        root: The data set.
        table: Its label table.
        headers: Of all its images, as `scan_headers` gives them.
    """
    samples = sample_groups(table, PRESETS["recommended"].crop, SAMPLED, SEED)
    cut = {title: list(_cut(root, sample)) for title, sample in samples.items()}
    return Images(
        headers=headers,
        series=describe_series(load_series_table(root), headers),
        # Which part of a split a point is in, no chart of the report asks.
        points=place_points(table.assign(split=None), headers),
        crops=[_kind(title, crops) for title, crops in cut.items() if crops],
    )


def _cut(root: Path, sample: pd.DataFrame) -> Iterator[Cut]:
    """The points whose crop can be cut, each with it; the audit names the images of the others."""
    # Points of one image lie beside each other.
    read = functools.lru_cache(maxsize=1)(read_slice)
    for point in sample.to_dict("records"):
        row = {str(name): value for name, value in point.items()}
        try:
            yield row, crop_of_point(read(root / row["image"]), row, PRESETS["recommended"].crop)
        except (LsdcError, OSError):
            continue


def _kind(title: str, cut: list[Cut]) -> KindOfCrops:
    crops, words = [pixels for _, pixels in cut], [str(point["severity"]) for point, _ in cut]
    values = mean_brightness(crops)
    means = mean_crops(crops, words)
    return KindOfCrops(
        title=title,
        means=means,
        counts={severity: words.count(severity) for severity in means},
        brightness=brightness(
            title, pd.DataFrame({"severity": words, "brightness": values}), severe_auc(values, words)
        ),
        sheet={severity: _sheet(cut, severity) for severity in means},
    )


def _sheet(cut: list[Cut], severity: Severity) -> list[SheetCrop]:
    return [
        SheetCrop(pixels=pixels, title=describe_point(point), words=point_words(point, several=False))
        for point, pixels in cut
        if point["severity"] == severity
    ][:SHOWN]
