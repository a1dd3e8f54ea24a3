"""The grades of clicks around a click."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from lsdc.charts.palette import severity_color, severity_legend
from lsdc.labels import Severity

# With its axes and legend; what is left for the squares is a square.
WIDTH_PX, HEIGHT_PX = 276, 336
# An even choice between three grades is paler than a certain one, and can still be seen.
PALEST = 0.25


def click_grid(clicks: pd.DataFrame, offsets_mm: Sequence[float]) -> alt.LayerChart:
    """A square for each click in the colour of its grade, paler where the network is less sure; a cross in the middle.

    Args:
        clicks: Columns `right` and `down` in mm, `severity`, and `probability` of that grade.
        offsets_mm: Those of the whole grid, ascending, evenly apart; near the border of the image some have no click.
    """
    half_mm = (offsets_mm[1] - offsets_mm[0]) / 2
    reach = [offsets_mm[0] - half_mm, offsets_mm[-1] + half_mm]
    table = clicks.assign(
        right_from=clicks["right"] - half_mm,
        right_to=clicks["right"] + half_mm,
        down_from=clicks["down"] - half_mm,
        down_to=clicks["down"] + half_mm,
    )
    squares = (
        alt.Chart(table)
        .mark_rect()
        .encode(
            x=alt.X("right_from:Q", title=None, scale=alt.Scale(domain=reach, nice=False)),
            x2="right_to:Q",
            y=alt.Y("down_from:Q", title=None, scale=alt.Scale(domain=reach[::-1], nice=False)),
            y2="down_to:Q",
            color=severity_color(severity_legend()),
            opacity=alt.Opacity(
                "probability:Q", scale=alt.Scale(domain=[1 / len(Severity), 1], range=[PALEST, 1]), legend=None
            ),
            tooltip=[
                alt.Tooltip("severity", title="grade"),
                alt.Tooltip("probability", format=".0%"),
                alt.Tooltip("right", title="mm to the right", format="+.0f"),
                alt.Tooltip("down", title="mm downwards", format="+.0f"),
            ],
        )
    )
    middle = (
        alt.Chart(pd.DataFrame({"right": [0.0], "down": [0.0]}))
        .mark_point(shape="cross", size=90, filled=True, color="white", stroke="black", strokeWidth=1, opacity=1)
        .encode(x="right:Q", y="down:Q")
    )
    return alt.LayerChart(layer=[squares, middle], width=WIDTH_PX, height=HEIGHT_PX)
