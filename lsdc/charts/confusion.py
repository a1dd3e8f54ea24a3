"""Which grades are taken for which."""

from __future__ import annotations

from enum import StrEnum

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from lsdc.charts.palette import ACCENT, AXIS_PX, LESS, MORE
from lsdc.labels import Severity

CELL_PX = 84
# The name under which a click on a cell is told; its fields are `label` and `predicted`.
SELECTION = "cell"


class Share(StrEnum):
    """Of what a cell's share is one."""

    OF_LABEL = "of each label"
    OF_PREDICTION = "of each prediction"
    OF_ALL = "of all rows"


def confusion_matrix(
    counts: npt.ArrayLike, share: Share = Share.OF_LABEL, *, clickable: bool = False
) -> alt.LayerChart:
    """A cell for each pair of labelled and predicted grade: its count, and its share as shade and text.

    Args:
        counts: Shape (3, 3); rows are the labels, columns the predictions, both in the order of `Severity`.
        share: Of what.
        clickable: Whether a click on a cell chooses it.
    """
    whole = np.asarray(counts)
    table = _cells({"count": whole, "share": shares(whole, share)})
    # Shades of opacity work on a light and a dark page; the strongest still lets the page's text colour be read.
    shade = alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.05, 0.65]), legend=None)
    color = alt.ColorValue(ACCENT)
    return _matrix(table, color, shade, texts=("count", ","), shares=("share", ".0%"), clickable=clickable)


def confusion_difference(a: npt.ArrayLike, b: npt.ArrayLike, share: Share = Share.OF_LABEL) -> alt.LayerChart:
    """The same cells for A minus B; more is purple and fewer is green, whether that is good or not."""
    counts_a, counts_b = np.asarray(a), np.asarray(b)
    gap = shares(counts_a, share) - shares(counts_b, share)
    table = _cells({"count": counts_a - counts_b, "share": gap, "size": np.abs(gap)})
    fewer = {"test": "datum.share < 0", "value": LESS}
    color = alt.ColorValue(MORE, condition=fewer)
    shade = alt.Opacity("size:Q", scale=alt.Scale(domain=[0, 0.5], range=[0.05, 0.65], clamp=True), legend=None)
    return _matrix(table, color, shade, texts=("count", "+,"), shares=("share", "+.0%"), clickable=False)


def shares(counts: npt.NDArray[np.int64], share: Share) -> npt.NDArray[np.float64]:
    """Each cell as a share; zero of nothing is zero."""
    axis = {Share.OF_LABEL: 1, Share.OF_PREDICTION: 0, Share.OF_ALL: None}[share]
    whole = counts.sum(axis=axis, keepdims=True)
    parts: npt.NDArray[np.float64] = np.divide(counts, whole, out=np.zeros(counts.shape), where=whole > 0)
    return parts


def _matrix(
    table: pd.DataFrame,
    color: alt.ColorValue,
    shade: alt.Opacity,
    *,
    texts: tuple[str, str],
    shares: tuple[str, str],
    clickable: bool,
) -> alt.LayerChart:
    names = [severity.value for severity in Severity]
    axis = alt.Axis(labelAngle=0, ticks=False, domain=False, grid=False)
    base = alt.Chart(table).encode(
        x=alt.X("predicted:N", sort=names, axis=axis, title="predicted"),
        y=alt.Y("label:N", sort=names, axis=axis, title="label"),
    )
    (count, count_format), (share, share_format) = texts, shares
    tooltip = ["label", "predicted", alt.Tooltip(count, format=count_format), alt.Tooltip(share, format=share_format)]
    cells = base.mark_rect(cornerRadius=3, strokeWidth=2).encode(color=color, opacity=shade, tooltip=tooltip)
    if clickable:
        chosen = {"param": SELECTION, "empty": False, "value": ACCENT}
        cells = cells.encode(stroke=alt.StrokeValue(None, condition=chosen)).add_params(
            alt.selection_point(name=SELECTION, fields=["label", "predicted"])
        )
    number = base.mark_text(dy=-8, fontSize=15, fontWeight=600).encode(text=alt.Text(f"{count}:Q", format=count_format))
    part = base.mark_text(dy=10, fontSize=11).encode(text=alt.Text(f"{share}:Q", format=share_format))
    return alt.LayerChart(layer=[cells, number, part], height=CELL_PX * len(names) + AXIS_PX)


def _cells(values: dict[str, npt.NDArray[np.number]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"label": label.value, "predicted": predicted.value}
            | {name: of[label.rank, predicted.rank].item() for name, of in values.items()}
            for label in Severity
            for predicted in Severity
        ]
    )
