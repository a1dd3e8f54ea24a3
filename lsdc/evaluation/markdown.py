"""Numbers and tables as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from lsdc.evaluation.metrics import Metric
from lsdc.evaluation.metrics_file import Score


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, without a line break at its end."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(metric: Metric, value: float | None) -> str:
    """A value as the metric is written; a dash where it is undefined."""
    return "–" if value is None else format(value, metric.format)


def with_interval(metric: Metric, score: Score, *, bold: bool = False) -> str:
    """A value, bold if asked for, and, if it has one, its interval."""
    value = number(metric, score["value"])
    shown = f"**{value}**" if bold else value
    if score["low"] is None:
        return shown
    return f"{shown} ({number(metric, score['low'])} to {number(metric, score['high'])})"
