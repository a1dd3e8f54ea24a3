"""The table of one group of runs: its metrics with intervals, the baselines as its last rows."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from lsdc.charts.scores import metric_intervals
from lsdc.evaluation.intervals import NUM_DRAWS
from lsdc.evaluation.markdown import number
from lsdc.evaluation.metrics import Metric
from lsdc.evaluation.metrics_file import Score
from lsdc.evaluation.score_sheet import about_rows, as_csv, as_markdown, baseline_label, best_value
from lsdc.runs import RunState
from lsdc.ui.charts import show_chart
from lsdc.ui.errors import as_text
from lsdc.ui.frame import SYNTHETIC_BADGE
from lsdc.ui.score_tables import interval_table, leak_table
from lsdc.ui.scores import Line, ScoredRun, ScoreGroup
from pages.compare.board import Board

# Beyond so many the table scrolls, so that what stands below it can be reached.
MOST_ROWS, SCROLLED_PX = 16, 600
# A value with its interval, also where it is bold.
CELL_PX = 128
MARKS = {
    "leaks": "#ec6a74",
    "chosen on these rows": "orange",
    "not above level only": "gray",
    "ensemble": "violet",
    "baseline": "gray",
    **{state.value: "blue" for state in RunState if state is not RunState.FINISHED},
}


class Cell(float):
    """A number that knows how it is written: a table's styles are told the value of a cell, and not its place."""

    text: str

    @classmethod
    def of(cls, score: Score, metric: Metric) -> "Cell":
        """The value, and behind it its interval; NaN and a dash where it is undefined."""
        cell = cls("nan" if score["value"] is None else score["value"])
        cell.text = number(metric, score["value"])
        if score["low"] is not None and score["high"] is not None:
            cell.text += f"  {score['low']:.2f}–{score['high']:.2f}"
        return cell


def draw_scoreboard(group: ScoreGroup, board: Board) -> None:
    """Draw what the group has in common, the table with its downloads, the leak check, and a chart of one metric."""
    first = group.first
    key = "_".join(first.group)
    st.subheader(_title(group), anchor=False)
    lines = board.lines(group)
    metrics = [metric for metric in board.columns if metric in group.metrics]
    _draw_table(lines, metrics, key)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"Values with 95 % intervals from {NUM_DRAWS:,} resamples of the studies; the best of each column is bold. "
            f"Baselines see no pixels and learned from the training rows of “{as_text(first.label)}”.",
        )
        _offer_downloads(lines, metrics, rows=about_rows(first.listed.data_name, first.metrics), key=key)
    leak_check = st.expander("Leak check", icon=":material/water_drop:", key=f"compare_leak_{key}", on_change="rerun")
    if leak_check.open:
        with leak_check:
            _draw_leak_check(lines, key)
    one_metric = st.expander(
        "Draw one metric", icon=":material/bar_chart:", key=f"compare_bars_{key}", on_change="rerun"
    )
    if one_metric.open:
        with one_metric:
            _draw_metric(group, lines, key)


def draw_together(groups: Sequence[ScoreGroup], board: Board) -> None:
    """Draw the runs of all groups as one table, for a reader who asked for it."""
    lines = board.ranked_runs(groups)
    metrics = [metric for metric in board.columns if all(metric in group.metrics for group in groups)]
    rows = {run.listed.run.run_id: _rows(group) for group in groups for run in group.runs}
    st.subheader("All runs, on different rows", anchor=False)
    _draw_table(lines, metrics, "together", rows=[rows[line.run.listed.run.run_id] for line in lines if line.run])
    st.caption(
        "Not a ranking: a run may stand above another because its rows are easier. Baselines belong to their rows and "
        "are left out. “All pairs” below compares runs on the rows that they share."
    )


def _title(group: ScoreGroup) -> str:
    first = group.first
    mark = f" {SYNTHETIC_BADGE}" if first.listed.synthetic else ""
    return f"{as_text(first.listed.data_name)}: {_rows(group)}{mark}"


def _rows(group: ScoreGroup) -> str:
    metrics = group.first.metrics
    part = "validation" if group.first.chosen_on_these_rows else "test"
    return f"{metrics['rows']:,} {part} rows of {metrics['studies']:,} studies"


def _draw_table(lines: Sequence[Line], metrics: Sequence[Metric], key: str, *, rows: Sequence[str] = ()) -> None:
    """One row for each line; `rows` says of each what it was scored on, where that is not the same for all."""
    cells = {metric.name: [Cell.of(line.scores[metric.name], metric) for line in lines] for metric in metrics}
    table = pd.DataFrame(
        # As objects, or pandas would make plain numbers of them.
        {name: pd.Series(column, dtype=object) for name, column in cells.items()}
    )
    table.insert(0, "run", [_name(line) for line in lines])
    table.insert(1, "marks", [_marks(line) for line in lines])
    if rows:
        table.insert(2, "rows", rows)
    best = {metric.name: best_value((line.scores for line in lines), metric) for metric in metrics}
    styles = table.style.format({metric.name: lambda cell: cell.text for metric in metrics}).apply(
        lambda column: ["font-weight: bold" if cell == best[column.name] else "" for cell in column], subset=list(best)
    )
    st.dataframe(
        styles,
        hide_index=True,
        height=SCROLLED_PX if len(lines) > MOST_ROWS else "content",
        column_config={
            "run": st.column_config.TextColumn("Run", pinned=True, width=230),
            "rows": "Scored on",
            "marks": st.column_config.MultiselectColumn("Marks", options=list(MARKS), color=list(MARKS.values())),
            **{
                metric.name: st.column_config.NumberColumn(_heading(metric), help=metric.meaning, width=CELL_PX)
                for metric in metrics
            },
        },
        key=f"compare_scores_{key}",
    )


def _name(line: Line) -> str:
    return line.label if line.run is None else line.run.listed.name or line.run.listed.run.run_id


def _marks(line: Line) -> list[str]:
    run = line.run
    if run is None:
        return ["baseline"]
    state = run.listed.status.state
    marks = (
        ("leaks", run.leaks),
        ("chosen on these rows", run.chosen_on_these_rows),
        ("not above level only", not run.beats_level_only),
        ("ensemble", bool(run.listed.members)),
        (state.value, state is not RunState.FINISHED),
    )
    return [mark for mark, holds in marks if holds]


def _heading(metric: Metric) -> str:
    return f"{metric.title} {'↑' if metric.higher_is_better else '↓'}"


def _offer_downloads(lines: Sequence[Line], metrics: Sequence[Metric], *, rows: str, key: str) -> None:
    scores = {line.label if line.run else baseline_label(line.label): line.scores for line in lines}
    for name, suffix, write in (("CSV", "csv", as_csv), ("Markdown", "md", as_markdown)):
        st.download_button(
            name,
            # Written only when somebody asks.
            partial(write, {rows: scores}, metrics),
            file_name=f"scores.{suffix}",
            mime=f"text/{'csv' if suffix == 'csv' else 'markdown'}",
            icon=":material/download:",
            on_click="ignore",
            key=f"compare_{suffix}_{key}",
        )


def _draw_leak_check(lines: Sequence[Line], key: str) -> None:
    runs: list[ScoredRun] = [line.run for line in lines if line.run is not None]
    if not runs:
        st.caption("No run is shown.")
        return
    st.dataframe(leak_table(runs), hide_index=True, placeholder="not recorded", key=f"compare_leaks_{key}")
    st.caption(
        "What the parts of each split share; anything but 0 leaks, and the run is marked. Identical crops are found by "
        "a hash of the pixels that the network saw. “Patient look-up” is the demonstration: a grader that sees no "
        "pixels and looks up how the patient's other points are graded in training. It is the gain of its macro AUC "
        "over the disc level alone, and 0 where no patient was met before."
    )


def _draw_metric(group: ScoreGroup, lines: Sequence[Line], key: str) -> None:
    metric = st.selectbox("Metric", group.metrics, format_func=lambda metric: metric.title, key=f"compare_metric_{key}")
    direction = "Higher is better." if metric.higher_is_better else "Lower is better."
    show_chart(metric_intervals(interval_table(lines, metric), metric.title), sentence=f"{metric.meaning} {direction}")
