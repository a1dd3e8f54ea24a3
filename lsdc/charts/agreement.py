"""Kappas of runs by condition, with what was published of human readers as bands behind them."""

from __future__ import annotations

import altair as alt
import pandas as pd

from lsdc.charts.palette import REFERENCE
from lsdc.charts.scores import metric_by_part

BAND_OPACITY = 0.22


def kappas_with_bands(scores: pd.DataFrame, bands: pd.DataFrame, title: str) -> alt.LayerChart:
    """`metric_by_part` over grey bands; a band of one value is a line.

    Args:
        scores: As `metric_by_part` takes them; the parts are conditions.
        bands: Columns `part`, `low`, `high` and `source`, of parts that occur in `scores`.
        title: The name of the kappa.
    """
    chart = metric_by_part(scores, title)
    if bands.empty:
        return chart
    behind = alt.Chart(bands).encode(
        x=alt.X("part:N", title=None),
        y=alt.Y("low:Q", title=title),
        y2="high:Q",
        tooltip=["part", "source", alt.Tooltip("low", format=".3f"), alt.Tooltip("high", format=".3f")],
    )
    # The outline is what is seen of a single value.
    band = behind.mark_rect(fill=REFERENCE, fillOpacity=BAND_OPACITY, stroke=REFERENCE, strokeWidth=1.5)
    name = behind.mark_text(align="center", baseline="bottom", dy=-4, color=REFERENCE).encode(y="high:Q", text="source")
    chart.layer = [band, *chart.layer, name]
    return chart
