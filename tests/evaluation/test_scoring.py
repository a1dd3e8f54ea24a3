from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from lsdc.errors import TableError
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS, SLICE_METRICS
from lsdc.evaluation.predictions import PROBABILITY_COLUMNS, probabilities_of
from lsdc.evaluation.scoring import evaluate


@pytest.fixture(scope="module")
def predictions(make_predictions) -> pd.DataFrame:
    return make_predictions()


@pytest.fixture(scope="module")
def scores(predictions) -> dict[str, Any]:
    return evaluate(predictions).metrics


def test_a_run_is_scored_on_its_test_rows(predictions, scores) -> None:
    test = predictions[predictions["split"] == "test"]
    graded = (
        test[list(PROBABILITY_COLUMNS)]
        .idxmax(axis="columns")
        .map({"p_normal_mild": "Normal/Mild", "p_moderate": "Moderate", "p_severe": "Severe"})
    )

    assert (scores["scored_on"], scores["chosen_on_these_rows"]) == ("test", False)
    assert (scores["rows"], scores["studies"]) == (100, 20)
    assert scores["report_metrics"]["accuracy"]["value"] == pytest.approx(accuracy_score(test["label"], graded))
    assert np.sum(scores["confusion"]) == 100


def test_without_test_rows_the_validation_rows_count_and_are_marked(make_predictions) -> None:
    scores = evaluate(make_predictions(parts=("train", "validation"))).metrics

    assert (scores["scored_on"], scores["chosen_on_these_rows"]) == ("validation", True)


def test_every_metric_is_there_for_the_run_and_for_each_baseline(scores) -> None:
    ours, reports = [metric.name for metric in METRICS], [metric.name for metric in REPORT_METRICS]
    assert list(scores["metrics"]) == ours
    assert list(scores["report_metrics"]) == reports
    assert list(scores["baselines"]) == ["constant", "level only", "level + coordinates"]
    assert all(set(baseline) == {*ours, *reports} for baseline in scores["baselines"].values())


def test_scores_survive_json(scores) -> None:
    assert json.loads(json.dumps(scores, allow_nan=False)) == scores


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("grade", ["Normal/Mild", "Severe"])
def test_one_single_grade_gives_undefined_metrics_and_no_failure(make_predictions, grade: str) -> None:
    scores = evaluate(make_predictions(12).assign(label=grade)).metrics

    assert json.loads(json.dumps(scores, allow_nan=False)) == scores
    assert scores["metrics"]["macro_auc"] == {"value": None, "low": None, "high": None}
    assert scores["by_class"]["Moderate"]["recall"] is None
    assert scores["metrics"]["log_loss"]["low"] is not None


def test_one_single_scored_row_is_enough(make_predictions) -> None:
    predictions = make_predictions(4)
    last = predictions[predictions["split"] == "test"].index[1:]

    scores = evaluate(predictions.drop(last)).metrics

    assert (scores["rows"], scores["studies"]) == (1, 1)


def test_scores_do_not_depend_on_the_order_of_rows(make_predictions) -> None:
    predictions = make_predictions(24)

    shuffled = evaluate(predictions.sample(frac=1, random_state=0)).metrics

    expected = evaluate(predictions).metrics
    assert shuffled["rows_fingerprint"] == expected["rows_fingerprint"]
    for name, interval in expected["metrics"].items():
        assert shuffled["metrics"][name] == pytest.approx(interval, nan_ok=True)
    for name, interval in expected["baselines"]["level + coordinates"].items():
        # The order of rows changes the last digits of a fit.
        assert shuffled["baselines"]["level + coordinates"][name]["value"] == pytest.approx(interval["value"], abs=0.03)


def test_scoring_twice_gives_the_same(make_predictions) -> None:
    assert evaluate(make_predictions(12)).metrics == evaluate(make_predictions(12)).metrics


def test_levels_and_classes_are_scored_apart(predictions, scores) -> None:
    test = predictions[predictions["split"] == "test"]
    one_level = test[test["level"] == "L4/L5"]

    assert scores["by_level"]["L4/L5"]["rows"] == len(one_level)
    assert scores["by_level"]["L4/L5"]["log_loss"] == pytest.approx(
        log_loss(
            one_level["label"],
            one_level[["p_moderate", "p_normal_mild", "p_severe"]],
            labels=["Moderate", "Normal/Mild", "Severe"],
        )
    )
    assert scores["by_class"]["Severe"]["auc"] == pytest.approx(
        roc_auc_score(test["label"] == "Severe", test["p_severe"])
    )
    assert sum(of["rows"] for of in scores["by_class"].values()) == len(test)


def test_one_against_the_rest_follows_from_the_confusion_matrix(scores) -> None:
    confusion, severe = np.array(scores["confusion"]), scores["by_class"]["Severe"]
    hits, missed, false_alarms = confusion[2, 2], confusion[2, :2].sum(), confusion[:2, 2].sum()

    assert severe["recall"] == hits / (hits + missed)
    assert severe["precision"] == hits / (hits + false_alarms)
    assert severe["specificity"] == confusion[:2, :2].sum() / confusion[:2].sum()
    assert severe["f1"] == pytest.approx(2 * hits / (2 * hits + missed + false_alarms))


def test_beta_is_recorded_and_used(make_predictions) -> None:
    low, high = (evaluate(make_predictions(24), beta).metrics for beta in (0.5, 2.0))

    assert (low["beta"], high["beta"]) == (0.5, 2.0)
    assert low["report_metrics"]["f_beta"] != high["report_metrics"]["f_beta"]
    assert low["metrics"] == high["metrics"]


def test_the_challenge_s_score_needs_all_conditions(make_predictions, all_targets) -> None:
    all_of_them = evaluate(make_predictions(12, targets=all_targets)).metrics
    two_of_them = evaluate(make_predictions(12, targets=all_targets[:3])).metrics

    assert {"any_severe_spinal", "challenge_score"} <= set(all_of_them["metrics"])
    assert {"any_severe_spinal", "challenge_score"}.isdisjoint(two_of_them["metrics"])


def test_a_network_of_one_slice_has_no_scores_by_slices(scores) -> None:
    assert scores["by_slices"] == {}


def test_the_scored_rows_are_scored_again_with_fewer_slices(make_predictions, predictions, scores) -> None:
    all_slices, worse = (probabilities_of(table) for table in (predictions, make_predictions(skill=0.2)))

    by_slices = evaluate(predictions, by_slices={5: all_slices, 1: worse}).metrics["by_slices"]

    assert list(by_slices) == ["1", "5"]
    assert json.loads(json.dumps(by_slices, allow_nan=False)) == by_slices
    assert all(set(of["metrics"]) == {metric.name for metric in SLICE_METRICS} for of in by_slices.values())
    assert [of["rows"] for of in by_slices.values()] == [100, 100]
    for name, score in by_slices["5"]["metrics"].items():
        assert score["value"] == scores["metrics"][name]["value"]
        assert score["low"] < score["value"] < score["high"]
    assert by_slices["1"]["metrics"]["macro_auc"]["high"] < by_slices["5"]["metrics"]["macro_auc"]["low"]


@pytest.mark.parametrize("value", [np.nan, -0.1, 1.1, np.inf])
def test_what_is_no_probability_is_refused(make_predictions, value: float) -> None:
    predictions = make_predictions(12)
    predictions.loc[predictions["split"] == "test", "p_severe"] = value

    with pytest.raises(TableError, match="missing or not from 0 to 1"):
        evaluate(predictions)


def test_training_rows_alone_cannot_be_scored(make_predictions) -> None:
    with pytest.raises(TableError, match="no test rows and no validation rows"):
        evaluate(make_predictions(parts=("train",)))


def test_a_thousand_rows_are_scored_in_seconds(make_predictions) -> None:
    predictions = make_predictions(600)
    start = time.process_time()

    scores = evaluate(predictions).metrics

    # Three to six seconds of one core, with the three baselines; far above means that something runs draw by draw.
    assert scores["rows"] == 1000
    assert time.process_time() - start < 30
