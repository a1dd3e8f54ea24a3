"""Metrics of runs and baselines with their intervals, and the probabilities of one grade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from lsdc.charts.palette import ACCENT, AXIS_PX, LEGEND_PX, REFERENCE, run_color, severity_color
from lsdc.labels import Severity

ROW_PX = 30
PARTS_PX = 260


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


def metric_by_part(scores: pd.DataFrame, title: str) -> alt.LayerChart:
    """A dot for each run and part of the rows, in a line from the lower to the upper end of its interval.

    Args:
        scores: Columns `run`, `part`, `rows`, `value`, `low` and `high` (NaN where there is no interval).
        title: The name of the metric.
    """
    runs = list(dict.fromkeys(scores["run"]))
    base = alt.Chart(scores[scores["value"].notna()]).encode(
        x=alt.X("part:N", title=None, axis=alt.Axis(labelAngle=0, labelLimit=260, grid=False)),
        # Beside each other, since intervals on top of each other hide one another.
        xOffset=alt.XOffset("run:N", sort=runs),
        color=run_color(runs),
        tooltip=["run", "part", "rows", *(alt.Tooltip(name, format=".3f") for name in ("value", "low", "high"))],
    )
    axis: dict[str, Any] = {"scale": alt.Scale(zero=False), "axis": alt.Axis(tickCount=6), "title": title}
    spans = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2)
        .encode(y=alt.Y("low:Q", **axis), y2="high:Q")
    )
    dots = base.mark_circle(size=80, opacity=1).encode(y=alt.Y("value:Q", **axis))
    return alt.LayerChart(layer=[spans, dots], height=PARTS_PX + LEGEND_PX * len(runs))


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
