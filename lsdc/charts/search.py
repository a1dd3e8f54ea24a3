"""What a search over hyperparameters has found, trial by trial."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from lsdc.charts.palette import ACCENT, AXIS_PX, REFERENCE

HEIGHT_PX = 280
BAR_PX = 30


def search_history(trials: pd.DataFrame) -> alt.LayerChart:
    """A mark for each trial at its lowest validation loss, and a line at the lowest among those that have finished.

    Args:
        trials: Columns `trial`, `state`, `loss` (NaN before the first epoch), `best` (NaN before the first has finished)
            and `values`, a text.
    """
    x = alt.X("trial:Q", axis=alt.Axis(title="trial", tickMinStep=1, format="d", grid=False))
    y = alt.Y("loss:Q", axis=alt.Axis(title="validation loss"), scale=alt.Scale(zero=False))
    states = list(dict.fromkeys(["finished", *trials.loc[trials["loss"].notna(), "state"]]))
    legend = alt.Legend(title=None, orient="top")
    marks = (
        alt.Chart(trials[trials["loss"].notna()])
        .mark_point(size=70, filled=True, opacity=0.9)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "state:N",
                scale=alt.Scale(domain=states, range=[ACCENT] + [REFERENCE] * (len(states) - 1)),
                legend=legend,
            ),
            # A colour never stands alone.
            shape=alt.Shape("state:N", scale=alt.Scale(domain=states), legend=legend),
            tooltip=["trial", "state", alt.Tooltip("loss", format=".4f"), "values"],
        )
    )
    line = (
        alt.Chart(trials[trials["best"].notna()])
        .mark_line(interpolate="step-after", color=ACCENT, strokeWidth=1.5, opacity=0.7)
        .encode(x=x, y=alt.Y("best:Q"))
    )
    return alt.LayerChart(layer=[line, marks], height=HEIGHT_PX)


def importance_bars(shares: Mapping[str, float]) -> alt.LayerChart:
    """A bar for each hyperparameter: its share of the spread of losses, as they are sorted."""
    table = pd.DataFrame({"name": list(shares), "share": list(shares.values())})
    base = alt.Chart(table).encode(
        y=alt.Y("name:N", sort=list(shares), axis=alt.Axis(title=None, labelLimit=220, ticks=False, domain=False)),
        # The number stands right of its bar, so the axis needs no labels, but the longest bar leaves room.
        x=alt.X("share:Q", axis=None, scale=alt.Scale(domain=[0, 1.2 * float(table["share"].max())])),
        tooltip=["name", alt.Tooltip("share", format=".0%")],
    )
    bars = base.mark_bar(color=ACCENT, cornerRadiusEnd=2)
    text = base.mark_text(align="left", dx=5).encode(text=alt.Text("share:Q", format=".0%"))
    return alt.LayerChart(layer=[bars, text], height=BAR_PX * len(table) + AXIS_PX)
