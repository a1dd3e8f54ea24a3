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


def exploration(table: pd.DataFrame) -> list[TitledChart]:
    """The charts of a label table; those of severities are absent where none is graded."""
    charts = [
        TitledChart(
            title="Conditions", chart=counts.condition_counts(table), sentence=sentences.about_conditions(table)
        ),
        TitledChart(title="Levels", chart=counts.level_counts(table), sentence=sentences.about_levels(table)),
    ]
    graded = labelled(table)
    if graded.empty:
        return charts
    balanced, studies = balance(graded), studies_by_balancing(graded)
    return [
        *charts,
        TitledChart(title="Severity", chart=counts.severity_counts(graded), sentence=sentences.about_severities(table)),
        TitledChart(
            title="Severity by level",
            chart=counts.severity_heat_map(graded),
            sentence=sentences.about_commonest_cell(graded),
        ),
        TitledChart(
            title="Severity by level, as shares",
            chart=counts.severity_by_level(graded),
            sentence=sentences.about_severity_by_level(graded),
        ),
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
