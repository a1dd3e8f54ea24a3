"""What the scoreboards show: which columns, which runs, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from lsdc.evaluation.metrics import METRICS, Metric
from lsdc.ui.scores import Line, ScoreGroup


@dataclass(frozen=True, kw_only=True)
class Board:
    """A reader's choice.

    Args:
        columns: The metrics to show, of those that a group has.
        sort_by: The metric by which lines are sorted, the best first.
        words: What a run's label must hold, in any case; empty for all.
        hidden: Identifiers of runs that are not shown.
    """

    columns: tuple[Metric, ...]
    sort_by: Metric
    words: str
    hidden: frozenset[str]

    def lines(self, group: ScoreGroup) -> list[Line]:
        """The runs of a group that are shown, the best first, and the baselines after them."""
        return self.ranked_runs([group]) + [line for line in group.lines() if line.run is None]

    def ranked_runs(self, groups: Sequence[ScoreGroup]) -> list[Line]:
        """The runs of some groups that are shown, the best first."""
        runs = [line for group in groups for line in group.lines() if self._shows(line)]
        return sorted(runs, key=self._rank)

    def _shows(self, line: Line) -> bool:
        run = line.run
        return run is not None and run.listed.run.run_id not in self.hidden and self.words.lower() in line.label.lower()

    def _rank(self, line: Line) -> float:
        score = line.scores.get(self.sort_by.name)
        if score is None or score["value"] is None:
            return float("inf")
        return -score["value"] if self.sort_by.higher_is_better else score["value"]


def choose_board(groups: Sequence[ScoreGroup]) -> Board:
    """Draw the choice: a filter, the order, and behind two buttons the columns and the runs to hide."""
    metrics = list(dict.fromkeys(metric for group in groups for metric in group.metrics))
    labels = {run.listed.run.run_id: run.label for group in groups for run in group.runs}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input("Filter", placeholder="Part of a run's name", key="compare_filter", width=260)
        sort_by = st.selectbox(
            "Sort by", metrics, format_func=lambda metric: metric.title, key="compare_sort", width=220
        )
        with st.popover("Columns", icon=":material/view_column:"):
            columns = st.pills(
                "Metrics",
                metrics,
                selection_mode="multi",
                default=[metric for metric in metrics if metric in METRICS],
                format_func=lambda metric: metric.title,
                key="compare_columns",
                persist_state="session",
            )
        with st.popover("Hide runs", icon=":material/visibility_off:"):
            hidden = st.multiselect("Runs", list(labels), format_func=labels.__getitem__, key="compare_hidden")
    # In the order of the program, whichever was chosen first.
    shown = tuple(metric for metric in metrics if metric in columns) or (metrics[0],)
    return Board(columns=shown, sort_by=sort_by, words=words.strip(), hidden=frozenset(hidden))
