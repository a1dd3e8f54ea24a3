"""ROC and precision-recall curves of runs, one severity against the others."""

from __future__ import annotations

import altair as alt
import pandas as pd

from lsdc.charts.palette import REFERENCE, run_color

HEIGHT_PX = 300
# A curve over thousands of rows has a corner for each of them; the eye sees no more than this.
MOST_POINTS = 200


def roc_curve(points: pd.DataFrame, runs: list[str]) -> alt.LayerChart:
    """True-positive rate over false-positive rate, with the diagonal of a guess.

    Args:
        points: Columns `run`, `false_positive_rate` and `true_positive_rate`, in the order of the curve.
        runs: All runs of the page, so that a run keeps its colour.
    """
    diagonal = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    guess = alt.Chart(diagonal).mark_line(color=REFERENCE, strokeDash=[3, 3], strokeWidth=1).encode(x="x:Q", y="y:Q")
    curve = _curve(points, "false_positive_rate", "true_positive_rate", runs)
    return alt.LayerChart(layer=[guess, curve], height=HEIGHT_PX)


def precision_recall_curve(points: pd.DataFrame, share: float, runs: list[str]) -> alt.LayerChart:
    """Precision over recall, with the precision of a guess.

    Args:
        points: Columns `run`, `recall` and `precision`, in the order of the curve.
        share: Share of the severity among the rows, which a guess has as precision.
        runs: All runs of the page, so that a run keeps its colour.
    """
    level = pd.DataFrame({"share": [share]})
    guess = alt.Chart(level).mark_rule(color=REFERENCE, strokeDash=[3, 3], strokeWidth=1).encode(y="share:Q")
    curve = _curve(points, "recall", "precision", runs)
    return alt.LayerChart(layer=[guess, curve], height=HEIGHT_PX)


def _curve(points: pd.DataFrame, x: str, y: str, runs: list[str]) -> alt.Chart:
    unit = alt.Scale(domain=[0, 1])
    thinned = pd.concat([_thin(group) for _, group in points.groupby("run", sort=False)])
    chart: alt.Chart = (
        alt.Chart(thinned.reset_index(names="order"))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X(f"{x}:Q", scale=unit, title=x.replace("_", " ")),
            y=alt.Y(f"{y}:Q", scale=unit, title=y.replace("_", " ")),
            order="order:Q",
            color=run_color(runs),
            tooltip=["run", alt.Tooltip(x, format=".3f"), alt.Tooltip(y, format=".3f")],
        )
    )
    return chart


def _thin(group: pd.DataFrame) -> pd.DataFrame:
    step = -(-len(group) // MOST_POINTS)
    # The last corner ends the curve, so it is always kept.
    return pd.concat([group.iloc[:-1:step], group.iloc[[-1]]]).reset_index(drop=True)
