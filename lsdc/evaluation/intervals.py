"""95 % intervals from resampling studies: a patient's points stand or fall together, so they are drawn together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lsdc.evaluation.metrics import Metric
from lsdc.evaluation.predictions import labels_of, probabilities_of, rows_fingerprint
from lsdc.evaluation.weighted import Floats, WeightedRows, Weighting

NUM_DRAWS = 1000
# Draws in which a metric is undefined, such as a grade that was not drawn, are left out; with more of them than this
# there is no interval, because those left would be a choice.
MAX_UNDEFINED_SHARE = 0.05
# Draws at a time, a bound on memory: with every row of 6,448 a study of its own they take 50 MB.
DRAWS_AT_A_TIME = 1000


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A value with the middle 95 % of its resamples. None where undefined."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Resampled:
    """Numbers of some rows, and the same numbers under resampled studies.

    Args:
        observed: Of the rows as they are, by name; NaN where undefined.
        draws: One row per draw, one column for each of the names.
        inflated: Names of those that noise can only raise, see `deflated_interval`.
    """

    observed: Mapping[str, float]
    draws: pd.DataFrame
    inflated: Collection[str] = ()

    def intervals(self) -> dict[str, Interval]:
        """Each value with its interval, by name."""
        return {
            name: (deflated_interval if name in self.inflated else percentile_interval)(
                value, self.draws[name].to_numpy()
            )
            for name, value in self.observed.items()
        }

    def minus(self, other: Resampled) -> Resampled:
        """How much higher each number is here than in `other`, which met the same draws; names that only one has drop out.

        What noise raises in both, it does not raise alike: such a difference has no draws, and so no interval.
        """
        names = [name for name in self.observed if name in other.observed]
        draws = self.draws[names] - other.draws[names]
        draws[[name for name in names if name in self.inflated or name in other.inflated]] = np.nan
        return Resampled(observed={name: self.observed[name] - other.observed[name] for name in names}, draws=draws)


def study_draws(rows: pd.DataFrame, *, num_draws: int = NUM_DRAWS) -> Iterator[Weighting]:
    """Resample the studies of `rows` with replacement.

    The seed is made of the rows' keys, so that every run that is scored on the same rows meets the same draws; more
    draws begin with those of fewer.

    Yields:
        How often each study counts, in blocks that make `num_draws` together.
    """
    generator = np.random.default_rng(int(rows_fingerprint(rows), 16))
    study_of_row, studies = pd.factorize(rows["study_id"], sort=True)
    count = len(studies)
    for start in range(0, num_draws, DRAWS_AT_A_TIME):
        draws = min(DRAWS_AT_A_TIME, num_draws - start)
        drawn = generator.integers(count, size=(draws, count)) + count * np.arange(draws)[:, None]
        repeats = np.bincount(drawn.ravel(), minlength=draws * count).reshape(draws, count)
        yield Weighting(unit_of_row=study_of_row.astype("int64"), weights=repeats.astype("float64"))


def resample(
    rows: pd.DataFrame,
    compute: Callable[[Weighting], Mapping[str, Floats]],
    *,
    num_draws: int = NUM_DRAWS,
    inflated: Collection[str] = (),
) -> Resampled:
    """Compute numbers, by name, of rows as they are and under resampled studies.

    Args:
        rows: Rows with the keys of a predictions table.
        compute: From a weighting of the rows to one value per draw, (draws,), by name.
        num_draws: Number of resamples.
        inflated: Names of those that noise can only raise, see `deflated_interval`.
    """
    values = compute(Weighting.once(len(rows)))
    blocks = [pd.DataFrame(compute(weighting)) for weighting in study_draws(rows, num_draws=num_draws)]
    return Resampled(
        observed={name: value.item() for name, value in values.items()},
        draws=pd.concat(blocks, ignore_index=True),
        inflated=inflated,
    )


def resample_metrics(rows: pd.DataFrame, metrics: Sequence[Metric], *, num_draws: int = NUM_DRAWS) -> Resampled:
    """Compute metrics of a predictions table, by name."""
    probabilities, labels = probabilities_of(rows), labels_of(rows)

    def compute(weighting: Weighting) -> dict[str, Floats]:
        weighted = WeightedRows(probabilities=probabilities, labels=labels, weighting=weighting)
        return {metric.name: metric.compute(weighted) for metric in metrics}

    inflated = [metric.name for metric in metrics if metric.inflated]
    return resample(rows, compute, num_draws=num_draws, inflated=inflated)


def intervals(rows: pd.DataFrame, metrics: Sequence[Metric], *, num_draws: int = NUM_DRAWS) -> dict[str, Interval]:
    """Compute metrics of a predictions table with their intervals, by name."""
    return resample_metrics(rows, metrics, num_draws=num_draws).intervals()


def percentile_interval(value: float, resamples: Floats) -> Interval:
    """The value with the 2.5th and 97.5th percentile of its resamples, (draws,)."""
    if np.isnan(value):
        return Interval(value=None, low=None, high=None)
    undefined = np.isnan(resamples)
    if undefined.mean() > MAX_UNDEFINED_SHARE:
        return Interval(value=value, low=None, high=None)
    low, high = np.percentile(resamples[~undefined], [2.5, 97.5])
    return Interval(value=value, low=float(low), high=float(high))


def deflated_interval(value: float, resamples: Floats) -> Interval:
    """The value with an interval for what noise can only raise, such as a calibration error.

    Its resamples lie above the value by as much as the value lies above the truth, and what noise adds, it adds to the
    square: so the percentiles are mirrored at the value (the “basic” interval of Davison and Hinkley, “Bootstrap Methods
    and their Application”, 1997, section 5.2) on the scale of squares. The value may lie above the interval.
    """
    plain = percentile_interval(value, resamples)
    if plain.low is None or plain.high is None:
        return plain
    low, high = (float(np.sqrt(max(0.0, 2 * value**2 - end**2))) for end in (plain.high, plain.low))
    return Interval(value=value, low=low, high=high)
