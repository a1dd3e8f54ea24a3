"""Curves of runs with their bands: ROC, precision and recall, and what is gained by answering only when sure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from lsdc.charts.palette import LEGEND_PX, REFERENCE, run_color

HEIGHT_PX = 300
_GUESS: dict[str, Any] = {"color": REFERENCE, "strokeDash": [3, 3], "strokeWidth": 1}


def roc_curves(curves: Mapping[str, pd.DataFrame]) -> alt.LayerChart:
    """True-positive rate over false-positive rate for each run, with the diagonal of a guess.

    Args:
        curves: Columns `x`, `y`, `low`, `high`, by the name of the run.
    """
    diagonal = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    guess = alt.Chart(diagonal).mark_line(**_GUESS).encode(x="x:Q", y="y:Q")
    return _chart(guess, curves, "false positive rate", "true positive rate")


def precision_recall_curves(curves: Mapping[str, pd.DataFrame]) -> alt.LayerChart:
    """Precision over recall for each run, with the precision of a guess: all rows shown; arguments as above."""
    shares = pd.DataFrame({"y": [curve["y"].iloc[-1] for curve in curves.values()]})
    guess = alt.Chart(shares.drop_duplicates()).mark_rule(**_GUESS).encode(y="y:Q")
    return _chart(guess, curves, "recall", "precision")


def coverage_curves(curves: Mapping[str, pd.DataFrame], measure: str, coverage: float) -> alt.LayerChart:
    """A measure of the surest rows over how many of them are answered, with the chosen coverage marked.

    Args:
        curves: As `lsdc.evaluation.curves.coverage_curve` gives them, by the name of the run.
        measure: `accuracy` or `severe_recall`.
        coverage: From 0 to 1.
    """
    points = pd.concat([curve.assign(run=run) for run, curve in curves.items()], ignore_index=True)
    share: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format="%", tickCount=5)}
    answered = {**share, "title": "answered, the surest first"}
    lines = (
        alt.Chart(points)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("coverage:Q", **answered),
            y=alt.Y(f"{measure}:Q", title=measure.replace("_", " "), **share),
            color=run_color(list(curves)),
            tooltip=["run", *(alt.Tooltip(name, format=".1%") for name in ("coverage", measure, "threshold"))],
        )
    )
    chosen = alt.Chart(pd.DataFrame({"x": [coverage]})).mark_rule(**_GUESS).encode(x=alt.X("x:Q", **answered))
    return alt.LayerChart(layer=[chosen, lines], height=HEIGHT_PX + LEGEND_PX * len(curves))


def _chart(guess: alt.Chart, curves: Mapping[str, pd.DataFrame], x: str, y: str) -> alt.LayerChart:
    points = pd.concat([curve.assign(run=run) for run, curve in curves.items()], ignore_index=True)
    unit = alt.Scale(domain=[0, 1])
    base = alt.Chart(points).encode(
        x=alt.X("x:Q", scale=unit, title=x, axis=alt.Axis(tickCount=5)), color=run_color(list(curves))
    )
    bands = base.mark_area(opacity=0.15).encode(y=alt.Y("low:Q", scale=unit), y2="high:Q")
    lines = base.mark_line(strokeWidth=2).encode(
        y=alt.Y("y:Q", scale=unit, title=y, axis=alt.Axis(tickCount=5)),
        tooltip=["run", *(alt.Tooltip(name, format=".3f") for name in ("x", "y", "low", "high"))],
    )
    return alt.LayerChart(layer=[guess, bands, lines], height=HEIGHT_PX + LEGEND_PX * len(curves))
