"""Metrics of runs and baselines with their intervals, and the probabilities of one grade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from lsdc.charts.palette import ACCENT, AXIS_PX, REFERENCE, severity_color
from lsdc.labels import Severity

ROW_PX = 30


def metric_intervals(scores: pd.DataFrame, title: str) -> alt.LayerChart:
    """A dot for each run at its score, in a line from the lower to the upper end of its interval.

    Args:
        scores: Columns `run`, `value`, `low`, `high` (NaN where there is no interval) and `is_baseline`, as sorted.
        title: The name of the metric.
    """
    color = alt.condition("datum.is_baseline", alt.value(REFERENCE), alt.value(ACCENT))
    order = scores["run"].tolist()
    base = alt.Chart(scores).encode(
        y=alt.Y("run:N", sort=order, axis=alt.Axis(title=None, labelLimit=320, ticks=False, domain=False)),
        color=color,
        tooltip=["run", *(alt.Tooltip(column, format=".3f") for column in ("value", "low", "high"))],
    )
    axis: dict[str, Any] = {"scale": alt.Scale(zero=False), "axis": alt.Axis(tickCount=8), "title": title}
    line = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", **axis), x2="high:Q")
    dot = base.mark_circle(size=80, opacity=1).encode(x=alt.X("value:Q", **axis))
    has_intervals = bool(scores["low"].notna().any())
    return alt.LayerChart(layer=[line, dot] if has_intervals else [dot], height=ROW_PX * len(scores) + 2 * AXIS_PX)


def class_probabilities(probabilities: Mapping[Severity, float]) -> alt.LayerChart:
    """A bar for each severity, from 0 to 1, with its percentage."""
    table = pd.DataFrame(
        [{"severity": severity.value, "probability": probabilities[severity]} for severity in Severity]
    )
    names = [severity.value for severity in Severity]
    base = alt.Chart(table).encode(
        y=alt.Y("severity:N", sort=names, axis=alt.Axis(title=None, ticks=False, domain=False, labelPadding=8)),
        # Room for the number of a certain grade, right of its bar.
        x=alt.X("probability:Q", scale=alt.Scale(domain=[0, 1.12]), axis=None),
    )
    bars = base.mark_bar(cornerRadiusEnd=2).encode(color=severity_color())
    text = base.mark_text(align="left", dx=5).encode(text=alt.Text("probability:Q", format=".1%"))
    return alt.LayerChart(layer=[bars, text], height=34 * len(names))
