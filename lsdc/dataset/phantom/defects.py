"""Planted defects of a data set, with the list of them: what an audit must find."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

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

Row = dict[Any, Any]

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
        points: Rows of train_label_coordinates.csv.
        defects: How many of each kind; kinds of images are not looked at.
        seed: Of the data set.

    Returns:
        The spoilt points, and what was done as rows of `COLUMNS`: as the spoilt points say it, and for a lost point as
        it was.

    Raises:
        ConfigError: If there are too few points for so many defects.
    """
    rng = np.random.default_rng([seed, 1])
    rows: list[Row] = points.to_dict("records")
    row_of = {(row["study_id"], row["condition"], row["level"]): number for number, row in enumerate(rows)}
    spoilt = [dict(row) for row in rows]
    planted: list[Row] = []
    lost: set[int] = set()
    unspoilt = set(range(len(rows)))
    for name in POINT_DEFECTS:
        pairs = [(number, _partner(name, rows[number], row_of, rng)) for number in rng.permutation(len(rows)).tolist()]
        for number, partner in _first_unspoilt(pairs, unspoilt, name, defects.get(name, 0)):
            spoilt[number].update({key: rows[partner][key] for key in PLACE})
            planted.append(_listed(name, spoilt[number]))
            if name == "swapped_sides":
                spoilt[partner].update({key: rows[number][key] for key in PLACE})
                planted.append(_listed(name, spoilt[partner]))
            if name == "missing_points":
                lost.add(number)
    kept = [row for number, row in enumerate(spoilt) if number not in lost]
    return pd.DataFrame(kept, columns=points.columns), pd.DataFrame(planted, columns=COLUMNS)


def spoil_images(folder: Path, points: pd.DataFrame, defects: Mapping[str, int], *, seed: int) -> pd.DataFrame:
    """Spoil images on which points lie, each at most once, and say which, as rows of `COLUMNS`.

    Raises:
        ConfigError: If there are too few images for so many defects.
    """
    rng = np.random.default_rng([seed, 2])
    images: list[Row] = points[IMAGE].drop_duplicates().to_dict("records")
    order = [(number, number) for number in rng.permutation(len(images)).tolist()]
    planted: list[Row] = []
    unspoilt = set(range(len(images)))
    for name in IMAGE_DEFECTS:
        for number, _ in _first_unspoilt(order, unspoilt, name, defects.get(name, 0)):
            study, series, instance = (images[number][key] for key in IMAGE)
            path = folder / "train_images" / str(study) / str(series) / f"{instance}.dcm"
            content = path.read_bytes()
            path.write_bytes(content[: len(content) // 2] if name == "cut_file" else b"")
            planted.append({"defect": name, **images[number]})
    return pd.DataFrame(planted, columns=COLUMNS)


def _partner(name: str, point: Row, row_of: Mapping[tuple[int, str, str], int], rng: np.random.Generator) -> int | None:
    """The row whose place a spoilt point takes; None if there is none."""
    condition, level = point["condition"], point["level"]
    match name:
        case "wrong_level":
            rank = Level(level).rank + int(rng.choice([-1, 1]))
            neighbour = list(Level)[rank] if 0 <= rank < len(Level) else None
            return row_of.get((point["study_id"], condition, neighbour)) if neighbour else None
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


def _listed(name: str, point: Row) -> Row:
    target = next(target for target in TARGETS if target.title == point["condition"])
    return {
        "defect": name,
        **{key: point[key] for key in IMAGE},
        "condition": target.condition.value,
        "side": target.side.value,
        "level": point["level"],
    }
