"""How far probabilities can be believed."""

from __future__ import annotations

import altair as alt
import pandas as pd

from lsdc.charts.palette import ACCENT, AXIS_PX, REFERENCE

FRAME_PX = 300
# Of the frame's height, for the bar of the fullest bin: beneath the dots, which lie near the diagonal.
HISTOGRAM_SHARE = 0.18
# The highest of three probabilities is never below a third.
LOWEST = 0.3
# A bin of few studies has none.
HAS_INTERVAL = "isValid(datum.accuracy_low)"


def reliability_diagram(bins: pd.DataFrame) -> alt.LayerChart:
    """A dot for each bin of the highest probability: how sure the run was, and how often it was right.

    Beneath them stands how many rows each bin has; the dashed diagonal is a run that is as sure as it is right. A dot
    without an interval is open.

    Args:
        bins: Columns `low`, `high` (the bin's edges), `rows`, `confidence` (mean of the highest probability),
            `accuracy`, and its interval as `accuracy_low` and `accuracy_high` (NaN where there is none). Bins without
            rows are left out.
    """
    filled = bins[bins["rows"] > 0]
    filled = filled.assign(height=filled["rows"] / filled["rows"].max() * HISTOGRAM_SHARE)
    base = alt.Chart(filled).encode(
        tooltip=[
            alt.Tooltip("rows", format=","),
            alt.Tooltip("confidence", format=".1%", title="stated probability"),
            alt.Tooltip("accuracy", format=".1%", title="graded right"),
            alt.Tooltip("accuracy_low", format=".1%", title="from"),
            alt.Tooltip("accuracy_high", format=".1%", title="to"),
        ]
    )
    histogram = base.mark_rect(color=REFERENCE, opacity=0.35, stroke=None, xOffset=1, x2Offset=-1).encode(
        x=_stated("low"), x2="high:Q", y=_right("height"), y2=alt.YDatum(0)
    )
    diagonal = (
        alt.Chart(pd.DataFrame({"p": [LOWEST, 1.0]}))
        .mark_line(color=REFERENCE, strokeDash=[3, 3], strokeWidth=1)
        .encode(x=_stated("p"), y=_right("p"))
    )
    spans = (
        base.transform_filter(HAS_INTERVAL)
        .mark_rule(color=ACCENT, strokeWidth=2)
        .encode(x=_stated("confidence"), y=_right("accuracy_low"), y2="accuracy_high:Q")
    )
    dots = base.mark_circle(color=ACCENT, stroke=ACCENT, size=70, opacity=1).encode(
        x=_stated("confidence"),
        y=_right("accuracy"),
        fillOpacity=alt.condition(HAS_INTERVAL, alt.value(1), alt.value(0)),
    )
    return alt.LayerChart(layer=[histogram, diagonal, spans, dots], height=FRAME_PX + AXIS_PX)


def _stated(column: str) -> alt.X:
    axis = alt.Axis(format="%", tickCount=7, grid=False)
    return alt.X(f"{column}:Q", scale=alt.Scale(domain=[LOWEST, 1]), axis=axis, title="stated probability")


def _right(column: str) -> alt.Y:
    axis = alt.Axis(format="%", tickCount=5)
    return alt.Y(f"{column}:Q", scale=alt.Scale(domain=[0, 1]), axis=axis, title="graded right")
