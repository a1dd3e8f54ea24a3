"""How many labelled points there are, of which kind: charts over the label table. Rows are counted before they are drawn."""

from __future__ import annotations

import altair as alt
import pandas as pd

from lsdc.charts.palette import (
    ACCENT,
    AXIS_PX,
    LEGEND_PX,
    REFERENCE,
    TITLE_PX,
    severity_color,
    severity_legend,
    share_shade,
)
from lsdc.labels import TARGETS, Level, Severity

BAR_HEIGHT_PX = 34
CELL_HEIGHT_PX = 44


def condition_counts(table: pd.DataFrame) -> alt.LayerChart:
    """A bar of labelled points for each condition and side, with its share of all."""
    rows = pd.DataFrame(
        [(t.condition.value, t.side.value, t.title) for t in TARGETS], columns=["condition", "side", "name"]
    )
    counts = table[["condition", "side"]].value_counts().rename("count").reset_index()
    return _bars(rows.merge(counts, how="left"), "name")


def level_counts(table: pd.DataFrame) -> alt.LayerChart:
    """A bar of labelled points for each disc level, from the head down, with its share of all."""
    counts = table["level"].value_counts().rename("count").reset_index()
    return _bars(pd.DataFrame({"level": [level.value for level in Level]}).merge(counts, how="left"), "level")


def severity_counts(table: pd.DataFrame) -> alt.LayerChart:
    """A bar of labelled points for each severity, with its share."""
    counts = _severity_shares(table.assign(of="all"), "of")
    names = [word.value for word in Severity]
    base = alt.Chart(counts).encode(y=_category("severity", names), x=_count_axis(counts["count"].max(), room=1.3))
    bars = base.mark_bar(cornerRadiusEnd=2, cursor="pointer").encode(
        color=severity_color(),
        tooltip=["severity", alt.Tooltip("count", format=","), alt.Tooltip("share", format=".1%")],
    )
    text = base.mark_text(align="left", dx=5).encode(text="text:N")
    return alt.LayerChart(layer=[bars, text], height=BAR_HEIGHT_PX * len(Severity))


def severity_by_level(table: pd.DataFrame) -> alt.LayerChart:
    """For each level, the shares of the severities as one bar of length 1."""
    return _share_bars(
        _severity_shares(table, "level"),
        "level",
        [level.value for level in Level],
        title="share of the level's graded points",
    )


def severity_heat_map(table: pd.DataFrame) -> alt.LayerChart:
    """A cell for each level and severity: the number of points, and their share of the level as shade."""
    names = [word.value for word in Severity]
    axis = alt.Axis(labelAngle=0, ticks=False, domain=False, grid=False)
    base = alt.Chart(_severity_shares(table, "level").drop(columns=["middle", "text"])).encode(
        x=alt.X("severity:N", sort=names, axis=axis, title="severity"),
        y=alt.Y("level:N", sort=[level.value for level in Level], axis=axis, title="level"),
    )
    cells = base.mark_rect(cornerRadius=3, cursor="pointer").encode(
        color=share_shade("share"),
        tooltip=["level", "severity", alt.Tooltip("count", format=","), alt.Tooltip("share", format=".1%")],
    )
    count = base.mark_text(dy=-7, fontWeight=600).encode(text=alt.Text("count:Q", format=","))
    share = base.mark_text(dy=9, fontSize=11).encode(text=alt.Text("share:Q", format=".0%"))
    return alt.LayerChart(layer=[cells, count, share], height=CELL_HEIGHT_PX * len(Level) + AXIS_PX + TITLE_PX)


def balancing(before: pd.DataFrame, after: pd.DataFrame) -> alt.LayerChart:
    """The shares of the severities with all rows, and without the studies that are completely normal."""
    stages = {"All rows": before, "Balanced": after}
    table = pd.concat([rows.assign(stage=stage) for stage, rows in stages.items()], ignore_index=True)
    return _share_bars(_severity_shares(table, "stage"), "stage", list(stages), title="share of the graded points")


def dropped_by_balancing(studies: pd.DataFrame) -> alt.LayerChart:
    """For each condition and side, a bar of its studies: those that balancing it drops, and those that remain.

    Args:
        studies: As `lsdc.dataset.summary.studies_by_balancing` gives them.
    """
    names = list(studies["name"])
    studies = studies.melt("name", ["dropped", "kept"], var_name="balancing", value_name="studies")
    colors = alt.Scale(domain=["dropped", "kept"], range=[REFERENCE, ACCENT])
    base = alt.Chart(studies).encode(y=_category("name", names), order="balancing:N")
    bars = base.mark_bar().encode(
        x=alt.X("studies:Q", title="studies", axis=alt.Axis(tickCount=5, format=",d")),
        color=alt.Color("balancing:N", scale=colors, legend=severity_legend()),
        tooltip=["name", "balancing", alt.Tooltip("studies", format=",")],
    )
    text = (
        base.transform_filter("datum.balancing == 'dropped' && datum.studies > 0")
        .mark_text(align="left", dx=5, color="white", fontWeight=600)
        .encode(x=alt.datum(0), text=alt.Text("studies:Q", format=","))
    )
    return alt.LayerChart(layer=[bars, text], height=BAR_HEIGHT_PX * len(names) + AXIS_PX + TITLE_PX + LEGEND_PX)


def _bars(table: pd.DataFrame, name: str) -> alt.LayerChart:
    """A bar for each row, in the order of rows; a missing `count` is none."""
    counts = table["count"].fillna(0).astype("int64")
    share = (counts / max(counts.sum(), 1)).round(4)
    table = table.assign(count=counts, share=share)
    base = alt.Chart(table).encode(y=_category(name, list(table[name])), x=_count_axis(counts.max(), room=1.3))
    bars = base.mark_bar(color=ACCENT, cornerRadiusEnd=2, cursor="pointer").encode(
        tooltip=[name, alt.Tooltip("count", format=","), alt.Tooltip("share", format=".1%")]
    )
    text = (
        base.mark_text(align="left", dx=5)
        .encode(text="label:N")
        .transform_calculate(label="format(datum.count, ',') + ' · ' + format(datum.share, '.1%')")
    )
    return alt.LayerChart(layer=[bars, text], height=BAR_HEIGHT_PX * len(table))


def _share_bars(shares: pd.DataFrame, by: str, order: list[str], *, title: str) -> alt.LayerChart:
    x = alt.X("share:Q", axis=alt.Axis(format="%", title=title, tickCount=5), scale=alt.Scale(domain=[0, 1]))
    base = alt.Chart(shares).encode(y=_category(by, order), order="rank:O")
    bars = base.mark_bar(cursor="pointer").encode(
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
    return alt.LayerChart(layer=[bars, text], height=BAR_HEIGHT_PX * len(order) + AXIS_PX + TITLE_PX + LEGEND_PX)


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
    axis = alt.Axis(title=None, labelLimit=260, labelOverlap=False, ticks=False, domain=False, labelPadding=8)
    return alt.Y(f"{column}:N", sort=order, axis=axis)


def _count_axis(largest: int, *, room: float) -> alt.X:
    # The number stands right of its bar, so the axis needs no labels, but the longest bar leaves room.
    return alt.X("count:Q", axis=None, scale=alt.Scale(domain=[0, max(largest, 1) * room]))
