"""Many runs at once: hyperparameters beside what came of them."""

from __future__ import annotations

from collections.abc import Collection

import altair as alt
import numpy as np
import pandas as pd

from lsdc.charts.palette import LEGEND_PX, REFERENCE, run_color

HEIGHT_PX = 320


def parallel_coordinates(
    values: pd.DataFrame, chosen: list[str], *, by_decades: Collection[str] = ()
) -> alt.LayerChart:
    """A line for each run over all axes; each axis spans its own values.

    Args:
        values: Index: runs; a column for each axis, numbers or words. Words stand in the order of the alphabet.
        chosen: The runs that have a colour; the others are grey.
        by_decades: The axes on which decades, and not differences, are equally long; their numbers are above 0.
    """
    places = values.apply(
        lambda column: _between_zero_and_one(np.log10(column) if column.name in by_decades else column)
    )
    lines = places.rename_axis("run").reset_index().melt("run", var_name="axis", value_name="place")
    told = values.astype(object).rename_axis("run").reset_index().melt("run", var_name="axis", value_name="value")
    lines["value"] = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in told["value"]]
    base = alt.Chart(lines).encode(
        x=alt.X("axis:N", sort=list(values.columns), title=None, axis=alt.Axis(labelAngle=-20, grid=True)),
        y=alt.Y("place:Q", axis=None),
        detail="run:N",
        tooltip=["run", "axis", "value"],
    )
    others = base.transform_filter(~alt.FieldOneOfPredicate("run", chosen)).mark_line(
        color=REFERENCE, opacity=0.35, point=alt.OverlayMarkDef(size=25, color=REFERENCE)
    )
    ours = (
        base.transform_filter(alt.FieldOneOfPredicate("run", chosen))
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=60))
        .encode(color=run_color(chosen))
    )
    return alt.LayerChart(layer=[others, ours], height=HEIGHT_PX + LEGEND_PX * len(chosen))


def _between_zero_and_one(column: pd.Series) -> pd.Series:
    numbers = column if pd.api.types.is_numeric_dtype(column) else column.astype("category").cat.codes
    span = numbers.max() - numbers.min()
    # Of one value alone nothing is high or low.
    return (numbers - numbers.min()) / span if span > 0 else numbers * 0.0 + 0.5
