"""A chart with its words: what a page and a report draw alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import altair as alt

AnyChart = TypeVar("AnyChart", alt.LayerChart, alt.FacetChart)


@dataclass(frozen=True, kw_only=True, eq=False)
class TitledChart(Generic[AnyChart]):
    """A chart, and one sentence that says what it shows.

    Args:
        title: Stands above it.
        name: Of the file with its numbers.
        chart: The chart.
        sentence: What it shows.
    """

    title: str
    name: str
    chart: AnyChart
    sentence: str


@dataclass(frozen=True, kw_only=True)
class NoChart:
    """Why there is no chart under a title."""

    title: str
    reason: str


TitledLayers = TitledChart[alt.LayerChart]
TitledFacets = TitledChart[alt.FacetChart]
