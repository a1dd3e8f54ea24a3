"""The charts of what goes with what within a patient, each with its title and sentence."""

from __future__ import annotations

import pandas as pd

from lsdc.charts import sentences
from lsdc.charts.associations import completeness_map, odds_ratio_map, sides_matrix, step_bars
from lsdc.charts.titled import NoChart, TitledChart, TitledLayers
from lsdc.dataset.associations import (
    agreement,
    completeness,
    left_and_right,
    log_odds_ratios,
    narrowed_by,
    steps_along_spine,
)
from lsdc.dataset.tables import labelled


def patients(table: pd.DataFrame, grades: pd.DataFrame) -> list[TitledLayers | NoChart]:
    """What is narrowed together, left against right, what is graded at all, and how grades change along the spine.

    Args:
        table: A label table in which a point is graded. What is narrowed is compared with what is not, so that it holds all
            grades.
        grades: Those of train.csv, as `one_row_per_grade` gives them; also those of which nothing was marked.
    """
    graded = labelled(table)
    return [
        _together(graded, "target", "Conditions that go together"),
        _together(graded, "level", "Levels that go together"),
        _sides(graded),
        _completeness(grades),
        _steps(graded),
    ]


def _together(graded: pd.DataFrame, by: str, title: str) -> TitledLayers | NoChart:
    studies = narrowed_by(graded, by)
    pairs = log_odds_ratios(studies)
    if pairs.empty:
        return NoChart(title=title, reason="At least two are needed, among more of the points.")
    return TitledChart(
        title=title,
        name=f"together_by_{by}",
        chart=odds_ratio_map(pairs, studies.columns.tolist()),
        sentence=sentences.about_odds(pairs),
    )


def _sides(graded: pd.DataFrame) -> TitledLayers | NoChart:
    title = "Left against right, of the same level"
    pairs = left_and_right(graded)
    if pairs.empty:
        return NoChart(title=title, reason="No level is graded on both sides among these points.")
    return TitledChart(
        title=title,
        name="left_and_right",
        chart=sides_matrix(pairs),
        sentence=sentences.about_sides(pairs, agreement(pairs)),
    )


def _completeness(grades: pd.DataFrame) -> TitledLayers | NoChart:
    title = "What is graded, marked or not: studies, and their share"
    if grades.empty:
        return NoChart(title=title, reason="The conditions of these points are graded on another sequence.")
    graded_of = completeness(grades)
    return TitledChart(
        title=title,
        name="completeness",
        chart=completeness_map(graded_of),
        sentence=sentences.about_completeness(graded_of),
    )


def _steps(graded: pd.DataFrame) -> TitledLayers | NoChart:
    title = "Along the spine: the worst grade at the next level below"
    steps = steps_along_spine(graded)
    if steps.empty:
        return NoChart(title=title, reason="No study has grades at two neighbouring levels among these points.")
    return TitledChart(
        title=title, name="along_the_spine", chart=step_bars(steps), sentence=sentences.about_steps(steps)
    )
