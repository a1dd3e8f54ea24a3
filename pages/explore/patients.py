"""What goes with what within a patient."""

import pandas as pd
import streamlit as st

from lsdc.charts import sentences
from lsdc.charts.associations import completeness_map, odds_ratio_map, sides_matrix, step_bars
from lsdc.dataset.associations import (
    agreement,
    completeness,
    left_and_right,
    log_odds_ratios,
    narrowed_by,
    steps_along_spine,
)
from lsdc.dataset.tables import labelled
from lsdc.ui.charts import show_chart


def draw_patients(table: pd.DataFrame) -> None:
    """Draw what is narrowed together, left against right, how grades change along the spine, and what is graded at all.

    Args:
        table: The rows of the filter, of any severity: what is narrowed is compared with what is not.
    """
    st.caption(
        "Of a study it is asked whether a level or a condition is Moderate or worse anywhere; the filter of severity does not act here."
    )
    graded = labelled(table)
    if graded.empty:
        st.info("None of these points has a grade.", icon=":material/info:")
        return
    left, right = st.columns(2, gap="large")
    with left:
        _draw_together(graded, "target", "Conditions that go together")
        _draw_sides(graded)
    with right:
        _draw_together(graded, "level", "Levels that go together")
        graded_of = completeness(table)
        show_chart(
            completeness_map(graded_of),
            sentence=sentences.about_completeness(graded_of),
            title="What is graded: studies, and their share",
            file_name="completeness.csv",
        )
        _draw_steps(graded)


def _draw_together(graded: pd.DataFrame, by: str, title: str) -> None:
    studies = narrowed_by(graded, by)
    pairs = log_odds_ratios(studies)
    if pairs.empty:
        st.markdown(f"#### {title}")
        st.info("At least two are needed. Choose more above.", icon=":material/info:")
        return
    show_chart(
        odds_ratio_map(pairs, list(studies)),
        sentence=sentences.about_odds(pairs),
        title=title,
        file_name=f"together_by_{by}.csv",
    )


def _draw_sides(graded: pd.DataFrame) -> None:
    pairs = left_and_right(graded)
    if pairs.empty:
        st.markdown("#### Left against right")
        st.info("No level is graded on both sides among these points.", icon=":material/info:")
        return
    show_chart(
        sides_matrix(pairs),
        sentence=sentences.about_sides(pairs, agreement(pairs)),
        title="Left against right, of the same level",
        file_name="left_and_right.csv",
    )


def _draw_steps(graded: pd.DataFrame) -> None:
    steps = steps_along_spine(graded)
    if steps.empty:
        st.markdown("#### Along the spine")
        st.info("No study has grades at two neighbouring levels. Choose more above.", icon=":material/info:")
        return
    show_chart(
        step_bars(steps),
        sentence=sentences.about_steps(steps),
        title="Along the spine: the worst grade at the next level below",
        file_name="along_the_spine.csv",
    )
