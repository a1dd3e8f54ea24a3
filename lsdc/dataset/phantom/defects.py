"""Planted defects of a data set, with the list of them: what an audit must find."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from lsdc.errors import ConfigError
from lsdc.labels import TARGETS, Level

POINT_DEFECTS = {
    "wrong_level": "A point marks a structure one level off.",
    "swapped_sides": "The points of the left and the right side of a level are exchanged.",
    "missing_points": "A grade has no point.",
}
IMAGE_DEFECTS = {
    "empty_file": "A labelled image has no bytes.",
    "cut_file": "A labelled image ends in the middle.",
}
DEFECTS = {**POINT_DEFECTS, **IMAGE_DEFECTS}
COLUMNS = ["defect", "study_id", "series_id", "instance_number", "condition", "side", "level"]
IMAGE = ["study_id", "series_id", "instance_number"]
PLACE = ["series_id", "instance_number", "x", "y"]

# How many of each kind `all` plants.
OF_EACH = 2


def parse_defects(text: str) -> dict[str, int]:
    """Read a choice of defects, such as `all` or `wrong_level:3,empty_file:1`.

    Raises:
        ConfigError: If a name is not in `DEFECTS` or a count is not a positive whole number.
    """
    if text.strip() == "all":
        return dict.fromkeys(DEFECTS, OF_EACH)
    chosen: dict[str, int] = {}
    for part in text.split(","):
        name, _, count = (piece.strip() for piece in part.partition(":"))
        if name not in DEFECTS or not count.isdecimal() or int(count) < 1 or name in chosen:
            raise ConfigError(
                f"“{part.strip()}” is not a choice of defects.",
                f"Expected all, or name:count separated by commas, each name once: {', '.join(DEFECTS)}.",
                "Write for example wrong_level:3,empty_file:1.",
            )
        chosen[name] = int(count)
    return chosen


def plant_in_points(
    points: pd.DataFrame, defects: Mapping[str, int], *, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Spoil points, each at most once.

    Args:
        points: Rows of train_label_coordinates.csv, with the index 0, 1, ….
        defects: How many of each kind; kinds of images are not looked at.
        seed: Of the data set.

    Returns:
        The spoilt points, and what was done as rows of `COLUMNS`: as the spoilt points say it, and for a lost point as
        it was.

    Raises:
        ConfigError: If there are too few points for so many defects.
    """
    rng = np.random.default_rng([seed, 1])
    row_of = {
        key: row for row, key in enumerate(zip(points["study_id"], points["condition"], points["level"], strict=True))
    }
    planted, unspoilt = [], set(points.index)
    spoilt = points.copy()
    for name in POINT_DEFECTS:
        pairs = [(row, _partner(name, points.loc[row], row_of, rng)) for row in rng.permutation(points.index)]
        for row, partner in _first_unspoilt(pairs, unspoilt, name, defects.get(name, 0)):
            spoilt.loc[row, PLACE] = points.loc[partner, PLACE]
            if name == "swapped_sides":
                spoilt.loc[partner, PLACE] = points.loc[row, PLACE]
                planted.append(_listed(name, spoilt.loc[partner]))
            planted.append(_listed(name, spoilt.loc[row]))
            if name == "missing_points":
                spoilt = spoilt.drop(index=row)
    return spoilt.reset_index(drop=True), pd.DataFrame(planted, columns=COLUMNS)


def spoil_images(folder: Path, points: pd.DataFrame, defects: Mapping[str, int], *, seed: int) -> pd.DataFrame:
    """Spoil images on which points lie, each at most once, and say which, as rows of `COLUMNS`.

    Raises:
        ConfigError: If there are too few images for so many defects.
    """
    rng = np.random.default_rng([seed, 2])
    images = points[IMAGE].drop_duplicates(ignore_index=True)
    order = [(row, row) for row in rng.permutation(images.index)]
    planted, unspoilt = [], set(images.index)
    for name in IMAGE_DEFECTS:
        for row, _ in _first_unspoilt(order, unspoilt, name, defects.get(name, 0)):
            image = images.loc[row]
            path = (
                folder
                / "train_images"
                / str(image["study_id"])
                / str(image["series_id"])
                / f"{image['instance_number']}.dcm"
            )
            content = path.read_bytes()
            path.write_bytes(content[: len(content) // 2] if name == "cut_file" else b"")
            planted.append({"defect": name, **image})
    return pd.DataFrame(planted, columns=COLUMNS)


def _partner(
    name: str, point: pd.Series, row_of: Mapping[tuple[int, str, str], int], rng: np.random.Generator
) -> int | None:
    """The row whose place a spoilt point takes; None if there is none."""
    condition, level = point["condition"], point["level"]
    match name:
        case "wrong_level":
            levels = list(Level)
            rank = levels.index(level)
            level = levels[int(np.clip(rank + rng.choice([-1, 1]), 0, len(levels) - 1))]
            partner = row_of.get((point["study_id"], condition, level))
            return partner if level != point["level"] else None
        case "swapped_sides":
            other = {"Left": "Right", "Right": "Left"}.get(condition.split()[0])
            if other is None:
                return None
            return row_of.get((point["study_id"], f"{other} {condition.split(maxsplit=1)[1]}", level))
        case _:
            return row_of[point["study_id"], condition, level]


def _first_unspoilt(
    pairs: list[tuple[int, int | None]], unspoilt: set[int], name: str, count: int
) -> list[tuple[int, int]]:
    """The first `count` pairs that no defect has touched; they are taken out of `unspoilt`."""
    chosen: list[tuple[int, int]] = []
    for row, partner in pairs:
        if len(chosen) == count:
            break
        if partner is not None and {row, partner} <= unspoilt:
            unspoilt -= {row, partner}
            chosen.append((row, partner))
    if len(chosen) < count:
        raise ConfigError(
            f"Only {len(chosen)} of {count} defects “{name}” find a place.",
            "Every point and every image is spoilt at most once.",
            "Ask for fewer defects or for more studies.",
        )
    return chosen


def _listed(name: str, point: pd.Series) -> dict[str, object]:
    target = next(target for target in TARGETS if target.title == point["condition"])
    return {
        "defect": name,
        **point[IMAGE],
        "condition": target.condition.value,
        "side": target.side.value,
        "level": point["level"],
    }
