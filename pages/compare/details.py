"""Some runs side by side: errors, curves, learning, and the networks themselves."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from lsdc.charts.learning import smoothed, validation_curves
from lsdc.ui.cards import offer_card
from lsdc.ui.charts import show_chart
from lsdc.ui.errors import as_text, friendly_errors
from lsdc.ui.scores import ScoredRun, ScoreGroup
from pages.compare.calibration import draw_calibration
from pages.compare.confusion import draw_confusion
from pages.compare.curves import draw_coverage, draw_curves, draw_parts
from pages.compare.differences import draw_differences
from pages.compare.ensemble import draw_ensemble
from pages.compare.pairs import draw_all_pairs, draw_head_to_head
from pages.compare.readers import draw_readers
from pages.compare.review import draw_review
from pages.compare.slices import draw_slices

MOST_RUNS = 3


def draw_details(groups: Sequence[ScoreGroup]) -> None:
    """Draw the choice of runs and the tabs that compare them."""
    st.subheader("In detail", anchor=False)
    by_id = {run.listed.run.run_id: run for group in groups for run in group.runs}
    chosen = st.multiselect(
        f"Runs, at most {MOST_RUNS}",
        list(by_id),
        default=[run.listed.run.run_id for run in groups[0].runs[:2]],
        format_func=lambda run_id: by_id[run_id].label,
        max_selections=MOST_RUNS,
        key="compare_runs",
    )
    runs = [by_id[run_id] for run_id in chosen]
    if not runs:
        st.info("Choose a run above.", icon=":material/checklist:")
        return
    tabs = {
        "Confusion": draw_confusion,
        "Curves": draw_curves,
        "Calibration": draw_calibration,
        "Coverage": draw_coverage,
        "Learning": _draw_learning,
        "Parts": draw_parts,
        "Slices": draw_slices,
        "Human readers": draw_readers,
        "Head to head": draw_head_to_head,
        "All pairs": partial(draw_all_pairs, everybody=list(by_id.values())),
        "Differences": partial(draw_differences, everybody=list(by_id.values())),
        "Networks": _draw_networks,
        "Ensemble": partial(draw_ensemble, everybody=list(by_id.values())),
        "Label review": partial(draw_review, everybody=list(by_id.values())),
    }
    panes = st.tabs(list(tabs), on_change="rerun", key="compare_tab")
    for pane, draw in zip(panes, tabs.values(), strict=True):
        if pane.open:
            with pane, friendly_errors():
                draw(runs)


def _draw_learning(runs: Sequence[ScoredRun]) -> None:
    histories = {run.label: run.listed.run.history() for run in runs if not run.listed.members}
    if not histories:
        st.info("An ensemble has no learning curve; its members have.", icon=":material/show_chart:")
        return
    if st.toggle(
        "Smooth", key="compare_smooth", help="A moving average in which each epoch before weighs 0.6 times as much."
    ):
        histories = {label: smoothed(history) for label, history in histories.items()}
    left, right = st.columns(2, gap="large")
    with left:
        show_chart(validation_curves(histories, "loss"), sentence="Loss on the validation rows, epoch by epoch.")
    with right:
        show_chart(
            validation_curves(histories, "accuracy"), sentence="Accuracy on the validation rows, epoch by epoch."
        )


def _draw_networks(runs: Sequence[ScoredRun]) -> None:
    for run, column in zip(runs, st.columns(len(runs), gap="large"), strict=True):
        with column, friendly_errors():
            st.markdown(f"#### {as_text(run.label)}")
            with st.expander("Model card", icon=":material/description:", expanded=True), st.container(height=480):
                st.markdown(run.listed.run.model_card())
            offer_card(run.listed.run)
            with st.expander("Layers and parameters", icon=":material/account_tree:"):
                st.code(run.listed.run.model_summary(), language=None, height=420)
