from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from lsdc.evaluation.intervals import (
    Interval,
    deflated_interval,
    intervals,
    percentile_interval,
    resample_metrics,
    study_draws,
)
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS, TRAIN_ACCURACY, Metric
from lsdc.evaluation.predictions import with_probabilities

ACCURACY = next(metric for metric in REPORT_METRICS if metric.name == "accuracy")

ALL = (*METRICS, *(metric for metric in REPORT_METRICS if metric is not TRAIN_ACCURACY))


def all_draws(rows: pd.DataFrame, num_draws: int = 50) -> np.ndarray:
    """How often each row counts, (draws, rows)."""
    return np.concatenate([drawn.weights[:, drawn.unit_of_row] for drawn in study_draws(rows, num_draws=num_draws)])


def test_all_points_of_a_study_are_drawn_together(make_predictions) -> None:
    rows = make_predictions(12)

    draws = all_draws(rows)

    by_study = pd.DataFrame(draws.T).groupby(rows["study_id"])
    assert draws.shape == (50, 60)
    assert (by_study.max() == by_study.min()).all(axis=None)
    assert (by_study.first().sum() == 12).all()


def test_each_study_is_drawn_once_on_average(make_predictions) -> None:
    draws = all_draws(make_predictions(20), num_draws=4000)

    np.testing.assert_allclose(draws.mean(axis=0), 1.0, atol=0.1)


def test_draws_belong_to_the_rows_and_not_to_their_order(make_predictions) -> None:
    rows = make_predictions(12)
    order = np.random.default_rng(0).permutation(len(rows))

    shuffled = all_draws(rows.iloc[order])

    np.testing.assert_array_equal(shuffled, all_draws(rows)[:, order])


def test_runs_that_are_scored_on_the_same_rows_meet_the_same_draws(make_predictions) -> None:
    one, other = make_predictions(12, skill=0.0), make_predictions(12, skill=2.0)

    np.testing.assert_array_equal(all_draws(one), all_draws(other))


def test_other_rows_meet_other_draws(make_predictions) -> None:
    rows = make_predictions(12)

    assert not np.array_equal(all_draws(rows), all_draws(rows.assign(instance_number=4)))


def test_draws_do_not_depend_on_how_many_are_made_at_a_time(make_predictions, monkeypatch) -> None:
    rows = make_predictions(12)
    at_once = all_draws(rows)

    monkeypatch.setattr("lsdc.evaluation.intervals.DRAWS_AT_A_TIME", 7)

    np.testing.assert_array_equal(all_draws(rows), at_once)


def test_an_interval_holds_its_value_and_stays_in_range(make_predictions) -> None:
    results = intervals(make_predictions(60), (*METRICS, *REPORT_METRICS))

    for name, result in results.items():
        assert result.low <= result.value <= result.high or name == "ece"
        assert result.high - result.low > 0


def test_the_interval_of_a_share_is_about_that_of_theory(make_predictions) -> None:
    """One point a study, so that 1.96 standard errors are known."""
    rows = make_predictions(2000)
    rows = rows[rows["level"] == "L4/L5"].reset_index(drop=True)

    accuracy = intervals(rows, [ACCURACY], num_draws=10_000)["accuracy"]

    half = 1.96 * np.sqrt(accuracy.value * (1 - accuracy.value) / len(rows))
    assert accuracy.high - accuracy.value == pytest.approx(half, rel=0.1)
    assert accuracy.value - accuracy.low == pytest.approx(half, rel=0.1)


def test_fewer_studies_give_wider_intervals_than_as_many_single_rows(make_predictions) -> None:
    """Five copies of a point add rows and no knowledge."""
    rows = make_predictions(200)
    rows = rows[rows["level"] == "L4/L5"]
    copies = pd.concat([rows.assign(level=f"copy {copy}") for copy in range(5)], ignore_index=True)

    once, five_times = (intervals(table, [ACCURACY])["accuracy"] for table in (rows.reset_index(drop=True), copies))

    assert five_times.value == once.value
    assert five_times.high - five_times.low == pytest.approx(once.high - once.low, rel=0.15)


def test_no_interval_where_many_resamples_are_undefined() -> None:
    result = percentile_interval(0.5, np.array([0.4, np.nan, 0.6, 0.5]))

    assert (result.value, result.low, result.high) == (0.5, None, None)


def test_a_few_undefined_resamples_are_left_out() -> None:
    result = percentile_interval(0.5, np.array([np.nan] * 4 + [0.5] * 96))

    assert (result.low, result.high) == (0.5, 0.5)


def test_an_undefined_value_has_no_interval() -> None:
    result = percentile_interval(np.nan, np.array([0.4, 0.5]))

    assert (result.value, result.low, result.high) == (None, None, None)


def test_a_run_does_not_differ_from_itself(make_predictions) -> None:
    rows = make_predictions(30)

    scores = resample_metrics(rows, METRICS)

    differences = scores.minus(scores).intervals()

    assert differences.pop("ece") == Interval(value=0.0, low=None, high=None)
    assert set(differences.values()) == {Interval(value=0.0, low=0.0, high=0.0)}


def test_pairing_narrows_the_interval_of_a_difference(make_predictions) -> None:
    """Both graders meet the same patients, so what is hard for both drops out."""
    a = make_predictions(100)
    b = a.copy()
    b.loc[:9, ["p_normal_mild", "p_moderate", "p_severe"]] = [1.0, 0.0, 0.0]

    paired = resample_metrics(a, [ACCURACY]).minus(resample_metrics(b, [ACCURACY])).intervals()["accuracy"]

    alone = intervals(a, [ACCURACY])["accuracy"]
    assert paired.high - paired.low < (alone.high - alone.low) / 2


def simulated(studies: int, seed: int) -> pd.DataFrame:
    """Studies of five points whose grades, and whose grader's mistakes, go together within a study."""
    generator = np.random.default_rng(seed)
    count = 5 * studies
    shared = generator.normal(size=studies).repeat(5)
    hidden = 0.6 * shared + 0.8 * generator.normal(size=count)
    labels = np.digitize(hidden, [0.2, 1.1])
    noise = 0.5 * generator.normal(size=(studies, 3)).repeat(5, axis=0) + generator.normal(size=(count, 3))
    evidence = np.exp(1.2 * np.eye(3)[labels] + noise)
    rows = pd.DataFrame({"study_id": np.arange(studies).repeat(5), "level": np.tile(range(5), studies)})
    rows = rows.assign(series_id=seed, instance_number=1, condition="c", side="left", x=0.0, y=0.0)
    rows["label"] = np.array(["Normal/Mild", "Moderate", "Severe"])[labels]
    return with_probabilities(rows, evidence / evidence.sum(axis=1, keepdims=True))


def coverage(data_sets: int, metrics: Sequence[Metric], num_draws: int) -> dict[str, float]:
    """In what share of the simulated data sets the interval of each metric holds the truth."""
    truth = resample_metrics(simulated(20_000, seed=10_000), metrics, num_draws=1).observed
    found = (intervals(simulated(200, seed), metrics, num_draws=num_draws) for seed in range(data_sets))
    inside = [{name: of.low <= truth[name] <= of.high for name, of in results.items()} for results in found]
    return pd.DataFrame(inside).mean().to_dict()


def test_intervals_cover_the_truth_in_a_sample_of_data_sets() -> None:
    """One that covers 91 % would hold it in fewer than 42 of 50 once in 30 times."""
    assert min(coverage(50, METRICS, num_draws=250).values()) >= 42 / 50


@pytest.mark.exhaustive
def test_intervals_cover_the_truth_in_91_of_100_data_sets() -> None:
    assert {name: of for name, of in coverage(300, ALL, num_draws=1000).items() if of < 0.91} == {}


def test_what_noise_can_only_raise_has_an_interval_below_its_resamples() -> None:
    """A true value of 0, of which a sample shows 0.03 and its resamples √2 times as much."""
    result = deflated_interval(0.03, np.linspace(0.032, 0.054, 100))

    assert result.value == 0.03
    assert result.low == 0.0
    assert result.high < 0.03
