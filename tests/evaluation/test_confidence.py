"""When a run can tell, and how often it was right when it was as sure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdc.evaluation.calibration_file import read_calibration
from lsdc.evaluation.confidence import reliability_at, threshold_for
from lsdc.evaluation.predictions import probabilities_of, scored_rows
from lsdc.runs import list_runs
from lsdc.settings import PROJECT_ROOT


@pytest.fixture(scope="module")
def run():
    """A run that ships with the program."""
    return list_runs(PROJECT_ROOT / "artifacts" / "runs")[0]


@given(share=st.floats(0.01, 0.99))
def test_at_least_the_asked_share_of_the_scored_rows_is_answered_and_no_higher_threshold_would_do(run, share):
    record = read_calibration(run)
    confidence = probabilities_of(scored_rows(run.predictions())[1]).max(axis=1)

    threshold = threshold_for(record, share)

    answered = (confidence >= threshold.probability).mean()
    assert answered == pytest.approx(threshold.coverage)
    assert answered >= share
    if threshold.probability < 1:
        assert (confidence >= threshold.probability + 0.01).mean() < share


def test_every_point_is_answered_unless_a_share_is_chosen(run):
    record = read_calibration(run)

    assert threshold_for(record, 1.0).reached_by(0.34)
    assert not threshold_for(record, 0.5).reached_by(0.34)


@given(probability=st.floats(0.3334, 1.0))
def test_reliability_is_that_of_the_rows_with_about_the_same_probability(run, probability):
    found = reliability_at(read_calibration(run), probability)

    if found is not None:
        assert found["low"] < probability <= found["high"]
        assert found["rows"] > 0
