"""Confusion matrices side by side, by the rule that the reader chooses; a click on a cell leads to its cases."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial

import pandas as pd
import streamlit as st

from lsdc.charts.confusion import SELECTION, Share, confusion_difference, confusion_matrix
from lsdc.charts.sentences import about_confusion
from lsdc.evaluation.decisions import EVEN_COSTS, GRADED_COSTS, cheapest, confusion_counts, severe_from
from lsdc.evaluation.predictions import labels_of, probabilities_of, scored_rows
from lsdc.evaluation.report_reference import REPORT_CONFUSION
from lsdc.evaluation.weighted import Floats, Ints
from lsdc.labels import Severity
from lsdc.ui.charts import finish, show_chart
from lsdc.ui.errors import as_text
from lsdc.ui.scores import ScoredRun, load_predictions
from pages.compare.cases import Cell, draw_cases

Decide = Callable[[Floats], Ints]


class Rule(StrEnum):
    """How a grade is made of probabilities."""

    MOST_PROBABLE = "Most probable"
    THRESHOLD = "Severe from a threshold"
    COSTS = "Least cost"


def draw_confusion(runs: Sequence[ScoredRun]) -> None:
    """Draw the choices, a matrix for each run, the difference of two, the report's, and the cases of the chosen cell."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        share = st.segmented_control("Shares", list(Share), default=Share.OF_LABEL, required=True, key="compare_share")
        rule = st.segmented_control(
            "Grade by", list(Rule), default=Rule.MOST_PROBABLE, required=True, key="compare_rule"
        )
        with_report = st.toggle("Beside the report's matrix", key="compare_report_matrix")
    decide = _choose_rule(rule)
    scored = {run.listed.run.run_id: scored_rows(load_predictions(run.listed.run))[1] for run in runs}
    grades = {run_id: decide(probabilities_of(rows)) for run_id, rows in scored.items()}
    counts = [confusion_counts(labels_of(scored[run_id]), grades[run_id]) for run_id in scored]
    matrices = len(runs) + (len(runs) == 2) + with_report
    columns = iter(st.columns(max(matrices, 3), gap="medium"))
    for run, matrix in zip(runs, counts, strict=True):
        with next(columns):
            _draw_matrix(run, matrix, share)
    if len(runs) == 2:
        with next(columns):
            show_chart(
                finish(confusion_difference(*counts, share)),
                sentence="The first minus the second: purple is more, green is fewer.",
                title="Difference",
            )
    if with_report:
        with next(columns):
            show_chart(
                finish(confusion_matrix(REPORT_CONFUSION, share)),
                sentence="Of the report's custom network, on 1,289 rows that are not known. It gives an accuracy of .599, "
                "and not the .618 of its table.",
                title="The report's",
            )
    cell = _chosen_cell(runs)
    if cell is None:
        st.caption("Click a cell to see its cases.")
        return
    draw_cases(cell, runs, scored, grades)


def _draw_matrix(run: ScoredRun, counts: Ints, share: Share) -> None:
    show_chart(
        finish(confusion_matrix(counts, share, clickable=True)),
        sentence=about_confusion(counts.tolist()),
        title=as_text(run.label),
        key=_key(run.listed.run.run_id),
        on_select=partial(_remember, run.listed.run.run_id),
    )


def _choose_rule(rule: Rule) -> Decide:
    match rule:
        case Rule.MOST_PROBABLE:
            return partial(cheapest, costs=EVEN_COSTS)
        case Rule.THRESHOLD:
            threshold = st.slider("Severe from a probability of", 0.0, 1.0, 0.33, 0.01, key="compare_threshold")
            return partial(severe_from, threshold=threshold)
        case Rule.COSTS:
            return partial(cheapest, costs=_choose_costs())


def _choose_costs() -> Floats:
    names = [severity.value for severity in Severity]
    table = pd.DataFrame(GRADED_COSTS, index=pd.Index(names, name="true grade"), columns=[f"shown {n}" for n in names])
    column = st.column_config.NumberColumn(min_value=0.0, step=0.1, required=True)
    edited = st.data_editor(
        table, column_config=dict.fromkeys(table.columns, column), width="content", key="compare_costs"
    )
    st.caption(
        "What each mistake costs; the grade with the lowest expected cost is shown. At first: how many grades it is off, "
        "times the challenge's weight of the true grade (1, 2, 4). It needs probabilities that can be taken at their word."
    )
    return edited.to_numpy("float64")


def _key(run_id: str) -> str:
    return f"compare_matrix_{run_id}"


def _remember(run_id: str) -> None:
    # Each matrix keeps its own cell; the one clicked last is meant.
    st.session_state["compare_cell_of"] = run_id


def _chosen_cell(runs: Sequence[ScoredRun]) -> Cell | None:
    by_id = {run.listed.run.run_id: run for run in runs}
    run = by_id.get(st.session_state.get("compare_cell_of", ""))
    if run is None:
        return None
    picked = st.session_state[_key(run.listed.run.run_id)]["selection"][SELECTION]
    if not picked:
        return None
    return Cell(run=run, label=Severity(picked[0]["label"]), shown=Severity(picked[0]["predicted"]))
