from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from lsdc.errors import TableError
from lsdc.evaluation.comparison import COMPARED, TESTED, Contender, Verdict, bootstrap_p, compare_all, holm
from lsdc.evaluation.comparison import compare as compare_contenders
from lsdc.evaluation.intervals import Interval, intervals
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS
from lsdc.evaluation.predictions import labels_of, probabilities_of, scored_rows, with_probabilities
from lsdc.evaluation.scoring import evaluate


def compare(a: pd.DataFrame, b: pd.DataFrame) -> Verdict:
    return compare_contenders(Contender(predictions=a), Contender(predictions=b))


def test_a_run_is_not_better_than_itself(make_predictions) -> None:
    predictions = make_predictions()

    verdict = compare(predictions, predictions)

    assert "no difference shown" in verdict.sentence
    assert (verdict.only_a_correct, verdict.only_b_correct, verdict.mcnemar_p) == (0, 0, 1.0)
    assert (verdict.rows, verdict.studies, verdict.scored_on) == (100, 20, "test")


def test_a_skilled_grader_is_better_than_one_without_skill_from_either_side(make_predictions) -> None:
    skilled, unskilled = make_predictions(150, skill=2.5), make_predictions(150, skill=0.0)

    forwards, backwards = compare(skilled, unskilled), compare(unskilled, skilled)

    assert "A is better" in forwards.sentence
    assert "B is better" in backwards.sentence
    assert forwards.mcnemar_p == backwards.mcnemar_p < 0.001
    assert forwards.only_a_correct == backwards.only_b_correct


def test_graders_of_equal_skill_show_no_difference(make_predictions) -> None:
    verdict = compare(make_predictions(grader=1), make_predictions(grader=2))

    assert "no difference shown" in verdict.sentence
    assert verdict.only_a_correct > 0
    assert verdict.mcnemar_p > 0.05


def test_differences_are_those_of_the_separate_scores(make_predictions) -> None:
    a, b = make_predictions(skill=2.0), make_predictions(skill=0.5)

    differences = compare(a, b).differences

    scores_a, scores_b = (
        {**of["metrics"], **of["report_metrics"]} for of in (evaluate(a).metrics, evaluate(b).metrics)
    )
    assert set(differences) == {metric.name for metric in COMPARED}
    for name, difference in differences.items():
        assert difference.value == pytest.approx(scores_a[name]["value"] - scores_b[name]["value"])


def test_rows_are_matched_by_their_keys_and_not_by_their_order(make_predictions) -> None:
    a, b = make_predictions(skill=2.0), make_predictions(skill=0.5)

    shuffled = compare(a, b.sample(frac=1, random_state=0))

    assert shuffled == compare(a, b)


def test_only_rows_that_both_were_scored_on_count(make_predictions) -> None:
    """A row that one of them learned from would flatter it."""
    a = make_predictions(60)
    b = a.copy()
    b.loc[b["study_id"] <= 30, "split"] = "train"

    verdict = compare(a, b)

    assert verdict.studies == 10
    assert verdict.rows == 50


def test_mcnemar_is_the_exact_binomial_test_on_the_rows_where_one_is_right(make_predictions) -> None:
    """Eight against two: p is 2 (1 + 10 + 45) / 2¹⁰."""
    a = make_predictions(9, parts=("test",)).assign(label="Severe", p_normal_mild=0.0, p_moderate=0.0, p_severe=1.0)
    b = a.copy()
    wrong = {"p_normal_mild": 1.0, "p_moderate": 0.0, "p_severe": 0.0}
    a.loc[:1, list(wrong)] = list(wrong.values())
    b.loc[2:9, list(wrong)] = list(wrong.values())

    verdict = compare(a, b)

    assert (verdict.only_a_correct, verdict.only_b_correct) == (8, 2)
    assert verdict.mcnemar_p == pytest.approx(2 * (1 + 10 + 45) / 2**10)


def test_runs_without_shared_rows_cannot_be_compared(make_predictions) -> None:
    a = make_predictions()

    with pytest.raises(TableError, match="share no scored rows"):
        compare(a, a.assign(study_id=a["study_id"] + 1000))


def test_a_tested_run_is_not_compared_with_one_that_was_chosen_on_its_rows(make_predictions) -> None:
    with pytest.raises(TableError, match="test rows and the other on validation rows"):
        compare(make_predictions(), make_predictions(parts=("train", "validation")))


def test_runs_with_different_labels_cannot_be_compared(make_predictions) -> None:
    a = make_predictions()

    with pytest.raises(TableError, match="different labels"):
        compare(a, a.assign(label="Severe"))


def test_too_few_severe_rows_for_an_interval_are_said_to_be_too_few(make_predictions) -> None:
    a = make_predictions(6).assign(label="Moderate")

    assert "too few" in compare(a, a).sentence


def test_mcnemar_is_that_of_statsmodels(make_predictions) -> None:
    verdict = compare(make_predictions(skill=2.0), make_predictions(grader=1, skill=0.5))

    table = [[0, verdict.only_a_correct], [verdict.only_b_correct, 0]]
    assert verdict.mcnemar_p == pytest.approx(mcnemar(table, exact=True).pvalue)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=45))
def test_the_correction_is_holm_s(p_values: list[float]) -> None:
    expected = multipletests(p_values, method="holm")[1]

    np.testing.assert_allclose(holm(p_values), expected)


def test_all_pairs_are_tested_on_the_rows_that_all_of_them_share(make_predictions) -> None:
    runs = {
        name: make_predictions(90, grader=number, skill=skill) for number, (name, skill) in enumerate(SKILLS.items())
    }
    runs["good"] = runs["good"].query("split != 'test' or study_id > 30").reset_index(drop=True)

    tests = compare_all(runs, METRICS[0], num_draws=500)

    assert [(test.a, test.b) for test in tests] == [("good", "poor"), ("good", "poorer"), ("poor", "poorer")]
    shared = {name: scored_rows(table)[1].query("study_id > 30").reset_index(drop=True) for name, table in runs.items()}
    alone = {name: intervals(rows, METRICS[:1])["macro_auc"].value for name, rows in shared.items()}
    for test in tests:
        assert test.difference.value == pytest.approx(alone[test.a] - alone[test.b])
        assert test.p <= test.p_holm <= 3 * test.p
    assert tests[0].p_holm < 0.05 < tests[2].p_holm


SKILLS = {"good": 2.5, "poor": 0.5, "poorer": 0.45}


def test_the_test_of_a_pair_is_that_of_its_share_of_draws_beyond_zero() -> None:
    draws = np.array([0.1] * 995 + [-0.1] * 4)

    assert bootstrap_p(draws) == pytest.approx(2 * 5 / 1000)
    assert bootstrap_p(-draws) == bootstrap_p(draws)
    assert bootstrap_p(np.zeros(999)) == 1.0
    assert bootstrap_p(np.full(5, np.nan)) == 1.0


def test_the_p_of_a_mean_is_about_that_of_theory(make_predictions) -> None:
    """One point a study: the difference of two accuracies is a mean, and nearly normal."""
    a, b = (
        make_predictions(900, grader=grader, skill=skill, parts=("test",)) for grader, skill in ((1, 1.0), (2, 0.8))
    )
    a, b = (table[table["level"] == "L4/L5"].reset_index(drop=True) for table in (a, b))
    accuracy = next(metric for metric in REPORT_METRICS if metric.name == "accuracy")

    (test,) = compare_all({"a": a, "b": b}, accuracy)

    gaps = (probabilities_of(a).argmax(axis=1) == labels_of(a)).astype(int)
    gaps -= probabilities_of(b).argmax(axis=1) == labels_of(b)
    # Draws that are exactly 0 count as beyond it, hence half a step.
    z = (abs(gaps.sum()) - 0.5) / (gaps.std() * np.sqrt(len(gaps)))
    assert test.difference.value == pytest.approx(gaps.mean())
    assert 0.001 < test.p < 0.5
    assert test.p == pytest.approx(2 * norm.sf(z), abs=0.015)


def test_a_difference_without_an_interval_is_no_difference_shown(make_predictions) -> None:
    """Severe points in one study of twenty: no interval of the recall, and so no test of it either."""
    a = make_predictions(60, skill=3.0)
    severe = a["study_id"] == scored_rows(a)[1]["study_id"].iloc[0]
    a["label"] = np.where(severe, "Severe", "Moderate")
    b = with_probabilities(a, np.tile([0.8, 0.1, 0.1], (len(a), 1)))
    a = with_probabilities(a, np.tile([0.1, 0.1, 0.8], (len(a), 1)))
    recall = next(metric for metric in METRICS if metric.name == "severe_recall")

    (test,) = compare_all({"a": a, "b": b}, recall)

    assert test.difference == Interval(value=1.0, low=None, high=None)
    assert (test.p, test.p_holm) == (1.0, 1.0)


def test_two_calibration_errors_have_a_difference_and_no_interval_of_it(make_predictions) -> None:
    difference = compare(make_predictions(skill=2.0), make_predictions(skill=0.5)).differences["ece"]

    assert difference.value is not None
    assert (difference.low, difference.high) == (None, None)
    assert "ece" not in {metric.name for metric in TESTED}


def test_runs_that_share_no_rows_are_not_tested(make_predictions) -> None:
    a = make_predictions()

    with pytest.raises(TableError, match="share no scored rows"):
        compare_all({"a": a, "b": a.assign(study_id=a["study_id"] + 1000)}, METRICS[0])
