"""Which grades are taken for which."""

from __future__ import annotations

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from lsdc.charts.palette import ACCENT, AXIS_PX
from lsdc.labels import Severity

CELL_PX = 84


def confusion_matrix(counts: npt.ArrayLike) -> alt.LayerChart:
    """A cell for each pair of labelled and predicted grade: its count, and its share of the row as shade and text.

    Args:
        counts: Shape (3, 3); rows are the labels, columns the predictions, both in the order of `Severity`.
    """
    table = _cells(np.asarray(counts))
    names = [severity.value for severity in Severity]
    axis = alt.Axis(labelAngle=0, ticks=False, domain=False, grid=False)
    base = alt.Chart(table).encode(
        x=alt.X("predicted:N", sort=names, axis=axis, title="predicted"),
        y=alt.Y("label:N", sort=names, axis=axis, title="label"),
    )
    # Shades of opacity work on a light and a dark page; the strongest still lets the page's text colour be read.
    cells = base.mark_rect(color=ACCENT, cornerRadius=3, stroke=None).encode(
        opacity=alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.05, 0.65]), legend=None),
        tooltip=["label", "predicted", alt.Tooltip("count", format=","), alt.Tooltip("share", format=".1%")],
    )
    number = base.mark_text(dy=-8, fontSize=15, fontWeight=600).encode(text=alt.Text("count:Q", format=","))
    share = base.mark_text(dy=10, fontSize=11).encode(text=alt.Text("share:Q", format=".0%"))
    return alt.LayerChart(layer=[cells, number, share], height=CELL_PX * len(names) + AXIS_PX)


def _cells(counts: npt.NDArray[np.int64]) -> pd.DataFrame:
    per_row = counts.sum(axis=1, keepdims=True)
    # A grade that no row has leaves a row of zeros, and zero of nothing is drawn as zero.
    shares = np.divide(counts, per_row, out=np.zeros(counts.shape), where=per_row > 0)
    return pd.DataFrame(
        [
            {
                "label": label.value,
                "predicted": predicted.value,
                "count": int(counts[label.rank, predicted.rank]),
                "share": float(shares[label.rank, predicted.rank]),
            }
            for label in Severity
            for predicted in Severity
        ]
    )
