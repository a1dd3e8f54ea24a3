"""Checks on the tables alone: grades without points, points without grades, and labels with several points."""

from __future__ import annotations

import pandas as pd

from lsdc.dataset.audit.finding import in_words
from lsdc.dataset.tables import one_row_per_grade
from lsdc.labels import Condition

LABEL = ["study_id", "condition", "side", "level"]


def grades_without_point(grades: pd.DataFrame, points: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """Grades of studies that have the sequence, and on which nobody marked the place."""
    unmarked = _unmarked(grades, points)
    return unmarked[_has_sequence(unmarked, series)].assign(detail="Graded, but not marked.")


def grades_without_sequence(grades: pd.DataFrame, points: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """Grades without a point of studies that lack the sequence on which it would be marked."""
    unmarked = _unmarked(grades, points)
    lacking = unmarked[~_has_sequence(unmarked, series)]
    return lacking.assign(detail="Graded, but the study has no " + lacking["sequence"] + " series.")


def points_without_grade(points: pd.DataFrame) -> pd.DataFrame:
    """Points whose label is missing."""
    return points[points["severity"].isna()].assign(detail="Marked, but not graded.")


def marked_twice(points: pd.DataFrame) -> pd.DataFrame:
    """Points whose label has another point too, on the same image or on another one."""
    twice = points[points.duplicated(LABEL, keep=False)].sort_values([*LABEL, "series_id", "instance_number"])
    count = twice.groupby(LABEL)["x"].transform("size")
    return twice.assign(detail=in_words("One of {} points of this label.", count))


def _unmarked(grades: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    rows = one_row_per_grade(grades)
    graded = rows[rows["severity"].notna()]
    marked = pd.MultiIndex.from_frame(graded[LABEL]).isin(pd.MultiIndex.from_frame(points[LABEL]))
    sequences = {condition.value: condition.sequence.value for condition in Condition}
    unmarked = graded[~marked]
    return unmarked.assign(sequence=unmarked["condition"].map(sequences).astype("str"))


def _has_sequence(rows: pd.DataFrame, series: pd.DataFrame) -> pd.Series:
    there = pd.MultiIndex.from_frame(series[["study_id", "series_description"]])
    return pd.Series(pd.MultiIndex.from_frame(rows[["study_id", "sequence"]]).isin(there), index=rows.index)
