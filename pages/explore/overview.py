"""The label table in numbers and charts."""

import pandas as pd
import streamlit as st

from lsdc.charts import counts, sentences
from lsdc.dataset.summary import summarize
from lsdc.dataset.tables import balance, labelled
from lsdc.ui.charts import show_chart


def draw_overview(table: pd.DataFrame) -> None:
    """Draw totals, then a chart with its sentence for each question."""
    summary = summarize(table)
    with st.container(horizontal=True, key="explore_totals", gap="large"):
        for name, value in (
            ("Studies", summary.studies),
            ("Series with points", summary.series),
            ("Points", summary.rows),
            ("Graded", summary.labelled),
        ):
            st.metric(name, f"{value:,}", width="content")
    left, right = st.columns(2, gap="large")
    with left:
        show_chart(counts.condition_counts(table), sentence=sentences.about_conditions(table), title="Conditions")
    with right:
        show_chart(counts.level_counts(table), sentence=sentences.about_levels(table), title="Levels")
    graded = labelled(table)
    if graded.empty:
        st.info("None of these points has a grade.", icon=":material/info:")
        return
    with left:
        show_chart(counts.severity_counts(graded), sentence=sentences.about_severities(table), title="Severity")
        balanced = balance(table)
        show_chart(
            counts.balancing(graded, balanced),
            sentence=sentences.about_balancing(graded, balanced),
            title="Without all-normal studies",
        )
    with right:
        show_chart(
            counts.severity_by_level(graded),
            sentence=sentences.about_severity_by_level(graded),
            title="Severity by level",
        )
