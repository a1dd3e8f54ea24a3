"""The charts of a label table that need no choice, each with its title and sentence: what a report shows."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt
import pandas as pd

from lsdc.charts import counts, sentences
from lsdc.dataset.summary import studies_by_balancing
from lsdc.dataset.tables import balance, labelled


@dataclass(frozen=True, kw_only=True, eq=False)
class TitledChart:
    """A chart, and one sentence that says what it shows."""

    title: str
    chart: alt.LayerChart
    sentence: str


def conditions(table: pd.DataFrame) -> TitledChart:
    """How many points there are of each condition and side."""
    return TitledChart(
        title="Conditions", chart=counts.condition_counts(table), sentence=sentences.about_conditions(table)
    )


def levels(table: pd.DataFrame) -> TitledChart:
    """How many points there are at each level."""
    return TitledChart(title="Levels", chart=counts.level_counts(table), sentence=sentences.about_levels(table))


def severities(table: pd.DataFrame) -> TitledChart:
    """How the points are graded; one of them is."""
    return TitledChart(
        title="Severity", chart=counts.severity_counts(labelled(table)), sentence=sentences.about_severities(table)
    )


def severity_by_level(table: pd.DataFrame) -> TitledChart:
    """How many points of each level have each grade; one of them has one."""
    graded = labelled(table)
    return TitledChart(
        title="Severity by level",
        chart=counts.severity_heat_map(graded),
        sentence=sentences.about_commonest_cell(graded),
    )


def severity_shares_by_level(table: pd.DataFrame) -> TitledChart:
    """The same as shares of the level."""
    graded = labelled(table)
    return TitledChart(
        title="Severity by level, as shares",
        chart=counts.severity_by_level(graded),
        sentence=sentences.about_severity_by_level(graded),
    )


def exploration(table: pd.DataFrame) -> list[TitledChart]:
    """The charts of a label table; those of severities are absent where none is graded."""
    charts = [conditions(table), levels(table)]
    graded = labelled(table)
    if graded.empty:
        return charts
    balanced, studies = balance(graded), studies_by_balancing(graded)
    return [
        *charts,
        severities(table),
        severity_by_level(table),
        severity_shares_by_level(table),
        TitledChart(
            title="Before and after balancing",
            chart=counts.balancing(graded, balanced),
            sentence=sentences.about_balancing(graded, balanced),
        ),
        TitledChart(
            title="Studies dropped by balancing one condition",
            chart=counts.dropped_by_balancing(studies),
            sentence=sentences.about_dropped_studies(studies),
        ),
    ]
