"""Each formula against an independent computation, and the laws that hold for all of them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import metrics as peer

from lsdc.evaluation.formulas import CHALLENGE_WEIGHTS, macro_f_beta
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS
from lsdc.evaluation.weighted import WeightedRows, Weighting

ALL = {metric.name: metric for metric in (*METRICS, *REPORT_METRICS)}


@st.composite
def graded_rows(draw: st.DrawFn, *, min_rows: int = 1, all_classes: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, often tied, and labels."""
    labels = draw(st.lists(st.integers(0, 2), min_size=min_rows, max_size=40))
    if all_classes:
        labels += [0, 1, 2]
    evidence = draw(hnp.arrays("int64", (len(labels), 3), elements=st.integers(1, 6))).astype("float64")
    return evidence / evidence.sum(axis=1, keepdims=True), np.array(labels)


def one_hot(labels: np.ndarray) -> np.ndarray:
    return np.eye(3)[labels]


def at_half(probabilities: np.ndarray) -> np.ndarray:
    return (probabilities > 0.5).astype(int)


def top_label_calibration_error(p: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    confidence, hit = p.max(axis=1), p.argmax(axis=1) == y
    error = 0.0
    for low in range(15):
        chosen = (confidence > low / 15) & (confidence <= (low + 1) / 15)
        if w[chosen].sum() > 0:
            gap = np.average(confidence[chosen], weights=w[chosen]) - np.average(hit[chosen], weights=w[chosen])
            error += w[chosen].sum() / w.sum() * abs(gap)
    return error


Peer = Callable[[np.ndarray, np.ndarray, np.ndarray], float]
PEERS: dict[str, Peer] = {
    "macro_auc": lambda p, y, w: float(
        np.mean([peer.roc_auc_score(y == k, p[:, k], sample_weight=w) for k in range(3)])
    ),
    "balanced_accuracy": lambda p, y, w: peer.balanced_accuracy_score(y, p.argmax(1), sample_weight=w),
    "macro_f1": lambda p, y, w: peer.f1_score(y, p.argmax(1), average="macro", sample_weight=w),
    "quadratic_kappa": lambda p, y, w: peer.cohen_kappa_score(
        y, p.argmax(1), labels=[0, 1, 2], weights="quadratic", sample_weight=w
    ),
    "severe_recall": lambda p, y, w: np.average(p[y == 2].argmax(1) == 2, weights=w[y == 2]),
    "severe_as_normal": lambda p, y, w: np.average(p[y == 2].argmax(1) == 0, weights=w[y == 2]),
    "log_loss": lambda p, y, w: peer.log_loss(y, p, sample_weight=w, labels=[0, 1, 2]),
    "weighted_log_loss": lambda p, y, w: peer.log_loss(y, p, sample_weight=w * CHALLENGE_WEIGHTS[y], labels=[0, 1, 2]),
    "ece": top_label_calibration_error,
    "accuracy": lambda p, y, w: peer.accuracy_score(y, p.argmax(1), sample_weight=w),
    "precision": lambda p, y, w: peer.precision_score(
        one_hot(y), at_half(p), average="micro", sample_weight=w, zero_division=np.nan
    ),
    "recall": lambda p, y, w: peer.recall_score(one_hot(y), at_half(p), average="micro", sample_weight=w),
    "f1": lambda p, y, w: peer.f1_score(one_hot(y), at_half(p), average="micro", sample_weight=w),
    "f_beta": lambda p, y, w: peer.fbeta_score(one_hot(y), at_half(p), beta=1.0, average="macro", sample_weight=w),
    "auc": lambda p, y, w: peer.roc_auc_score(one_hot(y).ravel(), p.ravel(), sample_weight=w.repeat(3)),
    "pr_auc": lambda p, y, w: peer.average_precision_score(one_hot(y).ravel(), p.ravel(), sample_weight=w.repeat(3)),
    # Not root_mean_squared_error, which averages the roots of the columns; the report's is the root over all cells.
    "rmse": lambda p, y, w: math.sqrt(peer.mean_squared_error(one_hot(y), p, sample_weight=w)),
}


@pytest.mark.parametrize("name", PEERS)
@settings(max_examples=30)
@given(data=st.data())
def test_every_metric_agrees_with_an_independent_computation_under_weights(name: str, data: st.DataObject) -> None:
    probabilities, labels = data.draw(graded_rows(all_classes=True))
    weights = data.draw(hnp.arrays("int64", (2, len(labels)), elements=st.integers(0, 3))).astype("float64")
    weights[:, -3:] += 1  # every grade is drawn
    rows = WeightedRows(probabilities=probabilities, labels=labels, weighting=Weighting.of_rows(weights))

    values = ALL[name].compute(rows)

    expected = [PEERS[name](probabilities, labels, draw) for draw in weights]
    np.testing.assert_allclose(values, expected, atol=1e-9)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=15)
@given(data=st.data())
def test_a_weight_is_a_number_of_copies(name: str, data: st.DataObject) -> None:
    probabilities, labels = data.draw(graded_rows())
    copies = data.draw(hnp.arrays("int64", len(labels), elements=st.integers(0, 3)).filter(np.any))
    weighted = WeightedRows(
        probabilities=probabilities, labels=labels, weighting=Weighting.of_rows(copies[None].astype("float64"))
    )

    repeated = WeightedRows.once(probabilities.repeat(copies, axis=0), labels.repeat(copies))

    np.testing.assert_allclose(ALL[name].compute(weighted), ALL[name].compute(repeated), atol=1e-9)


@pytest.mark.parametrize("name", ALL)
@settings(max_examples=15)
@given(rows=graded_rows(), random=st.randoms(use_true_random=False))
def test_no_metric_depends_on_the_order_of_rows(name: str, rows: tuple[np.ndarray, np.ndarray], random) -> None:
    probabilities, labels = rows
    order = list(range(len(labels)))
    random.shuffle(order)

    shuffled = ALL[name].compute(WeightedRows.once(probabilities[order], labels[order]))

    np.testing.assert_allclose(shuffled, ALL[name].compute(WeightedRows.once(probabilities, labels)), atol=1e-9)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=50))
def test_a_uniform_guess_scores_ln_3_whatever_the_labels(labels: list[int]) -> None:
    rows = WeightedRows.once(np.full((len(labels), 3), 1 / 3), np.array(labels))

    assert ALL["log_loss"].compute(rows).item() == pytest.approx(math.log(3))
    assert ALL["weighted_log_loss"].compute(rows).item() == pytest.approx(math.log(3))
    assert ALL["auc"].compute(rows).item() == pytest.approx(0.5)
    assert ALL["rmse"].compute(rows).item() == pytest.approx(math.sqrt(2) / 3)


@pytest.mark.parametrize("name", ALL)
def test_a_perfect_grader_reaches_the_best_value(name: str) -> None:
    labels = np.array([0, 0, 1, 2, 1])
    best = 1.0 if ALL[name].higher_is_better else 0.0

    assert ALL[name].compute(WeightedRows.once(one_hot(labels), labels)).item() == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("name", ["macro_auc", "balanced_accuracy", "severe_recall", "severe_as_normal"])
def test_a_grade_that_does_not_occur_makes_a_metric_undefined(name: str) -> None:
    rows = WeightedRows.once(np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1]]), np.array([0, 1]))

    assert np.isnan(ALL[name].compute(rows).item())


def test_precision_is_undefined_when_no_probability_exceeds_one_half() -> None:
    rows = WeightedRows.once(np.array([[0.5, 0.3, 0.2], [0.4, 0.4, 0.2]]), np.array([0, 1]))

    assert np.isnan(ALL["precision"].compute(rows).item())
    assert ALL["recall"].compute(rows).item() == 0.0


def test_equal_probabilities_are_graded_the_milder_way() -> None:
    rows = WeightedRows.once(np.array([[0.4, 0.4, 0.2]]), np.array([0]))

    assert rows.predicted.tolist() == [0]


def test_a_probability_of_zero_costs_a_finite_loss() -> None:
    rows = WeightedRows.once(np.array([[1.0, 0.0, 0.0]]), np.array([2]))

    assert ALL["log_loss"].compute(rows).item() == pytest.approx(-math.log(np.finfo("float64").eps))


def test_a_high_beta_favours_recall() -> None:
    """Two of three severe rows are missed and nothing is wrongly called severe: precision 1, recall 1/3."""
    labels = np.array([0, 1, 2, 2, 2])
    rows = WeightedRows.once(np.vstack([one_hot(labels[:3]), np.full((2, 3), 1 / 3)]), labels)

    assert macro_f_beta(rows, 2.0).item() < macro_f_beta(rows, 1.0).item() < macro_f_beta(rows, 0.5).item()


def test_the_confusion_matrix_has_the_truth_in_its_rows() -> None:
    rows = WeightedRows.once(one_hot(np.array([0, 0, 2])), np.array([0, 1, 1]))

    assert rows.confusion[0].tolist() == [[1, 0, 0], [1, 0, 1], [0, 0, 0]]


def test_names_are_unique_and_words_are_there() -> None:
    listed = [*METRICS, *REPORT_METRICS]

    assert len(ALL) == len(listed)
    assert all(metric.title and metric.meaning.endswith(".") for metric in listed)
