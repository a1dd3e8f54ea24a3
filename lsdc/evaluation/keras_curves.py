"""The areas under the flattened curves as `keras.metrics.AUC` computes them, without Keras.

The report used it. It counts at 200 thresholds only, and interpolates between them, so its values stand beside the
exact ones and are labelled. Formulas: https://keras.io/api/metrics/classification_metrics/#auc-class; the area under
precision and recall is interpolated after Davis and Goadrich, ICML 2006.
"""

from __future__ import annotations

import numpy as np

from lsdc.evaluation.weighted import Floats, WeightedRows, ratio

NUM_THRESHOLDS = 200


def keras_auc(rows: WeightedRows) -> Floats:
    """`keras.metrics.AUC(num_thresholds=200)` on the one-hot table, (draws,)."""
    true_positives, predicted = _counts_at_thresholds(rows)
    recall = ratio(true_positives, rows.total[:, None])
    # Each row has one positive cell and two negative ones.
    false_alarms = ratio(predicted - true_positives, 2 * rows.total[:, None])
    area: Floats = ((recall[:, :-1] + recall[:, 1:]) / 2 * (false_alarms[:, :-1] - false_alarms[:, 1:])).sum(axis=1)
    return area


def keras_pr_auc(rows: WeightedRows) -> Floats:
    """`keras.metrics.AUC(num_thresholds=200, curve="PR")` on the one-hot table, (draws,)."""
    true_positives, predicted = _counts_at_thresholds(rows)
    lower, upper = predicted[:, :-1], predicted[:, 1:]
    gained = true_positives[:, :-1] - true_positives[:, 1:]
    slope = np.nan_to_num(ratio(gained, lower - upper))
    intercept = true_positives[:, 1:] - slope * upper
    growth = np.where(upper > 0, np.nan_to_num(ratio(lower, upper)), 1.0)
    increments = slope * (gained + intercept * np.log(growth))
    return ratio(increments.sum(axis=1), rows.total)


def _counts_at_thresholds(rows: WeightedRows) -> tuple[Floats, Floats]:
    """True positives and all predicted positives, each (draws, thresholds), at rising thresholds."""
    # In single precision, as Keras does it, so that a probability on a threshold falls on the same side.
    scaled = rows.probabilities.astype("float32") * np.float32(NUM_THRESHOLDS - 1)
    highest_passed = np.maximum(np.ceil(scaled).astype("int64") - 1, 0)
    one_hot = np.eye(NUM_THRESHOLDS)[highest_passed]
    true_positives = one_hot[np.arange(len(rows.labels)), rows.labels]
    return _at_least(rows.sum(true_positives)), _at_least(rows.sum(one_hot.sum(axis=1)))


def _at_least(counts: Floats) -> Floats:
    """From how many pass a threshold and not the next to how many pass it, (draws, thresholds)."""
    passed: Floats = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
    return passed
