"""Scores of several graders as one table: which is best in each column, and the table as CSV and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from lsdc.evaluation.markdown import number, table
from lsdc.evaluation.metrics import Metric
from lsdc.evaluation.metrics_file import Score, Scores


def best_value(scores: Iterable[Scores], metric: Metric) -> float | None:
    """The best value of a metric. None if all are alike, for then nobody is best."""
    values = {of[metric.name]["value"] for of in scores} - {None}
    if len(values) < 2:
        return None
    defined = [value for value in values if value is not None]
    return max(defined) if metric.higher_is_better else min(defined)


def as_csv(scores: Mapping[str, Scores], metrics: Sequence[Metric]) -> str:
    """One line for each grader; of each metric the value and the ends of its interval, empty where undefined."""
    lines = []
    for grader, of in scores.items():
        line: dict[str, str | float | None] = {"grader": grader}
        for metric in metrics:
            score = of[metric.name]
            line |= {
                metric.name: score["value"],
                f"{metric.name}_low": score["low"],
                f"{metric.name}_high": score["high"],
            }
        lines.append(line)
    return pd.DataFrame(lines).to_csv(index=False, lineterminator="\n")


def as_markdown(scores: Mapping[str, Scores], metrics: Sequence[Metric]) -> str:
    """One line for each grader, values with their intervals, the best of each column bold."""
    best = {metric.name: best_value(scores.values(), metric) for metric in metrics}
    header = ["Grader", *(f"{metric.title} {'↑' if metric.higher_is_better else '↓'}" for metric in metrics)]
    lines = [
        [grader, *(_cell(metric, of[metric.name], best[metric.name]) for metric in metrics)]
        for grader, of in scores.items()
    ]
    return table(header, lines) + "\n"


def _cell(metric: Metric, score: Score, best: float | None) -> str:
    value = number(metric, score["value"])
    shown = f"**{value}**" if score["value"] is not None and score["value"] == best else value
    if score["low"] is None:
        return shown
    return f"{shown} ({number(metric, score['low'])} to {number(metric, score['high'])})"
