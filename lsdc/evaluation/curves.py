"""Curves of graders on scored rows, with bands from resampled studies."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from lsdc.evaluation.intervals import MAX_UNDEFINED_SHARE, study_draws
from lsdc.evaluation.predictions import ROW_KEYS, labels_of, probabilities_of
from lsdc.evaluation.weighted import NUM_CLASSES, Bools, Floats, Ints
from lsdc.labels import Severity

# From hits and false alarms at falling thresholds, (thresholds,), to values on the grid.
Curve = Callable[[Floats, Floats], Floats]

# Of bands, in which the eye sees no more than this.
BAND_DRAWS = 200
GRID = np.linspace(0, 1, 101)
COVERAGES = np.linspace(0.05, 1, 96)


def roc_curve(rows: pd.DataFrame, severity: Severity | None) -> pd.DataFrame:
    """The ROC curve of one grade against the others, or of the flattened one-hot table.

    Args:
        rows: Scored rows of a predictions table.
        severity: The grade; None for all three questions of every row together.

    Returns:
        One row for each of 101 false positive rates: `x`, the true positive rate `y`, and its 95 % band as `low` and
        `high`, NaN where too many draws have no such curve. Empty unless there are positives and negatives.
    """
    return _with_band(rows, severity, _roc)


def precision_recall_curve(rows: pd.DataFrame, severity: Severity | None) -> pd.DataFrame:
    """The same for precision `y` at each recall `x`."""
    return _with_band(rows, severity, _precision_recall)


def coverage_curve(rows: pd.DataFrame) -> pd.DataFrame:
    """What is gained by answering only when sure.

    Args:
        rows: Scored rows of a predictions table.

    Returns:
        One row for each `coverage`, the share of rows that are answered, the surest first: the lowest highest
        probability among them, `threshold`; `rows`; the share of them graded right, `accuracy`; and of the severe ones
        among them graded Severe, `severe_recall` (NaN without any).
    """
    probabilities, labels = probabilities_of(rows), labels_of(rows)
    # Ties stand in the order of the rows' keys, whatever the order of the table.
    confidence = probabilities.max(axis=1)
    order = np.lexsort((*rows[list(ROW_KEYS)].to_numpy("str").T, -confidence))
    graded = probabilities.argmax(axis=1)[order]
    right, severe = (graded == labels[order]).cumsum(), labels[order] == Severity.SEVERE.rank
    found = (severe & (graded == Severity.SEVERE.rank)).cumsum()
    answered = np.ceil(COVERAGES * len(rows)).astype("int64")
    last = answered - 1
    of_severe = severe.cumsum()[last]
    return pd.DataFrame(
        {
            "coverage": answered / len(rows),
            "threshold": confidence[order][last],
            "rows": answered,
            "accuracy": right[last] / answered,
            "severe_recall": np.divide(found[last], of_severe, out=np.full(len(last), np.nan), where=of_severe > 0),
        }
    )


def _with_band(rows: pd.DataFrame, severity: Severity | None, curve: Curve) -> pd.DataFrame:
    scores, positive, repeats = _questions(rows, severity)
    if not positive.any() or positive.all():
        return pd.DataFrame(columns=["x", "y", "low", "high"], dtype="float64")
    order = scores.argsort(kind="stable")[::-1]
    ends = np.flatnonzero(np.diff(scores[order], append=-np.inf))

    def at_grid(weights: Floats) -> Floats:
        ordered = weights[order]
        hits = (ordered * positive[order]).cumsum()[ends]
        return curve(hits, ordered.cumsum()[ends] - hits)

    low, high = _band(np.array([at_grid(weights) for weights in _row_weights(rows, repeats)]))
    return pd.DataFrame({"x": GRID, "y": at_grid(np.ones(len(scores))), "low": low, "high": high})


def _band(drawn: Floats) -> Floats:
    """The 2.5th and 97.5th percentile, (2, grid), of curves, (draws, grid)."""
    undefined = np.isnan(drawn).any(axis=1)
    if undefined.mean() > MAX_UNDEFINED_SHARE:
        return np.full((2, len(GRID)), np.nan)
    band: Floats = np.percentile(drawn[~undefined], [2.5, 97.5], axis=0)
    return band


def _questions(rows: pd.DataFrame, severity: Severity | None) -> tuple[Floats, Bools, int]:
    """Scores, whether each is of a positive, and how many of them a row has."""
    probabilities, labels = probabilities_of(rows), labels_of(rows)
    if severity is None:
        return probabilities.ravel(), np.eye(NUM_CLASSES, dtype=bool)[labels].ravel(), NUM_CLASSES
    return probabilities[:, severity.rank], labels == severity.rank, 1


def _row_weights(rows: pd.DataFrame, repeats: int) -> Iterator[Floats]:
    for drawn in study_draws(rows, num_draws=BAND_DRAWS):
        units: Ints = drawn.unit_of_row.repeat(repeats)
        for weights in drawn.weights:
            yield weights[units]


def _roc(hits: Floats, false_alarms: Floats) -> Floats:
    """The true positive rate at the grid's false positive rates, by straight lines between thresholds."""
    if not hits[-1] or not false_alarms[-1]:
        return np.full(len(GRID), np.nan)
    x, y = np.append(0, false_alarms / false_alarms[-1]), np.append(0, hits / hits[-1])
    # Of a rise straight up only the top counts.
    keep = np.append(np.diff(x) > 0, True)
    rates: Floats = np.interp(GRID, x[keep], y[keep])
    return rates


def _precision_recall(hits: Floats, false_alarms: Floats) -> Floats:
    """The precision at the first threshold that reaches each recall of the grid; no interpolation."""
    if not hits[-1]:
        return np.full(len(GRID), np.nan)
    first = np.searchsorted(hits, GRID * hits[-1] - 1e-9).clip(max=len(hits) - 1)
    shown = hits + false_alarms
    # At recall 0 that is the surest row that was drawn.
    first = np.maximum(first, np.searchsorted(shown, 0, side="right"))
    precision: Floats = hits[first] / shown[first]
    return precision
