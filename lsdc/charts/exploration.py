"""The charts of a label table that need no choice, each with its title and sentence: what a report shows."""

from __future__ import annotations

import pandas as pd

from lsdc.charts import counts, sentences
from lsdc.charts.titled import TitledChart, TitledLayers
from lsdc.dataset.summary import studies_by_balancing
from lsdc.dataset.tables import balance, labelled


def conditions(table: pd.DataFrame) -> TitledLayers:
    """How many points there are of each condition and side."""
    return TitledChart(
        title="Conditions",
        name="conditions",
        chart=counts.condition_counts(table),
        sentence=sentences.about_conditions(table),
    )


def levels(table: pd.DataFrame) -> TitledLayers:
    """How many points there are at each level."""
    return TitledChart(
        title="Levels", name="levels", chart=counts.level_counts(table), sentence=sentences.about_levels(table)
    )


def severities(table: pd.DataFrame) -> TitledLayers:
    """How the points are graded; one of them is."""
    return TitledChart(
        title="Severity",
        name="severities",
        chart=counts.severity_counts(labelled(table)),
        sentence=sentences.about_severities(table),
    )


def severity_by_level(table: pd.DataFrame) -> TitledLayers:
    """How many points of each level have each grade; one of them has one."""
    graded = labelled(table)
    return TitledChart(
        title="Severity by level",
        name="severity_by_level",
        chart=counts.severity_heat_map(graded),
        sentence=sentences.about_commonest_cell(graded),
    )


def severity_shares_by_level(table: pd.DataFrame) -> TitledLayers:
    """The same as shares of the level."""
    graded = labelled(table)
    return TitledChart(
        title="Severity by level, as shares",
        name="severity_shares_by_level",
        chart=counts.severity_by_level(graded),
        sentence=sentences.about_severity_by_level(graded),
    )


def balancing(table: pd.DataFrame) -> list[TitledLayers]:
    """What balancing changes, and how many studies it drops; after it, the grades by level where a study remains.

    Args:
        table: A label table in which a point is graded, of all levels and grades.
    """
    graded = labelled(table)
    balanced, studies = balance(graded), studies_by_balancing(graded)
    charts: list[TitledLayers] = [
        TitledChart(
            title="Before and after balancing",
            name="balancing",
            chart=counts.balancing(graded, balanced),
            sentence=sentences.about_balancing(graded, balanced),
        ),
        TitledChart(
            title="Studies dropped by balancing one condition",
            name="dropped_by_balancing",
            chart=counts.dropped_by_balancing(studies),
            sentence=sentences.about_dropped_studies(studies),
        ),
    ]
    if balanced.empty:
        return charts
    after = TitledChart(
        title="Severity by level, after balancing",
        name="severity_by_level_balanced",
        chart=counts.severity_heat_map(balanced),
        sentence=sentences.about_commonest_cell(balanced),
    )
    return [*charts, after]


def exploration(table: pd.DataFrame) -> list[TitledLayers]:
    """The charts of a label table; those of severities are absent where none is graded."""
    charts = [conditions(table), levels(table)]
    if labelled(table).empty:
        return charts
    return [*charts, severities(table), severity_by_level(table), severity_shares_by_level(table), *balancing(table)]
