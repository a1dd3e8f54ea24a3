"""Numbers and tables as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lsdc.evaluation.metrics import Metric
from lsdc.evaluation.metrics_file import Score

_SPECIAL = re.compile(r"[\\`*_\[\]<>!|~#&]")
_OPEN_BAR = re.compile(r"(?<!\\)\|")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, without a line break at its end; what would divide a cell, such as in the name of a run, does not."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def escaped(text: str) -> str:
    """Text from elsewhere, such as the name of a data set, that is to be read as it stands."""
    return _SPECIAL.sub(r"\\\g<0>", _one_line(text))


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


def _cell(text: str) -> str:
    return _OPEN_BAR.sub(r"\|", _one_line(text))


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())
