"""What is lost when a network is shown fewer slices than it was made for."""

from collections.abc import Sequence

import streamlit as st

from lsdc.charts.slices import metric_by_slices
from lsdc.evaluation.metrics import SLICE_METRICS
from lsdc.ui.charts import show_chart
from lsdc.ui.scores import ScoredRun, slice_table

NUMBERS = {name: st.column_config.NumberColumn(format="%.3f") for name in ("value", "from", "to")}


def draw_slices(runs: Sequence[ScoredRun]) -> None:
    """Draw a metric by the number of slices, and its numbers."""
    metric = st.selectbox("Metric", SLICE_METRICS, format_func=lambda metric: metric.title, key="compare_slice_metric")
    table = slice_table(runs, metric)
    if table.empty:
        st.info("These networks see one slice, the point's own.", icon=":material/layers:")
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
