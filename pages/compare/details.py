"""Some runs side by side: errors, curves, learning, and the networks themselves."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from lsdc.charts.curves import precision_recall_curve, roc_curve
from lsdc.charts.learning import validation_curves
from lsdc.evaluation.metrics import METRICS
from lsdc.labels import Severity
from lsdc.ui.charts import show_chart
from lsdc.ui.errors import as_text, friendly_errors
from lsdc.ui.score_tables import rankings
from lsdc.ui.scores import ScoredRun, ScoreGroup
from pages.compare.calibration import draw_calibration
from pages.compare.confusion import draw_confusion
from pages.compare.pairs import draw_all_pairs, draw_head_to_head
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
        "Curves": _draw_curves,
        "Calibration": draw_calibration,
        "Learning": _draw_learning,
        "Levels": _draw_levels,
        "Slices": draw_slices,
        "Head to head": draw_head_to_head,
        "All pairs": partial(draw_all_pairs, everybody=list(by_id.values())),
        "Networks": _draw_networks,
    }
    panes = st.tabs(list(tabs), on_change="rerun", key="compare_tab")
    for pane, draw in zip(panes, tabs.values(), strict=True):
        if pane.open:
            with pane, friendly_errors():
                draw(runs)


def _draw_curves(runs: Sequence[ScoredRun]) -> None:
    if len({run.group for run in runs}) > 1:
        st.warning(
            "These runs were scored on different rows, so their curves cannot be ranked.", icon=":material/rule:"
        )
    for severity, column in zip(Severity, st.columns(len(Severity), gap="medium"), strict=True):
        with column:
            st.markdown(f"#### {severity}")
            ranked = rankings(runs, severity)
            if not ranked:
                st.caption("No curve: the scored rows have only this grade, or none of it.")
                continue
            show_chart(roc_curve(ranked), sentence="Dashed: a guess. Further up and left is better.")
            show_chart(precision_recall_curve(ranked), sentence="Dashed: a guess. Further up and right is better.")


def _draw_learning(runs: Sequence[ScoredRun]) -> None:
    histories = {run.label: run.listed.run.history() for run in runs}
    left, right = st.columns(2, gap="large")
    with left:
        show_chart(validation_curves(histories, "loss"), sentence="Loss on the validation rows, epoch by epoch.")
    with right:
        show_chart(
            validation_curves(histories, "accuracy"), sentence="Accuracy on the validation rows, epoch by epoch."
        )


def _draw_levels(runs: Sequence[ScoredRun]) -> None:
    metric = st.selectbox("Metric", METRICS, format_func=lambda metric: metric.title, key="compare_level_metric")
    table = pd.DataFrame(
        {run.label: {level: scores[metric.name] for level, scores in run.metrics["by_level"].items()} for run in runs}
    )
    table.insert(0, "rows", pd.Series({level: scores["rows"] for level, scores in runs[0].metrics["by_level"].items()}))
    st.dataframe(
        table,
        column_config={run.label: st.column_config.NumberColumn(format="%.3f") for run in runs},
        key="compare_levels",
        placeholder="–",
    )
    st.caption(f"{metric.meaning} Few rows make these numbers uncertain; they have no intervals.")


def _draw_networks(runs: Sequence[ScoredRun]) -> None:
    for run, column in zip(runs, st.columns(len(runs), gap="large"), strict=True):
        with column, friendly_errors():
            st.markdown(f"#### {as_text(run.label)}")
            with st.expander("Model card", icon=":material/description:", expanded=True), st.container(height=480):
                st.markdown(run.listed.run.model_card())
            with st.expander("Layers and parameters", icon=":material/account_tree:"):
                st.code(run.listed.run.model_summary(), language=None, height=420)
