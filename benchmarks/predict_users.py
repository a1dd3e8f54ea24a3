"""What many users at once cost on a real server: how long each waits for a grade, and whether the server grows."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import psutil
from bars import Bar
from predict_served import app_server
from visitors import Visitor

from lsdc.labels import Level
from lsdc.runs import RunFolder

GRADE_MS = 500.0
USERS = 20
CORES = 2
GROWTH_MB = 30.0

# Seconds, or MiB, of each grade or each study that a user got through; None where the page showed an error.
_Measured = list[float | None]


def user_bars(run: RunFolder, data_root: Path, explained: int, grades: int) -> list[Bar]:
    """Users without a browser, each in a session of its own.

    First each chooses a sample, grades its point, and begins anew as soon as the page has explained the grade: timed is
    from the click on the button until the probabilities are there. An explanation takes the processors for a second, so
    that thousands would take an hour: then each marks a point at every level of a sample and grades these together,
    which explains nothing, while the server's memory is looked at after every study.
    """
    with app_server(data_root) as (process, url):
        process.cpu_affinity(process.cpu_affinity()[:CORES])
        query = urlencode({"run": run.run_id, "case": "-"})
        _together(url, query, 1, _explained_grade)  # loads the network, and whatever else is loaded once
        waits = _together(url, query, explained // USERS, _explained_grade)
        sizes = _together(url, query, grades // USERS // len(Level), lambda visitor: _graded_study(visitor, process))
    return [_wait_bar(waits), _error_bar(waits, sizes), _growth_bar(sizes)]


def _wait_bar(waits: _Measured) -> Bar:
    low, median, high = np.percentile([wait for wait in waits if wait is not None], [25, 50, 75]) * 1000
    return Bar(
        name=f"click to grade with {USERS} users at once on {CORES} cores, median of {len(waits)}, ms",
        value=median,
        bar=GRADE_MS,
        at_most=True,
        spread=(low, high),
    )


def _error_bar(waits: _Measured, sizes: _Measured) -> Bar:
    grades = len(waits) + len(sizes) * len(Level)
    return Bar(name=f"errors in {grades} grades", value=(waits + sizes).count(None), bar=0, at_most=True)


def _growth_bar(sizes: _Measured) -> Bar:
    """The last quarter beside the first one; single moments differ by what just happens to be in memory."""
    known = [size for size in sizes if size is not None]
    quarter = len(known) // 4
    low, median, high = np.percentile(known[-quarter:], [25, 50, 75]) - np.median(known[:quarter])
    return Bar(
        name=f"memory of the server, last quarter of {len(sizes) * len(Level)} grades less the first, MiB",
        value=median,
        bar=GROWTH_MB,
        at_most=True,
        spread=(low, high),
    )


def _together(url: str, query: str, times: int, measure: Callable[[Visitor], float]) -> _Measured:
    """What each user measured on one sample after another, in about the order in which it was."""

    def visit(user: int) -> _Measured:
        with Visitor(url, "predict", query) as visitor:
            visitor.visit()
            samples = list(visitor.widgets["Sample"].options)
            return [
                _on_sample(visitor, samples[(user * 7 + number) % len(samples)], measure) for number in range(times)
            ]

    with ThreadPoolExecutor(USERS) as users:
        return list(itertools.chain.from_iterable(zip(*users.map(visit, range(USERS)), strict=True)))


def _on_sample(visitor: Visitor, sample: str, measure: Callable[[Visitor], float]) -> float | None:
    try:
        visitor.visit({"Sample": {"string_value": sample}})
        return measure(visitor)
    except RuntimeError:
        return None


def _explained_grade(visitor: Visitor) -> float:
    return visitor.visit({"Grade this point": {"trigger_value": True}}, until="Probabilities")


def _graded_study(visitor: Visitor, process: psutil.Process) -> float:
    for place, level in enumerate(Level):
        # What was marked before is added, and the next level chosen, in one go.
        adding = {"Add point": {"trigger_value": True}} if place else {}
        visitor.visit({"Disc level": {"string_array_value": {"data": [level.value]}}, **adding})
    asked = ("Add point", "Grade all points")
    visitor.visit({button: {"trigger_value": True} for button in asked}, until=f"{len(Level)} answers")
    return float(process.memory_info().rss / 2**20)
