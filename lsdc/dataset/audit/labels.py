"""Checks on the tables alone: grades without points, and points without grades."""

from __future__ import annotations

import pandas as pd

from lsdc.labels import TARGETS, Level


def grades_without_point(grades: pd.DataFrame, points: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """Grades of studies that have the sequence, and on which nobody marked the place."""
    sequences = set(zip(series["study_id"], series["series_description"], strict=True))
    named = ["study_id", "condition", "side", "level"]
    marked = set(points[named].itertuples(index=False, name=None))
    rows = []
    for target in TARGETS:
        for level in Level:
            words = (target.condition.value, target.side.value, level.value)
            graded = grades.loc[grades[target.column(level)] != "", "study_id"].tolist()
            rows += [
                (study, *words)
                for study in graded
                if (study, *words) not in marked and (study, target.condition.sequence.value) in sequences
            ]
    return pd.DataFrame(rows, columns=named).assign(detail="Graded, but not marked.")


def points_without_grade(points: pd.DataFrame) -> pd.DataFrame:
    """Points whose label is missing."""
    return points[points["severity"].isna()].assign(detail="Marked, but not graded.")
