"""A chart whose marks can be clicked to choose rows, and that shows which are chosen."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import altair as alt

from lsdc.charts.palette import ACCENT

# The name under which a click is told.
SELECTION = "picked"
DIMMED_OPACITY = 0.3


def brushable(chart: alt.LayerChart, chosen: Mapping[str, Collection[str]]) -> alt.LayerChart:
    """Make the marks of a chart's first layer clickable.

    Args:
        chart: Its first layer encodes no opacity.
        chosen: For each column of the chart's rows that a click tells, the values that are chosen; none is all of them.
            Marks of these values are outlined, and the others dimmed.
    """
    marks, *rest = chart.layer
    marks = marks.add_params(alt.selection_point(name=SELECTION, fields=list(chosen)))
    tests = [{"field": field, "oneOf": sorted(values)} for field, values in chosen.items() if values]
    if tests:
        marks = marks.encode(
            opacity=alt.OpacityValue(DIMMED_OPACITY, condition={"test": {"and": tests}, "value": 1}),
            stroke=alt.StrokeValue(None, condition={"test": {"and": tests}, "value": ACCENT}),
        )
    # A chart made anew would lose the types of its columns.
    chart.layer = [marks, *rest]
    return chart
