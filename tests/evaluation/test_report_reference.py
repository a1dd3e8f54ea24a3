from __future__ import annotations

import numpy as np
import pytest

from lsdc.evaluation.metrics import REPORT_METRICS
from lsdc.evaluation.report_reference import REPORT_COLUMNS, REPORT_CONFUSION, REPORT_INCONSISTENCIES, REPORT_RESULTS


def test_each_column_is_a_metric_of_ours_in_the_same_order() -> None:
    assert list(REPORT_COLUMNS) == [metric.name for metric in REPORT_METRICS][: len(REPORT_COLUMNS)]


def test_eight_networks_have_a_value_in_each_column() -> None:
    assert len(REPORT_RESULTS) == 8
    assert all(len(values) == len(REPORT_COLUMNS) for values in REPORT_RESULTS.values())


@pytest.mark.parametrize("network", REPORT_RESULTS)
def test_its_f1_is_the_harmonic_mean_of_its_precision_and_recall(network: str) -> None:
    """With the factor 2 that its printed formula lacks."""
    row = dict(zip(REPORT_COLUMNS, REPORT_RESULTS[network], strict=True))

    harmonic_mean = 2 * row["precision"] * row["recall"] / (row["precision"] + row["recall"])
    assert row["f1"] == pytest.approx(harmonic_mean, abs=1.5e-3)


def test_its_confusion_matrix_has_1289_rows_and_an_accuracy_of_599() -> None:
    confusion = np.array(REPORT_CONFUSION)

    assert confusion.sum() == 1289
    assert round(confusion.trace() / confusion.sum(), 3) == 0.599
    assert ".599" in REPORT_INCONSISTENCIES[0]
