from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lsdc.evaluation.intervals import intervals, percentile_interval, resample_metrics, study_draws
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS

ACCURACY = next(metric for metric in REPORT_METRICS if metric.name == "accuracy")


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

    assert {(d.value, d.low, d.high) for d in differences.values()} == {(0.0, 0.0, 0.0)}


def test_pairing_narrows_the_interval_of_a_difference(make_predictions) -> None:
    """Both graders meet the same patients, so what is hard for both drops out."""
    a = make_predictions(100)
    b = a.copy()
    b.loc[:9, ["p_normal_mild", "p_moderate", "p_severe"]] = [1.0, 0.0, 0.0]

    paired = resample_metrics(a, [ACCURACY]).minus(resample_metrics(b, [ACCURACY])).intervals()["accuracy"]

    alone = intervals(a, [ACCURACY])["accuracy"]
    assert paired.high - paired.low < (alone.high - alone.low) / 2
