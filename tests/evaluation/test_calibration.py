"""From logits to probabilities, and how far these can be believed."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from lsdc.errors import TableError
from lsdc.evaluation.calibration import CROSS_FITTED, Calibrated, calibrate
from lsdc.evaluation.intervals import intervals
from lsdc.evaluation.metrics import METRICS
from lsdc.evaluation.predictions import labels_of, probabilities_of, scored_rows, with_probabilities
from lsdc.evaluation.temperature import TEMPERATURES, cross_fitted, fit_temperature

ALIKE = (1.0, 1.0, 1.0)
CHALLENGE = (1.0, 2.0, 4.0)

logits_of_rows = arrays(
    "float64", st.tuples(st.integers(1, 12), st.just(3)), elements=st.floats(-20, 20).map(lambda value: round(value, 3))
)
loss_weights = st.tuples(*[st.floats(0.1, 10.0)] * 3)


class GivenLogits(ClassifierMixin, BaseEstimator):
    """A classifier whose decision function is what it is given."""

    def fit(self, logits, labels):
        self.classes_ = np.unique(labels)
        return self

    def decision_function(self, logits):
        return logits

    def predict(self, logits):
        return logits.argmax(axis=1)


def noisy_logits(rows=400, *, sureness=1.0, seed=0):
    """Logits that are as sure as they should be with a `sureness` of 1, and labels drawn from their probabilities."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(scale=2.0, size=(rows, 3))
    labels = (softmax(logits, axis=1).cumsum(axis=1) < generator.random(rows)[:, None]).sum(axis=1)
    return logits * sureness, labels.clip(max=2)


def logits_for(predictions, *, sureness=3.0):
    return np.log(probabilities_of(predictions)) * sureness


def measure(predictions, *, weights=ALIKE, fit=True, sureness=3.0) -> Calibrated:
    return calibrate(logits_for(predictions, sureness=sureness), predictions, weights=weights, fit=fit)


def calibration_error_of(predictions, probabilities):
    _, rows = scored_rows(with_probabilities(predictions, probabilities))
    (error,) = [metric for metric in METRICS if metric.name == "ece"]
    return asdict(intervals(rows, [error])["ece"])


@pytest.fixture(scope="module")
def predictions(make_predictions) -> pd.DataFrame:
    return make_predictions(120)


@pytest.fixture(scope="module")
def overconfident(predictions) -> Calibrated:
    return measure(predictions)


# The temperature.


@pytest.mark.parametrize("sureness", [0.3, 1.0, 4.0])
def test_the_temperature_is_that_of_scikit_learn(sureness: float) -> None:
    logits, labels = noisy_logits(sureness=sureness)
    frozen = FrozenEstimator(GivenLogits().fit(logits, labels))
    theirs = CalibratedClassifierCV(frozen, method="temperature", ensemble=False).fit(logits, labels)

    temperature = fit_temperature(logits, labels)

    (calibrator,) = theirs.calibrated_classifiers_[0].calibrators
    assert temperature == pytest.approx(1 / calibrator.beta_, rel=1e-4)
    np.testing.assert_allclose(softmax(logits / temperature, axis=1), theirs.predict_proba(logits), atol=1e-4)


@pytest.mark.parametrize("sureness", [0.2, 1.0, 5.0])
def test_logits_that_are_too_sure_by_a_factor_get_that_factor(sureness: float) -> None:
    assert fit_temperature(*noisy_logits(20_000, sureness=sureness)) == pytest.approx(sureness, rel=0.04)


@given(factor=st.floats(0.2, 5.0), seed=st.integers(0, 20))
def test_a_factor_of_the_logits_is_a_factor_of_the_temperature(factor: float, seed: int) -> None:
    logits, labels = noisy_logits(60, seed=seed)

    assert fit_temperature(factor * logits, labels) == pytest.approx(factor * fit_temperature(logits, labels), rel=1e-4)


@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        pytest.param(np.zeros((0, 3)), [], id="no rows"),
        pytest.param(np.zeros((4, 3)), [0, 1, 2, 0], id="all logits alike"),
        pytest.param(5 * np.eye(3), [0, 1, 2], id="all rows graded right"),
        pytest.param(np.array([[2.0, 0.0, 0.0]]), [0], id="one row, graded right"),
    ],
)
def test_where_the_rows_cannot_say_the_temperature_is_1(logits, labels) -> None:
    assert fit_temperature(logits, np.array(labels, "int64")) == 1.0


@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        pytest.param(np.array([[2.0, 0.0, 0.0]]), [1], id="one row, graded wrong"),
        pytest.param(5 * np.eye(3), [1, 2, 0], id="all rows graded wrong"),
    ],
)
def test_a_network_that_is_only_wrong_is_made_as_unsure_as_is_allowed(logits, labels) -> None:
    assert fit_temperature(logits, np.array(labels, "int64")) == pytest.approx(TEMPERATURES[1])


def test_a_network_that_is_right_and_hardly_sure_is_made_as_sure_as_is_allowed() -> None:
    logits = np.vstack([np.tile([1e-3, 0.0, 0.0], (99, 1)), [0.0, 1e-3, 0.0]])

    assert fit_temperature(logits, np.zeros(100, "int64")) == pytest.approx(TEMPERATURES[0])


@given(logits=logits_of_rows, data=st.data())
def test_any_rows_have_a_temperature_within_the_limits(logits, data) -> None:
    labels = data.draw(arrays("int64", len(logits), elements=st.integers(0, 2)))

    assert TEMPERATURES[0] <= fit_temperature(logits, labels) <= TEMPERATURES[1]


# From logits to probabilities.


@given(logits=logits_of_rows, temperature=st.floats(*TEMPERATURES), weights=loss_weights)
def test_probabilities_sum_to_1(logits, temperature: float, weights) -> None:
    calibrated = Calibrated(temperature=temperature, weights=weights, probabilities=np.empty((0, 3)), record={})

    np.testing.assert_allclose(calibrated.apply(logits).sum(axis=1), 1.0)


@given(logits=logits_of_rows, temperature=st.floats(*TEMPERATURES))
def test_a_temperature_never_changes_which_grade_is_the_most_probable(logits, temperature: float) -> None:
    two_highest = np.sort(logits, axis=1)[:, 1:]
    assume((np.diff(two_highest, axis=1) > 1e-3).all())
    calibrated = Calibrated(temperature=temperature, weights=ALIKE, probabilities=np.empty((0, 3)), record={})

    assert (calibrated.apply(logits).argmax(axis=1) == logits.argmax(axis=1)).all()


@given(logits=logits_of_rows, weights=loss_weights)
def test_what_a_weighted_loss_taught_is_taken_out(logits, weights) -> None:
    probabilities = softmax(logits, axis=1)
    weighted_logits = np.log(probabilities * weights)
    calibrated = Calibrated(temperature=1.0, weights=weights, probabilities=np.empty((0, 3)), record={})

    np.testing.assert_allclose(calibrated.apply(weighted_logits), probabilities, atol=1e-9)


def test_all_rows_are_calibrated_with_the_temperature_of_the_validation_rows(predictions, overconfident) -> None:
    validation = predictions[predictions["split"] == "validation"]

    assert overconfident.temperature == fit_temperature(logits_for(validation), labels_of(validation))
    np.testing.assert_array_equal(overconfident.apply(logits_for(predictions)), overconfident.probabilities)
    np.testing.assert_allclose(
        overconfident.probabilities, softmax(logits_for(predictions) / overconfident.temperature, axis=1)
    )


def test_the_weights_are_taken_out_before_the_temperature_is_fitted(predictions, overconfident) -> None:
    weighted = calibrate(logits_for(predictions) + np.log(CHALLENGE), predictions, weights=CHALLENGE, fit=True)

    assert weighted.weights == CHALLENGE
    assert weighted.temperature == pytest.approx(overconfident.temperature, rel=1e-5)
    np.testing.assert_allclose(weighted.probabilities, overconfident.probabilities, atol=1e-5)


def test_without_a_fit_the_logits_stay_as_they_are(predictions) -> None:
    plain = measure(predictions, weights=CHALLENGE, fit=False)

    assert (plain.temperature, plain.weights) == (1.0, ALIKE)
    np.testing.assert_allclose(plain.probabilities, softmax(logits_for(predictions), axis=1))
    assert (plain.record["temperature"], plain.record["prior_weights"]) == (1.0, [1.0, 1.0, 1.0])


def test_logits_in_single_precision_are_calibrated_in_double(predictions, overconfident) -> None:
    single = calibrate(logits_for(predictions).astype("float32"), predictions, weights=ALIKE, fit=True)

    assert single.probabilities.dtype == np.float64
    np.testing.assert_allclose(single.probabilities, overconfident.probabilities, atol=1e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_logits_that_are_not_finite_are_refused(predictions, value: float) -> None:
    logits = logits_for(predictions)
    logits[3, 1] = value

    with pytest.raises(TableError, match="not a finite number"):
        calibrate(logits, predictions, weights=ALIKE, fit=True)


# Cross-fitting.


def test_a_study_is_calibrated_without_a_look_at_its_own_labels() -> None:
    logits, labels = noisy_logits(200, sureness=3.0)
    studies = np.arange(200) // 5
    other_labels = np.where(studies == 7, (labels + 1) % 3, labels)

    before, after = cross_fitted(logits, labels, studies), cross_fitted(logits, other_labels, studies)

    # The fold of study 7 is a fifth of the forty studies: their rows stay, and no others.
    stays = (before == after).all(axis=1)
    assert stays[studies == 7].all()
    assert np.unique(studies[stays]).size == 8
    assert np.unique(studies[~stays]).size == 32


def test_cross_fitting_does_not_depend_on_the_order_of_rows() -> None:
    logits, labels = noisy_logits(100, sureness=3.0)
    studies = np.arange(100) // 5
    order = np.random.default_rng(1).permutation(100)

    shuffled = cross_fitted(logits[order], labels[order], studies[order])

    np.testing.assert_allclose(shuffled, cross_fitted(logits, labels, studies)[order], atol=1e-6)


def test_fewer_studies_than_folds_are_each_left_out_once() -> None:
    logits, labels = noisy_logits(60, sureness=3.0)
    studies = np.arange(60) % 2

    probabilities = cross_fitted(logits, labels, studies, folds=5)

    for study in (0, 1):
        others = fit_temperature(logits[studies != study], labels[studies != study])
        np.testing.assert_allclose(
            probabilities[studies == study], softmax(logits[studies == study] / others, axis=1), atol=1e-9
        )


def test_a_single_study_keeps_its_probabilities() -> None:
    logits, labels = noisy_logits(10, sureness=3.0)

    np.testing.assert_array_equal(cross_fitted(logits, labels, np.full(10, 4)), softmax(logits, axis=1))


# The record.


def test_reliability_is_measured_on_the_test_rows(predictions, overconfident) -> None:
    reliability = overconfident.record["reliability"]

    assert overconfident.record["fitted_on"] == {"part": "validation", "rows": 200, "studies": 40}
    assert (reliability["part"], reliability["rows"], reliability["studies"]) == ("test", 200, 40)
    assert sum(bin_["rows"] for bin_ in reliability["bins"]) == 200


def test_the_calibration_error_is_that_of_the_metrics(predictions, overconfident) -> None:
    uncalibrated = softmax(logits_for(predictions), axis=1)

    reliability = overconfident.record["reliability"]

    assert reliability["ece"] == calibration_error_of(predictions, overconfident.probabilities)
    assert reliability["ece_before"] == pytest.approx(calibration_error_of(predictions, uncalibrated))


def test_a_network_that_is_too_sure_is_calibrated_better_afterwards(overconfident) -> None:
    reliability = overconfident.record["reliability"]

    assert overconfident.temperature > 2
    assert reliability["ece"]["value"] < reliability["ece_before"]["low"]


def test_the_bins_add_up_to_accuracy_and_calibration_error(predictions, overconfident) -> None:
    test = predictions[predictions["split"] == "test"]
    probabilities = overconfident.probabilities[(predictions["split"] == "test").to_numpy()]
    bins = [bin_ for bin_ in overconfident.record["reliability"]["bins"] if bin_["rows"]]
    right = [bin_["rows"] * bin_["accuracy"]["value"] for bin_ in bins]
    gaps = [bin_["rows"] * abs(bin_["accuracy"]["value"] - bin_["confidence"]) for bin_ in bins]

    assert sum(right) == pytest.approx((probabilities.argmax(axis=1) == labels_of(test)).sum())
    assert sum(gaps) / len(test) == pytest.approx(overconfident.record["reliability"]["ece"]["value"])
    assert all(bin_["low"] < bin_["confidence"] <= bin_["high"] for bin_ in bins)


def test_fifteen_bins_cover_everything_and_an_empty_one_has_no_accuracy(overconfident) -> None:
    bins = overconfident.record["reliability"]["bins"]

    assert len(bins) == 15
    assert [bins[0]["low"], bins[-1]["high"]] == [0, 1]
    assert bins[0] == {
        "low": 0,
        "high": pytest.approx(1 / 15),
        "rows": 0,
        "confidence": None,
        "accuracy": {"value": None, "low": None, "high": None},
    }


def test_without_test_rows_the_validation_rows_are_cross_fitted(make_predictions) -> None:
    predictions = make_predictions(60, parts=("train", "validation"))
    validation = predictions[predictions["split"] == "validation"]
    logits, studies = logits_for(validation), validation["study_id"].to_numpy()

    measured = measure(predictions)

    others = cross_fitted(logits, labels_of(validation), studies)
    reliability = measured.record["reliability"]
    assert reliability["part"] == CROSS_FITTED
    assert reliability["ece"] == calibration_error_of(validation, others)
    # What the run keeps of these rows, and is scored by, is the same.
    assert reliability["ece"] == calibration_error_of(predictions, measured.probabilities)


def test_without_a_fit_the_same_rows_are_measured_as_they_are(make_predictions) -> None:
    with_test, without_test = make_predictions(24), make_predictions(24, parts=("train", "validation"))

    tested, chosen = (measure(rows, fit=False).record for rows in (with_test, without_test))

    assert (tested["reliability"]["part"], chosen["reliability"]["part"]) == ("test", "validation")
    for record in (tested, chosen):
        assert record["fitted_on"] is None
        assert record["reliability"]["ece"] == record["reliability"]["ece_before"]


def test_coverage_falls_from_all_rows_with_the_threshold(predictions, overconfident) -> None:
    points = pd.DataFrame(overconfident.record["coverage"])
    test = (predictions["split"] == "test").to_numpy()
    probabilities, labels = overconfident.probabilities[test], labels_of(predictions[test])
    sure = probabilities.max(axis=1) >= 0.8
    right = probabilities.argmax(axis=1) == labels

    assert len(points) <= 101
    assert points["coverage"].iloc[0] == 1
    assert points["coverage"].is_monotonic_decreasing
    at_80 = points[points["threshold"] == 0.8].iloc[0]
    assert at_80["coverage"] == pytest.approx(sure.mean())
    assert at_80["accuracy"] == pytest.approx(right[sure].mean())
    assert at_80["severe_recall"] == pytest.approx(right[sure & (labels == 2)].mean())


def test_a_row_that_is_just_as_sure_as_the_threshold_is_covered(make_predictions) -> None:
    record = measure(make_predictions(12), fit=False, sureness=1e4).record

    assert record["coverage"][-1]["threshold"] == 1.0
    assert record["coverage"][-1]["coverage"] == 1.0


def test_where_no_row_is_so_sure_there_is_no_accuracy(make_predictions) -> None:
    record = measure(make_predictions(12), fit=False, sureness=0.01).record

    assert record["coverage"][-1] == {"threshold": 1.0, "coverage": 0.0, "accuracy": None, "severe_recall": None}


@pytest.mark.parametrize("studies", [3, 12])
@pytest.mark.parametrize("grade", ["Normal/Mild", "Severe"])
def test_records_of_few_rows_and_one_grade_survive_json(make_predictions, studies: int, grade: str) -> None:
    record = measure(make_predictions(studies).assign(label=grade)).record

    assert json.loads(json.dumps(record, allow_nan=False)) == record


def test_training_rows_alone_cannot_be_calibrated(make_predictions) -> None:
    with pytest.raises(TableError, match="no test rows and no validation rows"):
        measure(make_predictions(6, parts=("train",)))
