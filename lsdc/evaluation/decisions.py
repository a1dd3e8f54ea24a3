"""From probabilities to a grade: the most probable one, Severe from a threshold on, or the one that costs least."""

from __future__ import annotations

import numpy as np

from lsdc.evaluation.formulas import CHALLENGE_WEIGHTS
from lsdc.evaluation.weighted import NUM_CLASSES, Floats, Ints
from lsdc.labels import Severity

EVEN_COSTS = 1.0 - np.eye(NUM_CLASSES)
"""Every mistake costs alike, (true, shown): the cheapest grade is the most probable one."""

_RANKS = np.arange(NUM_CLASSES)
GRADED_COSTS = np.abs(_RANKS[:, None] - _RANKS) * CHALLENGE_WEIGHTS[:, None]
"""The distance of the grades times the challenge's weight of the true one, (true, shown)."""


def cheapest(probabilities: Floats, costs: Floats) -> Ints:
    """The grade with the lowest expected cost; of equal ones the milder.

    Args:
        probabilities: (rows, 3).
        costs: (3, 3), what it costs to show a grade (column) where another is true (row).

    Returns:
        int64 (rows,), `Severity.rank`.
    """
    # As savings, so that with even costs they are the probabilities themselves, to the last digit.
    grades: Ints = (probabilities @ (costs.max() - costs)).argmax(axis=1)
    return grades


def severe_from(probabilities: Floats, threshold: float) -> Ints:
    """Severe wherever its probability reaches the threshold, elsewhere the more probable of the other two."""
    rest = probabilities[:, : Severity.SEVERE.rank].argmax(axis=1)
    return np.where(probabilities[:, Severity.SEVERE.rank] >= threshold, Severity.SEVERE.rank, rest)


def confusion_counts(labels: Ints, grades: Ints) -> Ints:
    """How many rows of each grade (row) are given each grade (column), int64 (3, 3)."""
    cells = np.bincount(labels * NUM_CLASSES + grades, minlength=NUM_CLASSES**2)
    return cells.reshape(NUM_CLASSES, NUM_CLASSES)
