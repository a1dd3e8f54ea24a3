"""Curves against scikit-learn, and metrics of parts of the rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as peer

from lsdc.evaluation.curves import coverage_curve, precision_recall_curve, roc_curve
from lsdc.evaluation.intervals import intervals
from lsdc.evaluation.metrics import METRICS
from lsdc.evaluation.predictions import labels_of, probabilities_of
from lsdc.evaluation.strata import Stratum, metric_by_stratum, strata
from lsdc.labels import TARGETS, Severity


@pytest.fixture(scope="module")
def rows(make_predictions) -> pd.DataFrame:
    return make_predictions(80, parts=("test",))


def question(rows: pd.DataFrame, severity: Severity | None) -> tuple[np.ndarray, np.ndarray]:
    probabilities, labels = probabilities_of(rows), labels_of(rows)
    if severity is None:
        return np.eye(3)[labels].ravel(), probabilities.ravel()
    return labels == severity.rank, probabilities[:, severity.rank]


@pytest.mark.parametrize("severity", [*Severity, None])
def test_the_roc_curve_is_that_of_scikit_learn(rows, severity) -> None:
    curve = roc_curve(rows, severity)

    x, y, _ = peer.roc_curve(*question(rows, severity), drop_intermediate=False)
    top = pd.Series(y).groupby(x).max()
    np.testing.assert_allclose(curve["y"], np.interp(curve["x"], top.index, top))
    assert curve["y"].is_monotonic_increasing


@pytest.mark.parametrize("severity", [*Severity, None])
def test_precision_at_each_recall_is_that_of_scikit_learn(rows, severity) -> None:
    curve = precision_recall_curve(rows, severity)

    precision, recall, _ = peer.precision_recall_curve(*question(rows, severity))
    for x, y in zip(curve["x"].iloc[1:], curve["y"].iloc[1:], strict=True):
        # Thresholds rise in scikit-learn: the last that reaches the recall is the first from above.
        assert y == pytest.approx(precision[recall >= x - 1e-9][-1])


@pytest.mark.parametrize("draw", [roc_curve, precision_recall_curve])
def test_bands_hold_their_curve_and_narrow_with_more_studies(make_predictions, draw) -> None:
    few, many = (draw(make_predictions(number, parts=("test",)), Severity.MODERATE) for number in (40, 400))

    inner = many.iloc[5:-5]
    assert ((inner["low"] <= inner["y"] + 1e-9) & (inner["y"] <= inner["high"] + 1e-9)).mean() > 0.95
    assert (many["high"] - many["low"]).mean() < 0.6 * (few["high"] - few["low"]).mean()


@pytest.mark.parametrize("draw", [roc_curve, precision_recall_curve])
def test_a_curve_that_many_draws_do_not_have_has_no_band(rows, draw) -> None:
    """One study of eighty with severe points is missing from every third draw."""
    one_study = rows.assign(label=np.where(rows["study_id"] == rows["study_id"].iloc[0], "Severe", "Moderate"))

    curve = draw(one_study, Severity.SEVERE)

    assert curve["y"].notna().all()
    assert curve[["low", "high"]].isna().all(axis=None)


def test_curves_do_not_depend_on_the_order_of_rows(rows) -> None:
    shuffled = rows.sample(frac=1, random_state=0)

    pd.testing.assert_frame_equal(roc_curve(shuffled, Severity.SEVERE), roc_curve(rows, Severity.SEVERE))
    pd.testing.assert_frame_equal(coverage_curve(shuffled), coverage_curve(rows))


@pytest.mark.parametrize("label", ["Severe", "Moderate"])
def test_there_is_no_curve_where_all_or_none_are_of_the_grade(rows, label) -> None:
    assert roc_curve(rows.assign(label=label), Severity.SEVERE).empty


def test_answering_all_has_the_plain_accuracy_and_answering_fewer_that_of_the_surest(rows) -> None:
    curve = coverage_curve(rows)

    probabilities, labels = probabilities_of(rows), labels_of(rows)
    right = probabilities.argmax(axis=1) == labels
    surest = probabilities.max(axis=1).argsort()[::-1]
    whole, half = curve.iloc[-1], curve.iloc[(curve["coverage"] - 0.5).abs().argmin()]
    assert (whole["coverage"], whole["accuracy"]) == (1.0, right.mean())
    assert whole["severe_recall"] == peer.recall_score(labels == 2, probabilities.argmax(axis=1) == 2)
    assert half["accuracy"] == right[surest[: int(half["rows"])]].mean() > whole["accuracy"]
    assert curve["threshold"].is_monotonic_decreasing


@pytest.mark.parametrize("by", [Stratum.LEVEL, Stratum.SIDE, Stratum.CONDITION])
def test_parts_are_scored_as_if_they_were_alone(make_predictions, by) -> None:
    rows = make_predictions(30, targets=TARGETS, parts=("test",))

    table = metric_by_stratum(rows, by, METRICS[0])

    assert table["rows"].sum() == len(rows)
    first = table.iloc[0]
    alone = intervals(rows[strata(rows, by) == first["part"]].reset_index(drop=True), METRICS[:1])["macro_auc"]
    assert (first["value"], first["low"], first["high"]) == (alone.value, alone.low, alone.high)


def test_spacing_and_size_are_divided_into_thirds_and_are_missing_where_nobody_told(rows) -> None:
    widths = np.repeat([256, 320, 512, 640], len(rows) // 4)
    told = rows.assign(spacing_mm=np.linspace(0.3, 0.9, len(rows)), image_px=widths)

    spacing, size = (metric_by_stratum(told, by, METRICS[0]) for by in (Stratum.SPACING, Stratum.IMAGE_SIZE))

    assert spacing["rows"].max() - spacing["rows"].min() <= 1
    assert spacing["part"].tolist()[0].startswith("0.30–0.50 mm")
    assert size["rows"].sum() == len(rows)
    assert metric_by_stratum(rows, Stratum.SPACING, METRICS[0]).empty
