"""The grades, and the best that anybody can do on them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from lsdc.dataset.phantom import best_possible, ceiling_of_rows
from lsdc.dataset.phantom.severity import GRADE_SHARES, effect, grade_probabilities, severity_table
from lsdc.labels import TARGETS, Condition, Level, Severity, Side, Target

LEFT = Target(Condition.SUBARTICULAR_STENOSIS, Side.LEFT)


@pytest.fixture(scope="module")
def truth():
    return severity_table(20_000, seed=1)


def left_rows(truth):
    return truth[(truth["condition"] == LEFT.condition.value) & (truth["side"] == LEFT.side.value)]


def test_the_best_possible_scores_on_balanced_left_rows_are_where_they_were_fixed(truth):
    ceiling = best_possible(truth, LEFT)

    assert 0.80 <= ceiling.accuracy <= 0.85
    assert ceiling.quadratic_kappa >= 0.75
    assert ceiling.level_only_accuracy <= ceiling.accuracy - 0.10


def test_the_ceiling_is_what_the_likeliest_grade_really_scores(truth):
    rows = left_rows(truth)
    likeliest = grade_probabilities(rows["narrowing"].to_numpy()).argmax(axis=1)
    grades = rows["severity"].map({severity.value: severity.rank for severity in Severity}).to_numpy()

    ceiling = best_possible(truth, LEFT, balanced=False)

    assert ceiling.accuracy == pytest.approx((likeliest == grades).mean(), abs=0.005)
    assert ceiling.quadratic_kappa == pytest.approx(cohen_kappa_score(grades, likeliest, weights="quadratic"), abs=0.01)


def test_no_threshold_on_the_true_narrowing_beats_the_ceiling_on_balanced_rows(truth):
    rows = left_rows(truth)
    normal = (rows["severity"] == "Normal/Mild").groupby(rows["study_id"]).transform("all")
    kept = rows[~normal]
    grades = kept["severity"].map({severity.value: severity.rank for severity in Severity}).to_numpy()
    cuts = np.arange(0.5, 1.3, 0.05)

    best = max((np.digitize(kept["narrowing"], (cut, 2.0)) == grades).mean() for cut in cuts)

    assert best_possible(truth, LEFT).accuracy >= best - 0.005


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.slug)
def test_the_shares_of_grades_by_level_are_those_asked_for(truth, target):
    rows = truth[(truth["condition"] == target.condition.value) & (truth["side"] == target.side.value)]
    shares = rows.groupby("level")["severity"].value_counts(normalize=True).unstack(fill_value=0.0)

    expected = np.array(GRADE_SHARES[target.condition])
    actual = shares.loc[[level.value for level in Level], [severity.value for severity in Severity]].to_numpy()

    np.testing.assert_allclose(actual, expected, atol=0.012)


def test_about_a_third_of_studies_is_normal_at_all_five_levels_as_in_the_real_data(truth):
    normal = (left_rows(truth)["severity"] == "Normal/Mild").groupby(truth["study_id"]).all()

    assert normal.mean() == pytest.approx(631 / 1974, abs=0.03)


def test_both_sides_of_a_level_and_neighbouring_levels_are_alike_but_not_the_same(truth):
    table = truth.pivot_table(index="study_id", columns=["condition", "side", "level"], values="narrowing")
    sides = table[LEFT.condition.value]

    across = np.corrcoef(sides["left"]["L4/L5"], sides["right"]["L4/L5"])[0, 1]
    along = np.corrcoef(sides["left"]["L4/L5"], sides["left"]["L3/L4"])[0, 1]

    assert 0.4 < along < across < 0.9


@given(st.floats(-4, 6), st.floats(0.001, 2))
def test_a_narrower_structure_is_deformed_more(narrowing, further):
    assert 0 < effect(np.array(narrowing)) < effect(np.array(narrowing + further)) < 1


@given(st.floats(-6, 8))
def test_the_chances_of_the_three_grades_sum_to_one(narrowing):
    assert grade_probabilities(np.array(narrowing)).sum() == pytest.approx(1.0)


def test_there_is_no_ceiling_where_every_study_is_normal(truth):
    normal = truth.assign(severity="Normal/Mild")

    assert best_possible(normal, LEFT) is None


def test_the_ceiling_of_given_rows_is_that_of_the_table_they_were_chosen_from(truth):
    rows = left_rows(truth)
    normal = (rows["severity"] == "Normal/Mild").groupby(rows["study_id"]).transform("all")

    assert ceiling_of_rows(rows[~normal], LEFT, balanced=True) == best_possible(truth, LEFT)


def test_a_study_that_balancing_could_not_drop_has_no_fewer_normal_rows_than_its_narrowing_says(truth):
    four_levels = left_rows(truth).query("level != 'L1/L2'")

    assert ceiling_of_rows(four_levels, LEFT, balanced=True) == ceiling_of_rows(four_levels, LEFT, balanced=False)
