from __future__ import annotations

import pandas as pd
import pytest

from lsdc.errors import TableError
from lsdc.evaluation.comparison import COMPARED, Contender, Verdict
from lsdc.evaluation.comparison import compare as compare_contenders
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
