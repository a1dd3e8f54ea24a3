"""Against Keras itself; apart from the others, because importing it takes long."""

from __future__ import annotations

import numpy as np
import pytest

from lsdc.evaluation.keras_curves import keras_auc, keras_pr_auc
from lsdc.evaluation.metrics import REPORT_METRICS
from lsdc.evaluation.weighted import WeightedRows

pytestmark = pytest.mark.trains


def random_rows(num_rows: int, *, decimals: int) -> WeightedRows:
    generator = np.random.default_rng(num_rows)
    labels = generator.choice(3, p=[0.6, 0.25, 0.15], size=num_rows)
    evidence = np.exp(np.eye(3)[labels] + generator.normal(size=(num_rows, 3)))
    probabilities = evidence / evidence.sum(axis=1, keepdims=True)
    return WeightedRows.once(probabilities.round(decimals), labels)


# With two decimals and few rows, scores are tied, 0 or 1 occurs, and many thresholds are passed by nobody.
@pytest.mark.parametrize(("num_rows", "decimals"), [(3, 2), (40, 1), (300, 2), (2000, 16)])
def test_areas_are_those_of_keras(num_rows: int, decimals: int) -> None:
    from keras.metrics import AUC

    rows = random_rows(num_rows, decimals=decimals)
    roc, pr = AUC(num_thresholds=200), AUC(num_thresholds=200, curve="PR")
    for peer in (roc, pr):
        peer.update_state(rows.one_hot.astype("float32"), rows.probabilities.astype("float32"))

    assert keras_auc(rows).item() == pytest.approx(float(roc.result()), abs=2e-5)
    assert keras_pr_auc(rows).item() == pytest.approx(float(pr.result()), abs=2e-5)


def test_precision_and_recall_are_those_of_keras() -> None:
    from keras.metrics import Precision, Recall

    rows = random_rows(500, decimals=3)
    ours = {metric.name: metric.compute(rows).item() for metric in REPORT_METRICS}
    precision, recall = Precision(), Recall()
    for peer in (precision, recall):
        peer.update_state(rows.one_hot.astype("float32"), rows.probabilities.astype("float32"))

    assert ours["precision"] == pytest.approx(float(precision.result()), abs=1e-6)
    assert ours["recall"] == pytest.approx(float(recall.result()), abs=1e-6)
