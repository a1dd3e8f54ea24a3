"""Planted defects of a data set, with the list of them: what an audit must find.

A level of a study is spoilt at most once, so that the points around a defect still say what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from lsdc.dataset.phantom.image_defects import (
    DEFECTS_BETWEEN_SAGITTAL,
    DEFECTS_OF_LABELLED,
    IMAGE_DEFECTS,
    is_between,
    spoil_image,
)
from lsdc.dataset.phantom.point_defects import POINT_DEFECTS, plan_point_defects
from lsdc.errors import ConfigError
from lsdc.labels import TARGETS, Level, Sequence, Target

TABLE_DEFECTS = {
    "missing_grades": "A point has no grade.",
    "wrong_description": "The descriptions of the two sagittal series of a study are exchanged.",
}
DEFECTS = {**POINT_DEFECTS, **TABLE_DEFECTS, **IMAGE_DEFECTS}
IMAGE = ["study_id", "series_id", "instance_number"]
COLUMNS = ["defect", *IMAGE, "condition", "side", "level"]

Row = dict[Any, Any]
# A level of a study, or `SERIES` of a series.
StudyLevel = tuple[int, str]
SERIES = "series"
Place = TypeVar("Place")

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


@dataclass(kw_only=True)
class Planter:
    """Spoils the tables and images of a data set, and remembers what was done.

    Args:
        folder: The data set, with its images.
        defects: How many of each kind.
        seed: Of the data set.
        slices: `IMAGE`, `cols` and `left_mm`, how far to the patient's left it begins, of every slice.

    Every method raises a ConfigError if there are too few places for so many defects.
    """

    folder: Path
    defects: Mapping[str, int]
    seed: int
    slices: pd.DataFrame
    planted: list[Row] = field(default_factory=list)
    _spoilt_levels: set[StudyLevel] = field(default_factory=set)

    def spoil_points(self, points: pd.DataFrame) -> pd.DataFrame:
        """The rows of train_label_coordinates.csv with defects; a lost point is listed as it was."""
        rng = np.random.default_rng([self.seed, 1])
        rows: list[Row] = points.to_dict("records")
        spoilt: list[Row | None] = [dict(row) for row in rows]
        for name in POINT_DEFECTS:
            plans = [plan for plan in plan_point_defects(name, rows, self.slices, rng) if plan]
            for plan in self._first_unspoilt(name, plans, lambda plan: {_level(rows[number]) for number in plan}):
                changes = {number: change for number, change in plan.items() if change != {}}
                for number, change in changes.items():
                    spoilt[number] = None if change is None else {**rows[number], **change}
                    self._list_point(name, spoilt[number] or rows[number])
        return pd.DataFrame([row for row in spoilt if row is not None], columns=points.columns)

    def spoil_grades(self, grades: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
        """The rows of train.csv without some grades that have a point."""
        spoilt = grades.set_index("study_id")
        rows: list[Row] = points.to_dict("records")
        graded = [
            row for row in rows if pd.notna(spoilt.loc[row["study_id"], _target(row).column(Level(row["level"]))])
        ]
        order = np.random.default_rng([self.seed, 3]).permutation(len(graded)).tolist()
        candidates = [graded[place] for place in order]
        for row in self._first_unspoilt("missing_grades", candidates, lambda row: {_level(row)}):
            spoilt.loc[row["study_id"], _target(row).column(Level(row["level"]))] = None
            self._list_point("missing_grades", row)
        return spoilt.reset_index()

    def spoil_descriptions(self, series: pd.DataFrame) -> pd.DataFrame:
        """The rows of train_series_descriptions.csv, of some studies with exchanged descriptions."""
        sagittal = series[series["series_description"] != Sequence.AXIAL_T2]
        pairs = [pair for _, pair in sagittal.groupby("study_id") if len(pair) == 2]
        order = np.random.default_rng([self.seed, 4]).permutation(len(pairs)).tolist()
        spoilt = series.copy()
        for pair in self._first_unspoilt("wrong_description", [pairs[place] for place in order], lambda _: set()):
            spoilt.loc[pair.index, "series_description"] = pair["series_description"].tolist()[::-1]
            rows = pair[["study_id", "series_id"]].to_dict("records")
            self.planted += [{"defect": "wrong_description", **row} for row in rows]
        return spoilt

    def spoil_images(self, points: pd.DataFrame) -> None:
        """Spoil files, at most one of each series: of points at unspoilt levels, or without points, as the defect asks."""
        rng = np.random.default_rng([self.seed, 2])
        levels: dict[tuple[int, ...], set[StudyLevel]] = {}
        for row in points.to_dict("records"):
            levels.setdefault(tuple(row[key] for key in IMAGE), set()).add(_level(row))
        images = [
            tuple(image) for image in self.slices[IMAGE].iloc[rng.permutation(len(self.slices))].to_numpy().tolist()
        ]

        def places(image: tuple[int, ...]) -> set[StudyLevel]:
            return {(image[1], SERIES), *levels.get(image, ())}

        for name in IMAGE_DEFECTS:
            suitable = (image for image in images if (image in levels) == (name in DEFECTS_OF_LABELLED))
            candidates = (
                filter(lambda image: is_between(image, self.slices), suitable)
                if name in DEFECTS_BETWEEN_SAGITTAL
                else suitable
            )
            for image in self._first_unspoilt(name, candidates, places):
                spoilt = spoil_image(name, self.folder, image, self.slices)
                self.planted += [{"defect": name, **dict(zip(IMAGE, one, strict=True))} for one in spoilt]

    def list_planted(self) -> pd.DataFrame:
        """What was done, as rows of `COLUMNS`: points as the spoilt tables say them."""
        return pd.DataFrame(self.planted, columns=COLUMNS)

    def _first_unspoilt(
        self, name: str, candidates: Iterable[Place], levels_of: Callable[[Place], set[StudyLevel]]
    ) -> list[Place]:
        """As many candidates as are wanted whose levels no defect has touched; they count as touched then."""
        chosen: list[Place] = []
        count = self.defects.get(name, 0)
        for candidate in candidates:
            if len(chosen) == count:
                break
            levels = levels_of(candidate)
            if not levels & self._spoilt_levels:
                self._spoilt_levels |= levels
                chosen.append(candidate)
        if len(chosen) < count:
            raise ConfigError(
                f"Only {len(chosen)} of {count} defects “{name}” find a place.",
                "Every level of a study is spoilt at most once.",
                "Ask for fewer defects or for more studies.",
            )
        return chosen

    def _list_point(self, name: str, point: Row) -> None:
        target = _target(point)
        where = {key: point[key] for key in (*IMAGE, "level")}
        self.planted.append({"defect": name, **where, "condition": target.condition.value, "side": target.side.value})


def _level(point: Row) -> StudyLevel:
    return point["study_id"], point["level"]


def _target(point: Row) -> Target:
    return next(target for target in TARGETS if target.title == point["condition"])
