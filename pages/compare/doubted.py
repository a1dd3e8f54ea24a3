"""Which runs speak of labels, and which of the labels that they doubt are looked at."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lsdc.labels import Condition, Level, Severity
from lsdc.ui.errors import as_text
from lsdc.ui.reviews import fingerprint_of
from lsdc.ui.scores import ScoredRun

MOST_LABELS, FIRST_LABELS = 5000, 200


def choose_runs(runs: Sequence[ScoredRun], everybody: Sequence[ScoredRun]) -> list[ScoredRun]:
    """Draw the choice of runs of one data set; at first those that are compared, or the members of an ensemble."""
    fingerprint = fingerprint_of(runs[0])
    # An ensemble would say what its members say a second time: they speak for it.
    by_id = {
        run.listed.run.run_id: run for run in everybody if not run.listed.members and fingerprint_of(run) == fingerprint
    }
    speaking = dict.fromkeys(run_id for run in runs for run_id in (run.listed.members or (run.listed.run.run_id,)))
    st.caption(
        "Each label is judged by the runs that did not learn from it: the mean of their log losses puts the one that they "
        "doubt most first. A dropped label is left out of training, and nothing else: validation and test rows stay, or "
        "every run would look better for it."
    )
    chosen = st.multiselect(
        "Runs that speak",
        list(by_id),
        default=[run_id for run_id in speaking if run_id in by_id],
        format_func=lambda run_id: by_id[run_id].label,
        key=f"compare_review_runs_{fingerprint[:8]}",
    )
    if any(fingerprint_of(run) != fingerprint for run in runs):
        st.caption(f"Runs of other data than “{as_text(runs[0].label)}” cannot speak of these labels.")
    return [by_id[run_id] for run_id in chosen]


def say_who_speaks(runs: Sequence[ScoredRun], labels: pd.DataFrame) -> None:
    """Say where one run alone judges a label, and whose split leaks."""
    shared = int((labels["runs"] > 1).sum())
    if len(runs) > 1 and not shared:
        st.info(
            "No label is held out by more than one of these runs: each is judged by one alone.", icon=":material/rule:"
        )
    if leaking := [as_text(run.label) for run in runs if run.leaks]:
        st.warning(
            f"The split of {', '.join(leaking)} leaks: it knows the patients of the rows that it holds out, and doubts "
            "their labels less than it should.",
            icon=":material/water_drop:",
        )


def choose_labels(labels: pd.DataFrame) -> tuple[pd.DataFrame, bool, bool]:
    """Draw the filters: the labels to look at, whether only those that are not decided, and whether to hide what the runs say."""
    conditions = [condition for condition in Condition if condition.value in set(labels["condition"])]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        condition = st.selectbox(
            "Condition",
            [None, *conditions],
            format_func=lambda chosen: chosen.display if chosen else "All",
            key="compare_review_condition",
            width=230,
        )
        level = st.selectbox(
            "Level", [None, *Level], format_func=lambda word: word or "All", key="compare_review_level", width=110
        )
        grade = st.selectbox(
            "Label", [None, *Severity], format_func=lambda word: word or "All", key="compare_review_grade", width=150
        )
        count = st.number_input(
            "Most doubted", 1, MOST_LABELS, FIRST_LABELS, step=50, key="compare_review_count", width=140
        )
        open_only = st.toggle("Undecided only", value=True, key="compare_review_open")
        hidden = st.toggle(
            "Hide the runs",
            key="compare_review_blind",
            help="Decide on the image alone, so that two reviewers do not agree because both believed the same run.",
        )
    wanted = {"condition": condition, "level": level, "label": grade}
    for column, word in wanted.items():
        if word is not None:
            labels = labels[labels[column] == word]
    return labels.head(count), open_only, hidden
