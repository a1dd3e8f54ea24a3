"""How many labelled points there are, of which kind: charts over the label table. Rows are counted before they are drawn."""

from __future__ import annotations

import altair as alt
import pandas as pd

from lsdc.charts.palette import ACCENT, AXIS_PX, LEGEND_PX, severity_color, severity_legend
from lsdc.labels import TARGETS, Level, Severity

BAR_HEIGHT_PX = 34


def condition_counts(table: pd.DataFrame) -> alt.LayerChart:
    """A bar of labelled points for each condition and side."""
    titles = {(target.condition.value, target.side.value): target.title for target in TARGETS}
    keys = pd.MultiIndex.from_frame(table[["condition", "side"]])
    return _bars(keys.map(titles).value_counts(), list(titles.values()))


def level_counts(table: pd.DataFrame) -> alt.LayerChart:
    """A bar of labelled points for each disc level, from the head down."""
    return _bars(table["level"].value_counts(), [level.value for level in Level])


def severity_counts(table: pd.DataFrame) -> alt.LayerChart:
    """A bar of labelled points for each severity, with its share."""
    counts = _severity_shares(table.assign(of="all"), "of")
    names = [word.value for word in Severity]
    base = alt.Chart(counts).encode(y=_category("severity", names), x=_count_axis(counts["count"].max(), room=1.3))
    bars = base.mark_bar(cornerRadiusEnd=2).encode(
        color=severity_color(),
        tooltip=["severity", alt.Tooltip("count", format=","), alt.Tooltip("share", format=".1%")],
    )
    text = base.mark_text(align="left", dx=5).encode(text="text:N")
    return alt.LayerChart(layer=[bars, text], height=BAR_HEIGHT_PX * len(Severity))


def severity_by_level(table: pd.DataFrame) -> alt.LayerChart:
    """For each level, the shares of the severities as one bar of length 1."""
    return _share_bars(_severity_shares(table, "level"), "level", [level.value for level in Level])


def balancing(before: pd.DataFrame, after: pd.DataFrame) -> alt.LayerChart:
    """The shares of the severities with all rows, and without the studies that are completely normal."""
    stages = {"All rows": before, "Balanced": after}
    table = pd.concat([rows.assign(stage=stage) for stage, rows in stages.items()], ignore_index=True)
    return _share_bars(_severity_shares(table, "stage"), "stage", list(stages))


def _bars(counts: pd.Series, order: list[str]) -> alt.LayerChart:
    table = counts.reindex(order, fill_value=0).rename("count").rename_axis("name").reset_index()
    base = alt.Chart(table).encode(y=_category("name", order), x=_count_axis(table["count"].max(), room=1.15))
    bars = base.mark_bar(color=ACCENT, cornerRadiusEnd=2).encode(tooltip=["name", alt.Tooltip("count", format=",")])
    text = base.mark_text(align="left", dx=5).encode(text=alt.Text("count:Q", format=","))
    return alt.LayerChart(layer=[bars, text], height=BAR_HEIGHT_PX * len(order))


def _share_bars(shares: pd.DataFrame, by: str, order: list[str]) -> alt.LayerChart:
    x = alt.X("share:Q", axis=alt.Axis(format="%", title=None, tickCount=5), scale=alt.Scale(domain=[0, 1]))
    base = alt.Chart(shares).encode(y=_category(by, order), order="rank:O")
    bars = base.mark_bar().encode(
        x=x,
        color=severity_color(severity_legend()),
        tooltip=[by, "severity", alt.Tooltip("count", format=","), alt.Tooltip("share", format=".1%")],
    )
    # A share under a twentieth has no room for its number; the tooltip has it.
    text = (
        base.transform_filter("datum.share >= 0.05")
        .mark_text(color="white", fontWeight=600)
        .encode(x="middle:Q", text=alt.Text("share:Q", format=".0%"))
    )
    return alt.LayerChart(layer=[bars, text], height=BAR_HEIGHT_PX * len(order) + AXIS_PX + LEGEND_PX)


def _severity_shares(table: pd.DataFrame, by: str) -> pd.DataFrame:
    counts = table.groupby([by, "severity"], observed=False).size().rename("count").reset_index()
    total = counts.groupby(by)["count"].transform("sum")
    counts["share"] = (counts["count"] / total).fillna(0.0)
    counts["rank"] = counts["severity"].cat.codes
    counts["severity"] = counts["severity"].astype("str")
    counts["middle"] = counts.groupby(by)["share"].cumsum() - counts["share"] / 2
    counts["text"] = [f"{count:,} · {share:.1%}" for count, share in zip(counts["count"], counts["share"], strict=True)]
    return counts


def _category(column: str, order: list[str]) -> alt.Y:
    axis = alt.Axis(title=None, labelLimit=260, ticks=False, domain=False, labelPadding=8)
    return alt.Y(f"{column}:N", sort=order, axis=axis)


def _count_axis(largest: int, *, room: float) -> alt.X:
    # The number stands right of its bar, so the axis needs no labels, but the longest bar leaves room.
    return alt.X("count:Q", axis=None, scale=alt.Scale(domain=[0, max(largest, 1) * room]))
