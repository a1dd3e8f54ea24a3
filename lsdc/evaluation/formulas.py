"""The formulas of the metrics.

Each takes `WeightedRows` and gives one value per draw, float64 (draws,); NaN where it is undefined, such as a recall
of a grade that does not occur. Their names and words are in `metrics`.
"""

from __future__ import annotations

import numpy as np

from lsdc.evaluation.weighted import NUM_CLASSES, Bools, Floats, Ints, WeightedRows, areas_under_curves, ratio
from lsdc.labels import Severity

# The challenge's: missing a severe case costs four times as much as misjudging a normal one.
CHALLENGE_WEIGHTS = np.array([1.0, 2.0, 4.0])
CALIBRATION_BINS = 15
# (true, shown): how many grades lie between them.
GRADES_APART = np.abs(np.subtract.outer(np.arange(NUM_CLASSES), np.arange(NUM_CLASSES)))


# Of the most probable grade.


def accuracy(rows: WeightedRows) -> Floats:
    """Share of rows whose most probable grade is the true one."""
    return rows.mean(rows.predicted == rows.labels)


def balanced_accuracy(rows: WeightedRows) -> Floats:
    """Mean of the three recalls."""
    return _mean_over_grades(ratio(_hits(rows), rows.confusion.sum(axis=2)))


def macro_f1(rows: WeightedRows) -> Floats:
    """Mean of the three F1 scores."""
    shown_and_true = rows.confusion.sum(axis=1) + rows.confusion.sum(axis=2)
    return _mean_over_grades(ratio(2 * _hits(rows), shown_and_true))


def quadratic_kappa(rows: WeightedRows) -> Floats:
    """Cohen's kappa with quadratic weights."""
    return cohen_kappa(rows.confusion, GRADES_APART**2)


def linear_kappa(rows: WeightedRows) -> Floats:
    """Cohen's kappa with linear weights."""
    return cohen_kappa(rows.confusion, GRADES_APART)


def unweighted_kappa(rows: WeightedRows) -> Floats:
    """Cohen's kappa in which every other grade is as wrong."""
    return cohen_kappa(rows.confusion, np.minimum(GRADES_APART, 1))


def two_grade_kappa(rows: WeightedRows) -> Floats:
    """Cohen's kappa of Normal/Mild against the two other grades, which is the same with all weights."""
    graded = np.arange(NUM_CLASSES) > Severity.NORMAL_MILD.rank
    return cohen_kappa(rows.confusion, graded[:, None] != graded)


def cohen_kappa(counts: Floats, disagreement: Floats | Ints | Bools) -> Floats:
    """Agreement of two readers beyond chance (Cohen 1968, “Weighted kappa”).

    Args:
        counts: (draws, words of the one, words of the other).
        disagreement: How far apart two words are, (words, words); 0 for the same.

    Returns:
        (draws,); undefined where both use a single word, since chance alone would agree.
    """
    by_chance = np.einsum("di,dj,ij->d", counts.sum(axis=2), counts.sum(axis=1), disagreement)
    return 1 - ratio((counts * disagreement).sum(axis=(1, 2)) * counts.sum(axis=(1, 2)), by_chance)


def severe_recall(rows: WeightedRows) -> Floats:
    """Share of severe rows that are graded severe."""
    return _share_of_severe(rows, Severity.SEVERE)


def severe_as_normal(rows: WeightedRows) -> Floats:
    """Share of severe rows that are graded Normal/Mild."""
    return _share_of_severe(rows, Severity.NORMAL_MILD)


# Of the probabilities.


def macro_auc(rows: WeightedRows) -> Floats:
    """Mean of the areas under the three one-against-the-rest ROC curves."""
    areas = [areas_under_curves(rows.probabilities[:, k], rows.labels == k, rows.weighting) for k in range(NUM_CLASSES)]
    return _mean_over_grades(np.stack([area.roc for area in areas], axis=1))


def log_loss(rows: WeightedRows) -> Floats:
    """Mean negative logarithm of the probability given to the true grade."""
    return rows.mean(row_losses(rows))


def weighted_log_loss(rows: WeightedRows) -> Floats:
    """Log loss with the challenge's weights, 1 for Normal/Mild, 2 for Moderate and 4 for Severe."""
    importance = CHALLENGE_WEIGHTS[rows.labels]
    return ratio(rows.sum(importance * row_losses(rows)), rows.sum(importance))


def calibration_error(rows: WeightedRows) -> Floats:
    """Expected calibration error of the most probable grade, in 15 bins of equal width."""
    excess = rows.confidence - (rows.predicted == rows.labels)
    return ratio(np.abs(rows.sum(calibration_bins(rows) * excess[:, None])).sum(axis=1), rows.total)


def calibration_bins(rows: WeightedRows) -> Bools:
    """Which of the 15 bins of equal width from 0 to 1 holds each row's highest probability, bool (rows, 15)."""
    # A bin is open below and closed above, as in Guo et al., ICML 2017.
    number = np.ceil(rows.confidence * CALIBRATION_BINS).clip(1)
    in_bin: Bools = number[:, None] == np.arange(1, CALIBRATION_BINS + 1)
    return in_bin


def rmse(rows: WeightedRows) -> Floats:
    """Root of the mean squared difference between probability and one-hot, over all cells."""
    return np.sqrt(rows.mean(((rows.probabilities - rows.one_hot) ** 2).mean(axis=1)))


# Of the flattened one-hot table: each row is three yes-or-no questions, of which one is true.


def micro_precision(rows: WeightedRows) -> Floats:
    """Of the cells with a probability above 0.5, the share that is true."""
    shown = rows.probabilities > 0.5
    return ratio(rows.sum((shown & rows.one_hot).sum(axis=1)), rows.sum(shown.sum(axis=1)))


def micro_recall(rows: WeightedRows) -> Floats:
    """Of the true cells, the share with a probability above 0.5."""
    return rows.mean(((rows.probabilities > 0.5) & rows.one_hot).sum(axis=1))


def micro_f1(rows: WeightedRows) -> Floats:
    """Harmonic mean of that precision and recall."""
    shown = rows.probabilities > 0.5
    return ratio(2 * rows.sum((shown & rows.one_hot).sum(axis=1)), rows.sum(shown.sum(axis=1)) + rows.total)


def macro_f_beta(rows: WeightedRows, beta: float) -> Floats:
    """Mean over the grades of the F-beta score at a probability above 0.5."""
    shown = rows.probabilities > 0.5
    hits, shown_rows, true_rows = (rows.sum(cells) for cells in (shown & rows.one_hot, shown, rows.one_hot))
    return _mean_over_grades(ratio((1 + beta**2) * hits, shown_rows + beta**2 * true_rows))


def flattened_auc(rows: WeightedRows) -> Floats:
    """Area under the ROC curve of all cells together, exact."""
    return rows.flattened_areas.roc


def flattened_pr_auc(rows: WeightedRows) -> Floats:
    """Average precision of all cells together."""
    return rows.flattened_areas.precision_recall


def row_losses(rows: WeightedRows) -> Floats:
    """The loss of each row, (rows,); a probability of 0 counts as the smallest that a double can tell from it."""
    given = rows.probabilities[np.arange(len(rows.labels)), rows.labels]
    logarithms: Floats = np.log(given.clip(np.finfo("float64").eps))
    return -logarithms


def _mean_over_grades(values: Floats) -> Floats:
    """From (draws, 3) to (draws,); undefined if it is for one of the grades."""
    mean: Floats = values.mean(axis=1)
    return mean


def _hits(rows: WeightedRows) -> Floats:
    return np.diagonal(rows.confusion, axis1=1, axis2=2)


def _share_of_severe(rows: WeightedRows, shown: Severity) -> Floats:
    severe = rows.confusion[:, Severity.SEVERE.rank]
    return ratio(severe[:, shown.rank], severe.sum(axis=1))
