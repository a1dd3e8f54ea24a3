"""The table of one group of runs: its metrics with intervals, the baselines as its last rows."""

import pandas as pd
import streamlit as st

from lsdc.charts.scores import metric_intervals
from lsdc.evaluation.metrics import Metric
from lsdc.evaluation.metrics_file import Scores
from lsdc.runs import RunState
from lsdc.ui.charts import show_chart
from lsdc.ui.errors import as_text
from lsdc.ui.frame import SYNTHETIC_BADGE
from lsdc.ui.runs import STATE_BADGES
from lsdc.ui.scores import ScoredRun, ScoreGroup, best_value, interval_table

LEAKS_BADGE = ":red-badge[:material/water_drop: leaks]"
CHOSEN_BADGE = ":orange-badge[:material/rule: chosen on these rows]"


def draw_scoreboard(group: ScoreGroup) -> None:
    """Draw what the group has in common, the table, and a chart of one metric."""
    first = group.first
    st.subheader(_title(group), anchor=False)
    st.table(_table(group))
    st.caption(
        "95 % intervals from resampling studies; the best of each column is bold. Baselines see no pixels and learned "
        f"from the training rows of “{as_text(first.label)}”."
    )
    with st.expander("Draw one metric", icon=":material/bar_chart:"):
        metric = st.selectbox(
            "Metric",
            group.metrics,
            format_func=lambda metric: metric.title,
            key=f"compare_metric_{'_'.join(first.group)}",
        )
        direction = "Higher is better." if metric.higher_is_better else "Lower is better."
        show_chart(
            metric_intervals(interval_table(group, metric), metric.title), sentence=f"{metric.meaning} {direction}"
        )


def _title(group: ScoreGroup) -> str:
    first = group.first
    mark = f" {SYNTHETIC_BADGE}" if first.listed.synthetic else ""
    rows, studies = first.metrics["rows"], first.metrics["studies"]
    part = "validation" if first.chosen_on_these_rows else "test"
    return f"{as_text(first.listed.data_name)}: {rows:,} {part} rows of {studies:,} studies{mark}"


def _table(group: ScoreGroup) -> pd.DataFrame:
    best = {metric.name: best_value(group, metric) for metric in group.metrics}
    labels = [_run_cell(run) for run in group.runs] + [
        f":gray[{as_text(label)} (baseline)]" for label, _, is_baseline in group.lines() if is_baseline
    ]
    columns = {
        _heading(metric): [_cell(scores, metric, best[metric.name]) for _, scores, _ in group.lines()]
        for metric in group.metrics
    }
    return pd.DataFrame(columns, index=pd.Index(labels))


def _run_cell(run: ScoredRun) -> str:
    state = run.listed.status.state
    badges = (
        (STATE_BADGES[state], state is not RunState.FINISHED),
        (LEAKS_BADGE, run.leaks),
        (CHOSEN_BADGE, run.chosen_on_these_rows),
    )
    marks = [badge for badge, holds in badges if holds]
    name = as_text(run.listed.name or run.listed.run.run_id)
    return " ".join([f"**{name}**", *marks])


def _heading(metric: Metric) -> str:
    return f"{metric.title} {'↑' if metric.higher_is_better else '↓'}"


def _cell(scores: Scores, metric: Metric, best: float | None) -> str:
    score = scores[metric.name]
    if score["value"] is None:
        return ":gray[–]"
    text = format(score["value"], metric.format)
    if score["value"] == best:
        text = f"**{text}**"
    if score["low"] is None or score["high"] is None:
        return text
    return f"{text} :small[:gray[{_interval(score['low'], score['high'])}]]"


def _interval(low: float, high: float) -> str:
    # A true minus, and word joiners around the dash: an interval is never broken over two lines.
    return f"{low:.2f}\u2060–\u2060{high:.2f}".replace("-", "−")
