"""95 % intervals from resampling studies: a patient's points stand or fall together, so they are drawn together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lsdc.evaluation.metrics import Metric
from lsdc.evaluation.predictions import labels_of, probabilities_of, rows_fingerprint
from lsdc.evaluation.weighted import Floats, WeightedRows

NUM_DRAWS = 2000
# Draws in which a metric is undefined, such as a grade that was not drawn, are left out; with more of them than this
# there is no interval, because those left would be a choice.
MAX_UNDEFINED_SHARE = 0.05
# Draws at a time: as many as keep a block of weights in the processor's cache, which doubles the speed.
CELLS_AT_A_TIME = 200_000


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A value with the middle 95 % of its resamples. None where undefined."""

    value: float | None
    low: float | None
    high: float | None


def study_draws(rows: pd.DataFrame, *, num_draws: int = NUM_DRAWS) -> Iterator[Floats]:
    """Resample the studies of `rows` with replacement.

    The seed is made of the rows' keys, so that every run that is scored on the same rows meets the same draws.

    Yields:
        How often each row counts, float64 (draws, rows), in blocks that make `num_draws` together.
    """
    generator = np.random.default_rng(int(rows_fingerprint(rows), 16))
    study_of_row, studies = pd.factorize(rows["study_id"], sort=True)
    block = max(1, CELLS_AT_A_TIME // len(rows))
    for start in range(0, num_draws, block):
        draws = min(block, num_draws - start)
        repeats = generator.multinomial(len(studies), np.full(len(studies), 1 / len(studies)), size=draws)
        yield repeats[:, study_of_row].astype("float64")


def intervals(rows: pd.DataFrame, metrics: Sequence[Metric], *, num_draws: int = NUM_DRAWS) -> dict[str, Interval]:
    """Compute metrics of a predictions table with their intervals, by name."""
    probabilities, labels = probabilities_of(rows), labels_of(rows)

    def compute(weights: Floats) -> dict[str, Floats]:
        weighted = WeightedRows(probabilities=probabilities, labels=labels, weights=weights)
        return {metric.name: metric.compute(weighted) for metric in metrics}

    return bootstrap(rows, compute, num_draws=num_draws)


def difference_intervals(
    a: pd.DataFrame, b: pd.DataFrame, metrics: Sequence[Metric], *, num_draws: int = NUM_DRAWS
) -> dict[str, Interval]:
    """Compute how much higher each metric is for `a` than for `b`, by name.

    Args:
        a: Predictions of one grader.
        b: Predictions of another for the same points in the same order.
        metrics: What to compare.
        num_draws: Number of resamples; both graders meet the same ones.
    """
    labels = labels_of(a)
    probabilities = probabilities_of(a), probabilities_of(b)

    def compute(weights: Floats) -> dict[str, Floats]:
        one, other = (WeightedRows(probabilities=p, labels=labels, weights=weights) for p in probabilities)
        return {metric.name: metric.compute(one) - metric.compute(other) for metric in metrics}

    return bootstrap(a, compute, num_draws=num_draws)


def bootstrap(
    rows: pd.DataFrame, compute: Callable[[Floats], dict[str, Floats]], *, num_draws: int = NUM_DRAWS
) -> dict[str, Interval]:
    """Compute numbers, by name, of rows as they are and under resampled studies.

    Args:
        rows: Rows with the keys of a predictions table.
        compute: From weights (draws, rows) to one value per draw, (draws,), by name.
        num_draws: Number of resamples.
    """
    values = compute(np.ones((1, len(rows))))
    blocks = [compute(weights) for weights in study_draws(rows, num_draws=num_draws)]
    return {
        name: percentile_interval(value.item(), np.concatenate([block[name] for block in blocks]))
        for name, value in values.items()
    }


def percentile_interval(value: float, resamples: Floats) -> Interval:
    """The value with the 2.5th and 97.5th percentile of its resamples, (draws,)."""
    if np.isnan(value):
        return Interval(value=None, low=None, high=None)
    undefined = np.isnan(resamples)
    if undefined.mean() > MAX_UNDEFINED_SHARE:
        return Interval(value=value, low=None, high=None)
    low, high = np.percentile(resamples[~undefined], [2.5, 97.5])
    return Interval(value=value, low=float(low), high=float(high))
