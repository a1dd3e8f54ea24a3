"""Scores of several graders as a table: which is best in each column, and the table as CSV and as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from lsdc.evaluation.markdown import escaped, table, with_interval
from lsdc.evaluation.metrics import Metric
from lsdc.evaluation.metrics_file import Metrics, Scores
from lsdc.spreadsheets import as_cell


def best_value(scores: Iterable[Scores], metric: Metric) -> float | None:
    """The best value of a metric. None if all are alike, for then nobody is best."""
    values = {of[metric.name]["value"] for of in scores} - {None}
    if len(values) < 2:
        return None
    defined = [value for value in values if value is not None]
    return max(defined) if metric.higher_is_better else min(defined)


def about_rows(data_name: str, metrics: Metrics) -> str:
    """What a sheet calls the rows that a run was scored on."""
    rows, studies = f"{metrics['rows']:,} {metrics['scored_on']} rows", f"{metrics['studies']:,} studies"
    return f"{data_name}: {rows} of {studies} ({metrics['rows_fingerprint'][:8]})"


def baseline_label(name: str) -> str:
    """What a sheet calls a baseline."""
    return f"Baseline: {name}"


def as_csv(groups: Mapping[str, Mapping[str, Scores]], metrics: Sequence[Metric]) -> str:
    """One line for each grader; of each metric the value and the ends of its interval, empty where undefined.

    Args:
        groups: The scores of graders by their names, by the rows that they were scored on: lines of different rows are
            not to be ranked together.
        metrics: The columns.
    """
    lines = []
    for rows, scores in groups.items():
        for grader, of in scores.items():
            line: dict[str, str | float | None] = {"rows": as_cell(rows), "grader": as_cell(grader)}
            for metric in metrics:
                score = of[metric.name]
                line |= {
                    metric.name: score["value"],
                    f"{metric.name}_low": score["low"],
                    f"{metric.name}_high": score["high"],
                }
            lines.append(line)
    return pd.DataFrame(lines).to_csv(index=False, lineterminator="\n")


def as_markdown(groups: Mapping[str, Mapping[str, Scores]], metrics: Sequence[Metric]) -> str:
    """A heading and a table for each group: a line for each grader, the best of each column bold. Arguments as above."""
    header = ["Grader", *(f"{metric.title} {'↑' if metric.higher_is_better else '↓'}" for metric in metrics)]
    return "\n".join(
        f"## {escaped(rows)}\n\n{table(header, _lines(scores, metrics))}\n" for rows, scores in groups.items()
    )


def _lines(scores: Mapping[str, Scores], metrics: Sequence[Metric]) -> list[list[str]]:
    best = {metric.name: best_value(scores.values(), metric) for metric in metrics}

    def cell(of: Scores, metric: Metric) -> str:
        score = of[metric.name]
        return with_interval(metric, score, bold=score["value"] is not None and score["value"] == best[metric.name])

    return [[escaped(grader), *(cell(of, metric) for metric in metrics)] for grader, of in scores.items()]
