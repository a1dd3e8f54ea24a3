"""Graded rows under many weightings at once, and the areas under their curves.

A bootstrap draw is a whole number of repeats for each study. Every metric is written in terms of such weights, with the
draws along the first axis, so that the value and its thousand resamples come from the same few matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lsdc.labels import Severity

if TYPE_CHECKING:
    # SciPy is imported where it calculates: a page that reads scores does not.
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NUM_CLASSES = len(Severity)
# As many as keep the cumulative counts of some thousand rows in the processor's cache, which makes them thrice as fast.
DRAWS_AT_A_TIME = 50


@dataclass(frozen=True, kw_only=True, eq=False)
class Weighting:
    """How often each row counts in each draw; rows of one unit, such as a study, always count alike.

    Args:
        unit_of_row: int64 (rows,), from 0.
        weights: float64 (draws, units), not negative.
    """

    unit_of_row: Ints
    weights: Floats

    @classmethod
    def once(cls, rows: int) -> Weighting:
        """Every row once, in a single draw."""
        return cls(unit_of_row=np.zeros(rows, dtype="int64"), weights=np.ones((1, 1)))

    @classmethod
    def of_rows(cls, weights: Floats) -> Weighting:
        """Each row as a unit of its own; `weights` is float64 (draws, rows)."""
        return cls(unit_of_row=np.arange(weights.shape[1]), weights=weights)

    def only(self, chosen: Bools | Ints) -> Weighting:
        """The same draws of some of the rows: bool (rows,), or their positions."""
        return Weighting(unit_of_row=self.unit_of_row[chosen], weights=self.weights)

    def sum(self, values: Floats | Ints | Bools) -> Floats:
        """Add up (rows,) to (draws,), or (rows, columns) to (draws, columns)."""
        of_units: Floats = self._rows_of_unit @ np.asarray(values, dtype="float64")
        return self.weights @ of_units

    @cached_property
    def _rows_of_unit(self) -> csr_array:
        from scipy.sparse import csr_array

        rows = len(self.unit_of_row)
        return csr_array((np.ones(rows), (self.unit_of_row, np.arange(rows))), shape=(self.weights.shape[1], rows))


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightedRows:
    """Predictions, true grades, and how often each row counts in each draw.

    Args:
        probabilities: float64 (rows, 3), in the order of `Severity.rank`.
        labels: int64 (rows,), `Severity.rank`.
        weighting: Of the same rows.
    """

    probabilities: Floats
    labels: Ints
    weighting: Weighting

    @classmethod
    def once(cls, probabilities: Floats, labels: Ints) -> WeightedRows:
        """Every row once, in a single draw."""
        return cls(probabilities=probabilities, labels=labels, weighting=Weighting.once(len(labels)))

    @cached_property
    def one_hot(self) -> Bools:
        """The true grades as bool (rows, 3)."""
        return np.eye(NUM_CLASSES, dtype=bool)[self.labels]

    @cached_property
    def predicted(self) -> Ints:
        """The most probable grade, int64 (rows,); of equal ones the milder."""
        most_probable: Ints = self.probabilities.argmax(axis=1)
        return most_probable

    @cached_property
    def confidence(self) -> Floats:
        """The highest probability, float64 (rows,)."""
        highest: Floats = self.probabilities.max(axis=1)
        return highest

    @cached_property
    def confusion(self) -> Floats:
        """(draws, true, predicted), in rows."""
        cells = np.eye(NUM_CLASSES**2)[self.labels * NUM_CLASSES + self.predicted]
        return self.sum(cells).reshape(-1, NUM_CLASSES, NUM_CLASSES)

    @cached_property
    def total(self) -> Floats:
        """(draws,), in rows."""
        return self.sum(np.ones(len(self.labels)))

    @cached_property
    def flattened_areas(self) -> Areas:
        """Of the flattened one-hot table: each row is three yes-or-no questions, of which one is true."""
        weighting = self.weighting
        cells = Weighting(unit_of_row=weighting.unit_of_row.repeat(NUM_CLASSES), weights=weighting.weights)
        return areas_under_curves(self.probabilities.ravel(), self.one_hot.ravel(), cells)

    def sum(self, values: Floats | Ints | Bools) -> Floats:
        """Add up (rows,) to (draws,), or (rows, columns) to (draws, columns)."""
        return self.weighting.sum(values)

    def mean(self, values: Floats | Ints | Bools) -> Floats:
        """Average (rows,) to (draws,)."""
        return ratio(self.sum(values), self.total)


@dataclass(frozen=True, kw_only=True, eq=False)
class Areas:
    """Areas under the curves of one yes-or-no question, each (draws,).

    Args:
        roc: The probability that a positive scores above a negative, ties counting half; NaN without both.
        precision_recall: Average precision: precision at each threshold, weighted with the gain in recall, without
            interpolation; NaN without positives.
    """

    roc: Floats
    precision_recall: Floats


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; what is divided by nothing is undefined, NaN, without a warning."""
    quotient = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient


def areas_under_curves(scores: Floats, positive: Bools, weighting: Weighting) -> Areas:
    """The areas under ROC and precision-recall curve, in each draw.

    Args:
        scores: (rows,).
        positive: bool (rows,).
        weighting: Of the same rows.
    """
    # Both areas are sums over the positives: only their scores are thresholds, from the highest down.
    falling = np.unique(-scores[positive])
    reached = np.searchsorted(falling, -scores)
    counted = reached < len(falling)
    tied = ~positive & counted
    tied[tied] = falling[reached[tied]] == -scores[tied]
    gains, false_alarms, ties = (
        _at_thresholds(reached, chosen, weighting, len(falling)) for chosen in (positive, ~positive & counted, tied)
    )
    overtaken, precision = [], []
    for start in range(0, len(weighting.weights), DRAWS_AT_A_TIME):
        weights = np.ascontiguousarray(weighting.weights[start : start + DRAWS_AT_A_TIME].T)
        gained, false_positives = gains @ weights, (false_alarms @ weights).cumsum(axis=0)
        true_positives = gained.cumsum(axis=0)
        overtaken.append(np.einsum("td,td->d", gained, false_positives - (ties @ weights) / 2))
        # A threshold above every drawn row has no precision, and no gain in recall either.
        share = true_positives / np.maximum(true_positives + false_positives, np.finfo("float64").tiny)
        precision.append(np.einsum("td,td->d", gained, share))
    positives, negatives = weighting.sum(positive), weighting.sum(~positive)
    return Areas(
        roc=1 - ratio(np.concatenate(overtaken), positives * negatives),
        precision_recall=ratio(np.concatenate(precision), positives),
    )


def _at_thresholds(reached: Ints, chosen: Bools, weighting: Weighting, thresholds: int) -> csr_array:
    """How many of the chosen rows each unit has at each threshold, (thresholds, units)."""
    from scipy.sparse import csr_array

    places = reached[chosen], weighting.unit_of_row[chosen]
    return csr_array((np.ones(len(places[0])), places), shape=(thresholds, weighting.weights.shape[1]))
