"""How a split divides grades, and what its parts share."""

from __future__ import annotations

import altair as alt
import pandas as pd

from lsdc.charts.palette import AXIS_PX, LEGEND_PX, TITLE_PX, severity_color, severity_legend
from lsdc.charts.sentences import about_split
from lsdc.charts.titled import TitledChart, TitledLayers
from lsdc.charts.words import counted
from lsdc.config import SplitStrategy
from lsdc.dataset.split_summary import count_grades, count_studies, shared_by_parts
from lsdc.labels import Severity

BAR_HEIGHT_PX = 34


def divided(rows: pd.DataFrame, parts: pd.Series, strategy: SplitStrategy) -> TitledLayers:
    """What a strategy makes of labelled rows; `parts` has a `Part` for each of them."""
    counts = count_grades(rows, parts)
    return TitledChart(
        title=strategy.value,
        name=f"split_{strategy.name.lower()}",
        chart=grades_of_parts(counts),
        sentence=about_split(counts),
    )


def about_leaks(rows: pd.DataFrame, parts: pd.Series) -> str:
    """What is in two parts of a split, such as “3 studies and 5 images in train and test”; empty if nothing is."""
    shared = shared_by_parts(rows, parts)
    leaking = shared[shared["studies"] > 0]
    leaks = zip(leaking["studies"].tolist(), leaking["images"].tolist(), leaking["parts"].tolist(), strict=True)
    return "; ".join(
        f"{counted(studies, 'study', 'studies')} and {counted(images, 'image', 'images')} in {both}"
        for studies, images, both in leaks
    )


def about_studies(rows: pd.DataFrame, parts: pd.Series) -> str:
    """How many studies are in each part of a split."""
    return "Studies: " + ", ".join(f"{part} {count:,}" for part, count in count_studies(rows, parts).items()) + "."


def grades_of_parts(counts: pd.DataFrame) -> alt.LayerChart:
    """For each part, the shares of the grades as one bar of length 1, with the counts in it.

    Args:
        counts: As `lsdc.dataset.split_summary.count_grades` gives them.
    """
    parts = list(dict.fromkeys(counts["part"]))
    rank = counts["severity"].map({word.value: word.rank for word in Severity}).astype("int64")
    counts = counts.assign(severity=counts["severity"].astype("str"), rank=rank)
    counts["middle"] = counts.groupby("part")["share"].cumsum() - counts["share"] / 2
    axis = alt.Axis(title=None, ticks=False, domain=False, labelPadding=8, labelOverlap=False)
    base = alt.Chart(counts).encode(y=alt.Y("part:N", sort=parts, axis=axis), order="rank:O")
    bars = base.mark_bar().encode(
        x=alt.X("share:Q", title="share of the part's points", axis=alt.Axis(format="%", tickCount=5)),
        color=severity_color(severity_legend()),
        tooltip=["part", "severity", alt.Tooltip("count", format=","), alt.Tooltip("share", format=".1%")],
    )
    # A share under a twelfth has no room for its count; the tooltip has it.
    text = (
        base.transform_filter("datum.share >= 0.08")
        .transform_calculate(label="format(datum.count, ',') + ' · ' + format(datum.share, '.0%')")
        .mark_text(color="white", fontWeight=600)
        .encode(x="middle:Q", text="label:N")
    )
    return alt.LayerChart(layer=[bars, text], height=BAR_HEIGHT_PX * len(parts) + AXIS_PX + TITLE_PX + LEGEND_PX)
