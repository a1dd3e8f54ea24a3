"""What is lost when a network is shown fewer slices than it was made for."""

from collections.abc import Sequence

import streamlit as st

from lsdc.charts.slices import attention_by_place, metric_by_slices
from lsdc.evaluation.metrics import SLICE_METRICS
from lsdc.ui.charts import show_chart
from lsdc.ui.score_tables import attention_table, slice_table
from lsdc.ui.scores import ScoredRun

NUMBERS = {name: st.column_config.NumberColumn(format="%.3f") for name in ("value", "from", "to")}
SHARES = {name: st.column_config.NumberColumn(format="percent") for name in ("weight", "decided")}


def draw_slices(runs: Sequence[ScoredRun]) -> None:
    """Draw a metric by the number of slices and the attention of each place, with their numbers."""
    metric = st.selectbox("Metric", SLICE_METRICS, format_func=lambda metric: metric.title, key="compare_slice_metric")
    table = slice_table(runs, metric)
    if table.empty:
        st.info(
            "These networks see one slice, the point's own. An ensemble is not shown fewer slices; its members are.",
            icon=":material/layers:",
        )
        return
    direction = "Higher is better." if metric.higher_is_better else "Lower is better."
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_chart(
            metric_by_slices(table, metric.title),
            sentence=f"{metric.meaning} {direction} The slices nearest to the point are shown, the others hidden.",
        )
    with right:
        numbers = table.rename(columns={"low": "from", "high": "to"})
        st.dataframe(numbers, hide_index=True, column_config=NUMBERS, key="compare_slices", placeholder="–")
    _draw_attention(runs)


def _draw_attention(runs: Sequence[ScoredRun]) -> None:
    table = attention_table(runs)
    if table.empty:
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_chart(
            attention_by_place(table),
            sentence="How much each slice weighed, on average over the scored rows that have it: below 0 towards the "
            "feet or the right, above 0 towards the head or the left; mirrored sagittal points run the other way.",
            title="Attention",
        )
    with right:
        order = ["run", "place", "rows", "weight", "decided"]
        st.dataframe(table[order], hide_index=True, column_config=SHARES, key="compare_attention")
        st.caption("`decided`: the share of those rows in which the slice had the largest weight.")
