"""What goes with what within a patient, as shaded cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from lsdc.charts.palette import (
    AXIS_PX,
    LEGEND_PX,
    LESS,
    MORE,
    REFERENCE,
    TITLE_PX,
    severity_legend,
    share_shade,
)
from lsdc.labels import Level, Severity

CELL_PX = 40
BAR_PX = 34
# Room for slanted names of conditions.
LONG_AXIS_PX = 150


def odds_ratio_map(pairs: pd.DataFrame, names: Sequence[str]) -> alt.LayerChart:
    """A cell for each pair: purple where one makes the other likelier, green where rarer.

    Args:
        pairs: As `lsdc.dataset.associations.log_odds_ratios` gives them.
        names: The order of rows and columns.
    """
    # Two stops in the middle, so that neither hue runs through the other.
    ends = {-5: LESS + "cc", -1e-6: LESS + "00", 1e-6: MORE + "00", 5: MORE + "cc"}
    scale = alt.Scale(domain=list(ends), range=list(ends.values()), clamp=True)
    tooltip = ["one", "other", alt.Tooltip("log2_odds_ratio", format="+.2f"), "both", "studies"]
    color = alt.Color("log2_odds_ratio:Q", scale=scale, legend=None)
    base = _grid(pairs, ("other", "one"), (list(names), list(names)), titles=(None, None))
    cells = base.mark_rect(cornerRadius=3).encode(color=color, tooltip=tooltip)
    text = base.mark_text().encode(text=alt.Text("log2_odds_ratio:Q", format="+.1f"))
    long = max(map(len, names)) > len("L1/L2")
    return alt.LayerChart(layer=[cells, text], height=CELL_PX * len(names) + (LONG_AXIS_PX if long else AXIS_PX))


def sides_matrix(pairs: pd.DataFrame) -> alt.LayerChart:
    """A cell for each pair of grades on the left and on the right, with its share of the row."""
    words = [word.value for word in Severity]
    counts = pairs.astype("str").value_counts(["left", "right"]).rename("count").reset_index()
    whole = pd.MultiIndex.from_product([words, words], names=["left", "right"]).to_frame(index=False)
    cells = whole.merge(counts, how="left").fillna({"count": 0}).astype({"count": "int64"})
    cells["share"] = (cells["count"] / cells.groupby("left")["count"].transform("sum")).fillna(0.0)
    return _shares(cells, ("right", "left"), (words, words), titles=("grade on the right", "grade on the left"))


def completeness_map(graded: pd.DataFrame) -> alt.LayerChart:
    """A cell for each condition and level: of how many studies it is graded.

    Args:
        graded: As `lsdc.dataset.associations.completeness` gives it.
    """
    names = list(dict.fromkeys(graded["name"]))
    order = ([level.value for level in Level], names)
    return _shares(graded.rename(columns={"graded": "count"}), ("level", "name"), order, titles=("level", None))


def step_bars(steps: pd.DataFrame) -> alt.LayerChart:
    """For each step to the next level below, the shares of studies whose grade is lower, the same or higher there.

    Args:
        steps: As `lsdc.dataset.associations.steps_along_spine` gives them.
    """
    colors = {"lower": LESS, "same": REFERENCE, "higher": MORE}
    order = list(dict.fromkeys(steps["step"]))
    rank = steps["change"].map({word: place for place, word in enumerate(colors)})
    middle = steps.groupby("step")["share"].cumsum() - steps["share"] / 2
    base = alt.Chart(steps.assign(rank=rank, middle=middle)).encode(
        y=alt.Y("step:N", sort=order, axis=alt.Axis(title=None, ticks=False, domain=False, labelLimit=200)),
        order="rank:O",
    )
    scale = alt.Scale(domain=list(colors), range=list(colors.values()))
    bars = base.mark_bar().encode(
        x=alt.X(
            "share:Q", title="share of studies", axis=alt.Axis(format="%", tickCount=5), scale=alt.Scale(domain=[0, 1])
        ),
        color=alt.Color("change:N", scale=scale, legend=severity_legend()),
        tooltip=["step", "change", alt.Tooltip("count", format=","), alt.Tooltip("share", format=".1%")],
    )
    # A share under a twentieth has no room for its number; the tooltip has it.
    text = (
        base.transform_filter("datum.share >= 0.05")
        .mark_text(color="white", fontWeight=600)
        .encode(x="middle:Q", text=alt.Text("share:Q", format=".0%"))
    )
    return alt.LayerChart(layer=[bars, text], height=BAR_PX * len(order) + AXIS_PX + TITLE_PX + LEGEND_PX)


def _shares(
    cells: pd.DataFrame,
    columns: tuple[str, str],
    order: tuple[list[str], list[str]],
    *,
    titles: tuple[str | None, str | None],
) -> alt.LayerChart:
    base = _grid(cells, columns, order, titles=titles)
    tooltip = [*columns, alt.Tooltip("count", format=","), alt.Tooltip("share", format=".1%")]
    rects = base.mark_rect(cornerRadius=3).encode(color=share_shade("share"), tooltip=tooltip)
    count = base.mark_text(dy=-7, fontWeight=600).encode(text=alt.Text("count:Q", format=","))
    share = base.mark_text(dy=8, fontSize=11).encode(text=alt.Text("share:Q", format=".1%"))
    return alt.LayerChart(layer=[rects, count, share], height=CELL_PX * len(order[1]) + AXIS_PX + TITLE_PX)


def _grid(
    cells: pd.DataFrame,
    columns: tuple[str, str],
    order: tuple[list[str], list[str]],
    *,
    titles: tuple[str | None, str | None],
) -> alt.Chart:
    """Cells in the order of the vocabulary; the first column lies along x."""
    look: dict[str, Any] = {"ticks": False, "domain": False, "grid": False, "labelLimit": 240, "labelOverlap": False}
    slanted = -35 if max(map(len, order[0])) > len("Normal/Mild") else 0
    return alt.Chart(cells).encode(
        x=alt.X(f"{columns[0]}:N", sort=order[0], title=titles[0], axis=alt.Axis(labelAngle=slanted, **look)),
        y=alt.Y(f"{columns[1]}:N", sort=order[1], title=titles[1], axis=alt.Axis(**look)),
    )
