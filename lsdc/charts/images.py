"""How images were taken, and where on them the labelled points lie. Rows are counted before they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from lsdc.charts.palette import ACCENT, AXIS_PX, LEGEND_PX, REFERENCE, RUN_COLORS, TITLE_PX, severity_color
from lsdc.labels import Level, Severity
from lsdc.labels import Sequence as MriSequence

FRAME_PX = 170
FACET_PX = 170
ROW_PX = 34
# How strong the accent is for one, two, three or more of something; text on the strongest can still be read.
SHADES = ("33", "6d", "a6")
SEQUENCES = [sequence.value for sequence in MriSequence]


def point_density(
    cells: pd.DataFrame, by: str, *, titles: tuple[str, str], reach: tuple[float, float]
) -> alt.FacetChart:
    """A picture of where points lie for each sequence and each word of `by`.

    Args:
        cells: As `lsdc.dataset.distributions.density` gives them by `series_description` and `by`.
        by: `level` or `severity`.
        titles: Of the axes to the right and down.
        reach: The ends of both axes.
    """
    order = [word.value for word in (Level if by == "level" else Severity)]
    across, down = titles
    scale: dict[str, Any] = {"domain": list(reach), "nice": False}
    axis = alt.Axis(tickCount=4)
    # No text stands in the cells, and a single point is to be seen.
    shades = alt.Scale(domain=[0, 1], range=[ACCENT + "50", ACCENT])
    marks = (
        alt.Chart(cells)
        .mark_rect()
        .encode(
            x=alt.X("left:Q", title=across, scale=alt.Scale(**scale), axis=axis),
            x2="right:Q",
            y=alt.Y("top:Q", title=down, scale=alt.Scale(**scale, reverse=True), axis=axis),
            y2="bottom:Q",
            color=alt.Color("shade:Q", scale=shades, legend=None),
            tooltip=["series_description", by, "left", "top", alt.Tooltip("count", format=",")],
        )
        .properties(width=FACET_PX, height=FACET_PX)
    )
    facets: alt.FacetChart = marks.facet(
        column=alt.Column(f"{by}:N", sort=order, title=None),
        row=alt.Row("series_description:N", sort=SEQUENCES, title=None),
        spacing=12,
    )
    return facets


def distribution(counts: pd.DataFrame, *, title: str, of: str) -> alt.LayerChart:
    """Stacked bars for the bins of a number, a colour for each sequence.

    Args:
        counts: As `lsdc.dataset.distributions.histogram` gives them by `series_description`.
        title: The number, with its unit.
        of: What is counted.
    """
    step = float((counts["high"] - counts["low"]).iloc[0])
    axis = alt.Axis(tickCount=8, tickMinStep=min(step, 1.0), grid=False)
    bars = (
        alt.Chart(counts)
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X("low:Q", bin="binned", title=title, axis=axis),
            x2="high:Q",
            y=alt.Y("count:Q", title=of, stack="zero", axis=alt.Axis(tickCount=5, tickMinStep=1, format=",d")),
            color=sequence_color(),
            tooltip=["series_description", "value", alt.Tooltip("count", format=",")],
        )
    )
    return alt.LayerChart(layer=[bars], height=FRAME_PX + AXIS_PX + TITLE_PX + LEGEND_PX)


def series_counts(counts: pd.DataFrame) -> alt.LayerChart:
    """For each sequence a bar of all studies, in parts by how many series of it they have.

    Args:
        counts: As `lsdc.dataset.image_facts.count_series` gives them.
    """
    numbers = sorted(counts["series"].unique())
    # The more series, the stronger; a study that lacks the sequence is grey.
    shades = [
        REFERENCE + SHADES[-1] if number == 0 else ACCENT + SHADES[min(number, len(SHADES)) - 1] for number in numbers
    ]
    legend = alt.Legend(title=None, orient="top", direction="horizontal", labelExpr="datum.label + ' series'")
    end = counts.groupby("series_description", observed=True)["studies"].cumsum()
    base = alt.Chart(counts.assign(middle=end - counts["studies"] / 2)).encode(
        y=alt.Y("series_description:N", sort=SEQUENCES, axis=alt.Axis(title=None, ticks=False, domain=False)),
        order="series:O",
        tooltip=["series_description", "series", alt.Tooltip("studies", format=",")],
    )
    bars = base.mark_bar(stroke=ACCENT).encode(
        x=alt.X("studies:Q", title="studies", axis=alt.Axis(tickCount=5, tickMinStep=1, format=",d")),
        color=alt.Color("series:O", scale=alt.Scale(domain=numbers, range=shades), legend=legend),
    )
    # A narrow part has no room for its count; the tooltip has it.
    least = float(end.max()) / 20
    text = (
        base.transform_filter(f"datum.studies >= {least}")
        .mark_text(fontWeight=600)
        .encode(x="middle:Q", text=alt.Text("studies:Q", format=","))
    )
    rows = counts["series_description"].nunique()
    return alt.LayerChart(layer=[bars, text], height=ROW_PX * rows + AXIS_PX + TITLE_PX + LEGEND_PX)


def size_counts(counts: pd.DataFrame) -> alt.LayerChart:
    """Stacked bars for the sizes of images, a colour for each sequence.

    Args:
        counts: Columns `series_description`, `value` (a size in words) and `count`, the most frequent size first.
    """
    axis = alt.Axis(title=None, labelLimit=200, labelOverlap=False, ticks=False, domain=False)
    sizes = list(dict.fromkeys(counts["value"]))
    bars = (
        alt.Chart(counts)
        .mark_bar()
        .encode(
            x=alt.X("count:Q", title="series", axis=alt.Axis(tickCount=5, tickMinStep=1, format=",d")),
            y=alt.Y("value:N", sort=sizes, axis=axis),
            color=sequence_color(),
            tooltip=["series_description", "value", alt.Tooltip("count", format=",")],
        )
    )
    return alt.LayerChart(layer=[bars], height=ROW_PX * len(sizes) + AXIS_PX + TITLE_PX + LEGEND_PX)


def tilt_spans(spans: pd.DataFrame) -> alt.LayerChart:
    """For each level a dot at the median tilt, in a line that holds all but the outer tenths.

    Args:
        spans: As `lsdc.dataset.distributions.spread` by `level`, with a column `against`.
    """
    against = list(dict.fromkeys(spans["against"]))
    legend = alt.Legend(title=None, orient="top", labelLimit=300)
    color = alt.Color("against:N", scale=alt.Scale(domain=against, range=[ACCENT, RUN_COLORS[1]]), legend=legend)
    base = _spans(spans, "level", [level.value for level in Level], "tilt of the axial slice, degrees")
    base = base.encode(color=color, yOffset=alt.YOffset("against:N", sort=against))
    return _dots_in_lines(base, ROW_PX * len(Level) + LEGEND_PX)


def brightness_spans(spans: pd.DataFrame) -> alt.LayerChart:
    """For each grade a dot at the median brightness, in a line that holds all but the outer tenths.

    Args:
        spans: As `lsdc.dataset.distributions.spread` by `severity`.
    """
    spans = spans.assign(severity=spans["severity"].astype("str"))
    base = _spans(spans, "severity", [word.value for word in Severity], "mean brightness of the crop, 0 to 1")
    # Grades differ by little: with 0 on the axis most of the chart would be empty.
    base.encoding.x.scale = alt.Scale(zero=False)
    return _dots_in_lines(base.encode(color=severity_color()), ROW_PX * len(Severity))


def word_counts(counts: pd.DataFrame) -> alt.LayerChart:
    """A bar of studies for each word.

    Args:
        counts: Columns `value` and `count`, the most frequent first.
    """
    base = alt.Chart(counts).encode(
        x=alt.X("count:Q", title="studies", axis=alt.Axis(tickCount=5, tickMinStep=1, format=",d")),
        y=alt.Y("value:N", sort=list(counts["value"]), axis=alt.Axis(title=None, labelLimit=260, ticks=False)),
    )
    bars = base.mark_bar(color=ACCENT).encode(tooltip=["value", alt.Tooltip("count", format=",")])
    return alt.LayerChart(layer=[bars], height=ROW_PX * len(counts) + AXIS_PX + TITLE_PX)


def sequence_color() -> alt.Color:
    """The encoding of column `series_description`."""
    scale = alt.Scale(domain=SEQUENCES, range=list(RUN_COLORS[: len(SEQUENCES)]))
    return alt.Color("series_description:N", scale=scale, legend=alt.Legend(title=None, orient="top"))


def _spans(spans: pd.DataFrame, by: str, order: Sequence[str], title: str) -> alt.Chart:
    return alt.Chart(spans).encode(
        x=alt.X("low:Q", title=title, axis=alt.Axis(tickCount=8)),
        y=alt.Y(f"{by}:N", sort=list(order), axis=alt.Axis(title=None, ticks=False, domain=False, labelPadding=8)),
        tooltip=[by, *(alt.Tooltip(name, format=".2f") for name in ("low", "median", "high")), "count"],
    )


def _dots_in_lines(base: alt.Chart, height: int) -> alt.LayerChart:
    lines = base.mark_rule(strokeWidth=3, opacity=0.6).encode(x2="high:Q")
    dots = base.mark_circle(size=90, opacity=1).encode(x="median:Q")
    return alt.LayerChart(layer=[lines, dots], height=height + AXIS_PX + TITLE_PX)
