"""The label table in numbers and charts."""

import pandas as pd
import streamlit as st

from lsdc.charts import exploration
from lsdc.dataset.filters import Filter
from lsdc.dataset.summary import summarize
from lsdc.dataset.tables import labelled
from lsdc.ui.charts import show_in_columns
from lsdc.ui.datasets import DataSet
from pages.explore.brushing import show_brushable
from pages.explore.filters import filtered, filtered_grades
from pages.explore.patients import draw_patients
from pages.explore.views import choose_view

# What the overview is of, by the word for it in the page's address.
VIEWS = {"counts": "Counts", "balancing": "Balancing", "patients": "Within a patient"}


def draw_overview(data: DataSet, table: pd.DataFrame, chosen: Filter) -> None:
    """Draw totals, then a chart with its sentence for each question of the view that is looked at."""
    _draw_totals(table)
    view = choose_view(VIEWS, key="explore_view")
    if view == "balancing":
        _draw_balancing(data, chosen)
    elif view == "patients":
        asked = chosen.without("severity")
        draw_patients(filtered(data, asked), filtered_grades(data, asked))
    else:
        _draw_counts(data, chosen)


def _draw_counts(data: DataSet, chosen: Filter) -> None:
    of_conditions, of_levels, of_severities = st.columns([4, 3, 3], gap="medium")
    with of_conditions:
        show_brushable(data, chosen, exploration.conditions, by=("condition", "side"), name="conditions")
    with of_levels:
        show_brushable(data, chosen, exploration.levels, by=("level",), name="levels")
    with of_severities:
        if _has_grade(data, chosen.without("severity")):
            show_brushable(data, chosen, exploration.severities, by=("severity",), name="severities")
        else:
            st.info("None of these points has a grade.", icon=":material/info:")
    if not _has_grade(data, chosen.without("severity", "level")):
        return
    left, right = st.columns(2, gap="large")
    both = ("level", "severity")
    with left:
        show_brushable(data, chosen, exploration.severity_by_level, by=both, name="severity_by_level")
    with right:
        show_brushable(data, chosen, exploration.severity_shares_by_level, by=both, name="severity_shares_by_level")


def _has_grade(data: DataSet, chosen: Filter) -> bool:
    return bool(filtered(data, chosen)["severity"].notna().any())


def _draw_totals(table: pd.DataFrame) -> None:
    summary = summarize(table)
    with st.container(horizontal=True, key="explore_totals", gap="large"):
        for name, value in (
            ("Studies", summary.studies),
            ("Series with points", summary.series),
            ("Points", summary.rows),
            ("Graded", summary.labelled),
        ):
            st.metric(name, f"{value:,}", width="content")


def _draw_balancing(data: DataSet, chosen: Filter) -> None:
    st.caption(
        "The report leaves out studies that are Normal/Mild at all five levels. Filters of level and severity do not act "
        "here: balancing looks at all of them."
    )
    graded = labelled(filtered(data, chosen.without("severity", "level")))
    if graded.empty:
        st.info("None of these points has a grade.", icon=":material/info:")
        return
    show_in_columns(exploration.balancing(graded))
