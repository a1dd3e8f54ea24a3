"""How a split divides grades."""

from __future__ import annotations

import altair as alt
import pandas as pd

from lsdc.charts.palette import AXIS_PX, LEGEND_PX, TITLE_PX, severity_color, severity_legend
from lsdc.labels import Severity

BAR_HEIGHT_PX = 34


def grades_of_parts(counts: pd.DataFrame) -> alt.LayerChart:
    """For each part, the shares of the grades as one bar of length 1, with the counts in it.

    Args:
        counts: As `lsdc.dataset.split_summary.count_grades` gives them.
    """
    parts = list(dict.fromkeys(counts["part"]))
    rank = counts["severity"].map({word.value: word.rank for word in Severity}).astype("int64")
    counts = counts.assign(severity=counts["severity"].astype("str"), rank=rank)
    counts["middle"] = counts.groupby("part")["share"].cumsum() - counts["share"] / 2
    axis = alt.Axis(title=None, ticks=False, domain=False, labelPadding=8, labelOverlap=False)
    base = alt.Chart(counts).encode(y=alt.Y("part:N", sort=parts, axis=axis), order="rank:O")
    bars = base.mark_bar().encode(
        x=alt.X("share:Q", title="share of the part's points", axis=alt.Axis(format="%", tickCount=5)),
        color=severity_color(severity_legend()),
        tooltip=["part", "severity", alt.Tooltip("count", format=","), alt.Tooltip("share", format=".1%")],
    )
    # A share under a twelfth has no room for its count; the tooltip has it.
    text = (
        base.transform_filter("datum.share >= 0.08")
        .transform_calculate(label="format(datum.count, ',') + ' · ' + format(datum.share, '.0%')")
        .mark_text(color="white", fontWeight=600)
        .encode(x="middle:Q", text="label:N")
    )
    return alt.LayerChart(layer=[bars, text], height=BAR_HEIGHT_PX * len(parts) + AXIS_PX + TITLE_PX + LEGEND_PX)
