"""What the slices beside the point's own are worth."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from lsdc.charts.palette import AXIS_PX, LEGEND_PX, run_color

FRAME_PX = 220


def metric_by_slices(scores: pd.DataFrame, title: str) -> alt.LayerChart:
    """A dot for each run and number of slices, in a line from the lower to the upper end of its interval.

    Args:
        scores: Columns `run`, `slices`, `value`, `low` and `high` (NaN where there is no interval).
        title: The name of the metric.
    """
    runs = list(dict.fromkeys(scores["run"]))
    base = alt.Chart(scores).encode(
        x=alt.X("slices:O", title="slices shown, at most", axis=alt.Axis(labelAngle=0, grid=False)),
        # Beside each other, since intervals on top of each other hide one another.
        xOffset=alt.XOffset("run:N", sort=runs),
        color=run_color(runs),
        tooltip=["run", "slices", *(alt.Tooltip(column, format=".3f") for column in ("value", "low", "high"))],
    )
    axis: dict[str, Any] = {"scale": alt.Scale(zero=False), "axis": alt.Axis(tickCount=5), "title": title}
    with_interval = base.transform_filter("isValid(datum.low)")
    spans = with_interval.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", **axis), y2="high:Q")
    dots = base.mark_circle(size=80, opacity=1).encode(y=alt.Y("value:Q", **axis))
    return alt.LayerChart(layer=[spans, dots], height=FRAME_PX + AXIS_PX + LEGEND_PX * len(runs))


def attention_by_place(attention: pd.DataFrame) -> alt.LayerChart:
    """A bar for each run and place of the stack, as high as the weight that the place had on average.

    Args:
        attention: Columns `run`, `place`, `rows`, `weight` and `decided`, as `lsdc.evaluation.attention` gives them.
    """
    runs = list(dict.fromkeys(attention["run"]))
    bars = (
        alt.Chart(attention)
        .mark_bar()
        .encode(
            x=alt.X("place:O", title="place of the slice; 0 is the point's own", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("run:N", sort=runs),
            y=alt.Y("weight:Q", title="mean attention", axis=alt.Axis(tickCount=5, format="%")),
            color=run_color(runs),
            tooltip=["run", "place", "rows", alt.Tooltip("weight", format=".1%"), alt.Tooltip("decided", format=".1%")],
        )
    )
    return alt.LayerChart(layer=[bars], height=FRAME_PX + AXIS_PX + LEGEND_PX * len(runs))
