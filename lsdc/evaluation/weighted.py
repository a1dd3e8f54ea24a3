"""Graded rows under many weightings at once, and the areas under their curves.

A bootstrap draw is a whole number of repeats for each row. Every metric is written in terms of such weights, with the
draws along the first axis, so that the value and its two thousand resamples come from the same few matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lsdc.labels import Severity

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NUM_CLASSES = len(Severity)


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightedRows:
    """Predictions, true grades, and how often each row counts in each draw.

    Args:
        probabilities: float64 (rows, 3), in the order of `Severity.rank`.
        labels: int64 (rows,), `Severity.rank`.
        weights: float64 (draws, rows), not negative.
    """

    probabilities: Floats
    labels: Ints
    weights: Floats

    @classmethod
    def once(cls, probabilities: Floats, labels: Ints) -> WeightedRows:
        """Every row once, in a single draw."""
        return cls(probabilities=probabilities, labels=labels, weights=np.ones((1, len(labels))))

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
        total: Floats = self.weights.sum(axis=1)
        return total

    def sum(self, values: Floats | Ints | Bools) -> Floats:
        """Add up (rows,) to (draws,), or (rows, columns) to (draws, columns)."""
        return self.weights @ values

    def mean(self, values: Floats | Ints | Bools) -> Floats:
        """Average (rows,) to (draws,)."""
        return ratio(self.sum(values), self.total)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; what is divided by nothing is undefined, NaN, without a warning."""
    quotient = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient


def area_under_roc(scores: Floats, positive: Bools, weights: Floats) -> Floats:
    """The probability that a positive scores above a negative, ties counting half.

    Args:
        scores: (n,).
        positive: bool (n,).
        weights: (draws, n).

    Returns:
        (draws,); NaN where there are no positives or no negatives.
    """
    positives, negatives = _by_score(scores, positive, weights)
    negatives_below = negatives.cumsum(axis=1) - negatives / 2
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    return ratio((positives * negatives_below).sum(axis=1), pairs)


def average_precision(scores: Floats, positive: Bools, weights: Floats) -> Floats:
    """Precision at each threshold, averaged with the gain in recall as its weight; no interpolation.

    Args:
        scores: (n,).
        positive: bool (n,).
        weights: (draws, n).

    Returns:
        (draws,); NaN where there are no positives.
    """
    positives, negatives = (counts[:, ::-1] for counts in _by_score(scores, positive, weights))
    true_positives, false_positives = positives.cumsum(axis=1), negatives.cumsum(axis=1)
    # A threshold above every drawn row has no precision, and no gain in recall either.
    precision = np.nan_to_num(ratio(true_positives, true_positives + false_positives))
    return ratio((positives * precision).sum(axis=1), positives.sum(axis=1))


def _by_score(scores: Floats, positive: Bools, weights: Floats) -> tuple[Floats, Floats]:
    """Positives and negatives at each distinct score, ascending: two arrays (draws, distinct scores)."""
    order = scores.argsort(kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    ordered = weights[:, order]
    positives = np.add.reduceat(ordered * positive[order], starts, axis=1)
    return positives, np.add.reduceat(ordered, starts, axis=1) - positives
