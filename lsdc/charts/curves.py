"""ROC and precision-recall curves of runs: one severity against the two others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn import metrics

from lsdc.charts.palette import LEGEND_PX, REFERENCE, run_color

HEIGHT_PX = 300
# A curve over thousands of rows has a corner for each of them; the eye sees no more than this.
MOST_POINTS = 200
_GUESS: dict[str, Any] = {"color": REFERENCE, "strokeDash": [3, 3], "strokeWidth": 1}


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranking:
    """How a run ranks rows by the probability of one severity.

    Args:
        is_severity: Whether a row has it, bool (rows,).
        probability: What the run gives to it, from 0 to 1, float (rows,).
    """

    is_severity: npt.NDArray[np.bool_]
    probability: npt.NDArray[np.float64]

    @property
    def is_drawable(self) -> bool:
        """Whether there are rows with the severity and rows without it; a curve needs both."""
        return bool(self.is_severity.any() and not self.is_severity.all())


def roc_curve(rankings: Mapping[str, Ranking]) -> alt.LayerChart:
    """True-positive rate over false-positive rate for each run, with the diagonal of a guess."""
    diagonal = pd.DataFrame({"x": [0.0, 1.0], "y": [0.0, 1.0]})
    guess = alt.Chart(diagonal).mark_line(**_GUESS).encode(x="x:Q", y="y:Q")
    curves = {run: _roc_points(ranking) for run, ranking in rankings.items()}
    return _chart(guess, curves, "false positive rate", "true positive rate")


def precision_recall_curve(rankings: Mapping[str, Ranking]) -> alt.LayerChart:
    """Precision over recall for each run, with the precision of a guess: the share of the severity."""
    shares = pd.DataFrame({"y": [ranking.is_severity.mean() for ranking in rankings.values()]})
    guess = alt.Chart(shares.drop_duplicates()).mark_rule(**_GUESS).encode(y="y:Q")
    curves = {run: _precision_recall_points(ranking) for run, ranking in rankings.items()}
    return _chart(guess, curves, "recall", "precision")


def _roc_points(ranking: Ranking) -> pd.DataFrame:
    false_positive_rate, true_positive_rate, _ = metrics.roc_curve(ranking.is_severity, ranking.probability)
    return pd.DataFrame({"x": false_positive_rate, "y": true_positive_rate})


def _precision_recall_points(ranking: Ranking) -> pd.DataFrame:
    precision, recall, _ = metrics.precision_recall_curve(
        ranking.is_severity, ranking.probability, drop_intermediate=True
    )
    return pd.DataFrame({"x": recall, "y": precision})


def _chart(guess: alt.Chart, curves: Mapping[str, pd.DataFrame], x: str, y: str) -> alt.LayerChart:
    points = pd.concat([_thin(curve).assign(run=run) for run, curve in curves.items()], ignore_index=True)
    unit = alt.Scale(domain=[0, 1])
    lines = (
        alt.Chart(points.reset_index(names="order"))
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("x:Q", scale=unit, title=x, axis=alt.Axis(tickCount=5)),
            y=alt.Y("y:Q", scale=unit, title=y, axis=alt.Axis(tickCount=5)),
            order="order:Q",
            color=run_color(list(curves)),
            tooltip=["run", alt.Tooltip("x", format=".3f", title=x), alt.Tooltip("y", format=".3f", title=y)],
        )
    )
    return alt.LayerChart(layer=[guess, lines], height=HEIGHT_PX + LEGEND_PX * len(curves))


def _thin(curve: pd.DataFrame) -> pd.DataFrame:
    step = -(-len(curve) // MOST_POINTS)
    # The last corner ends the curve, so it is always kept.
    return pd.concat([curve.iloc[:-1:step], curve.iloc[[-1]]])
