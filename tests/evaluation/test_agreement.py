"""Kappas, of two reviewers and of runs: equal to scikit-learn's."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from lsdc.dataset.reviews import Decision
from lsdc.evaluation.human_agreement import CAVEAT, KAPPAS, PUBLISHED, KappaKind, published
from lsdc.evaluation.predictions import labels_of, probabilities_of
from lsdc.evaluation.reviewers import agreement
from lsdc.evaluation.weighted import WeightedRows
from lsdc.labels import Condition

WORDS = [decision.value for decision in Decision]


def review(decisions, first_study=1):
    studies = range(first_study, first_study + len(decisions))
    return pd.DataFrame({"study_id": studies, "decision": decisions}).assign(
        condition="spinal_canal_stenosis", side="midline", level="L4/L5"
    )


decisions = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)), min_size=1, max_size=40)


@given(pairs=decisions, alone=st.integers(0, 5))
def test_the_kappa_of_two_reviewers_is_that_of_the_labels_that_both_judged(pairs, alone):
    first, second = map(list, zip(*pairs, strict=True))
    result = agreement(review(first + ["keep"] * alone), review(second))

    assert result.labels == len(pairs)
    assert result.agreed == sum(a == b for a, b in pairs)
    assert len(result.differing) == result.labels - result.agreed
    if len({*first}) == 1 and first == [first[0]] * len(first) == second:
        assert result.kappa is None
    else:
        assert result.kappa == pytest.approx(cohen_kappa_score(first, second))


@given(pairs=decisions)
def test_agreement_is_mutual(pairs):
    first, second = (review(list(words)) for words in zip(*pairs, strict=True))
    there, back = agreement(first, second), agreement(second, first)

    assert there.kappa == pytest.approx(back.kappa)
    assert there.counts.to_numpy().tolist() == back.counts.to_numpy().T.tolist()


def test_reviewers_who_share_no_label_have_no_kappa():
    result = agreement(review(["keep", "drop"]), review(["keep"], first_study=50))

    assert (result.labels, result.kappa) == (0, None)
    assert result.differing.empty


@pytest.mark.parametrize(
    ("kind", "weights"),
    [(KappaKind.LINEAR, "linear"), (KappaKind.QUADRATIC, "quadratic"), (KappaKind.UNWEIGHTED, None)],
)
def test_the_kappas_of_a_run_are_scikit_learns(make_predictions, kind, weights):
    rows = make_predictions(skill=1.5)
    graded = WeightedRows.once(probabilities_of(rows), labels_of(rows))

    expected = cohen_kappa_score(graded.labels, graded.predicted, weights=weights)
    assert KAPPAS[kind].compute(graded).item() == pytest.approx(expected)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_two_grades_have_one_kappa_whatever_the_weights(make_predictions, weights):
    rows = make_predictions(skill=1.5)
    graded = WeightedRows.once(probabilities_of(rows), labels_of(rows))

    expected = cohen_kappa_score(graded.labels > 0, graded.predicted > 0, weights=weights)
    assert KAPPAS[KappaKind.TWO_GRADES].compute(graded).item() == pytest.approx(expected)


def test_the_kappa_of_a_constant_grader_is_chance(make_predictions):
    rows = make_predictions()
    constant = np.tile([0.5, 0.3, 0.2], (len(rows), 1))

    for metric in KAPPAS.values():
        assert metric.compute(WeightedRows.once(constant, labels_of(rows))).item() == pytest.approx(0)


def test_every_published_value_has_a_source_and_a_range():
    for value in PUBLISHED:
        assert value.url.startswith("https://")
        assert -1 <= value.low <= value.high <= 1
        assert f"{value.low:g}"[1:] in value.as_printed or f"{value.low:.3f}" in value.as_printed


def test_only_values_of_a_known_kind_can_be_drawn():
    drawn = [value for kind in KappaKind for value in published(kind)]

    assert {value.source for value in PUBLISHED} - {value.source for value in drawn} == {"Eur Radiol 2025;35:2298–2306"}
    assert {value.zone for value in published(KappaKind.LINEAR)} == {
        Condition.SPINAL_CANAL_STENOSIS,
        Condition.NEURAL_FORAMINAL_NARROWING,
    }
    assert published(KappaKind.QUADRATIC) == []


def test_the_caveat_says_that_these_labels_have_no_published_agreement():
    assert "no agreement of readers was published" in CAVEAT
