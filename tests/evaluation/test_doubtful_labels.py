"""Which labels come first in a review: recomputed with plain pandas and scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from lsdc.dataset.reviews import LABEL_KEYS
from lsdc.evaluation.doubtful_labels import doubtful_labels, held_out_rows
from lsdc.evaluation.predictions import PROBABILITY_COLUMNS
from lsdc.labels import Severity

GRADES = [grade.value for grade in Severity]


def test_each_label_has_the_mean_log_loss_of_the_runs_that_hold_it_out(make_predictions):
    runs = [make_predictions(grader=grader) for grader in (1, 2, 3)]
    # The third run has learned from every second study that the others hold out.
    runs[2].loc[runs[2]["study_id"] % 2 == 0, "split"] = "train"

    ranked = doubtful_labels(runs)

    for row in ranked.iloc[::17].itertuples():
        losses = []
        for run in runs:
            mine = run[(run["study_id"] == row.study_id) & (run["level"] == row.level) & (run["split"] != "train")]
            if len(mine):
                answers = mine[list(PROBABILITY_COLUMNS)].to_numpy()
                losses.append(log_loss([GRADES.index(row.label)], answers, labels=[0, 1, 2]))
        assert row.runs == len(losses)
        assert row.loss == pytest.approx(np.mean(losses))
    assert set(ranked["runs"]) == {2, 3}
    assert ranked["loss"].is_monotonic_decreasing


def test_a_run_says_nothing_of_what_it_learned_from(make_predictions):
    run = make_predictions()

    ranked = doubtful_labels([run])

    learned = set(run.loc[run["split"] == "train", "study_id"])
    assert not learned & set(ranked["study_id"])
    assert len(ranked) == (run["split"] != "train").sum() == len(held_out_rows(run))


@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_and_of_runs_changes_nothing(seed, make_predictions):
    runs = [make_predictions(num_studies=9, grader=grader) for grader in (1, 2)]
    shuffled = [run.sample(frac=1, random_state=seed, ignore_index=True) for run in reversed(runs)]

    pd.testing.assert_frame_equal(doubtful_labels(runs), doubtful_labels(shuffled))


def test_a_label_with_two_points_stands_once_with_the_one_that_is_doubted_more(make_predictions):
    run = make_predictions(num_studies=6, parts=("test",))
    again = run.assign(series_id=run["series_id"] + 1)
    answers = run[list(PROBABILITY_COLUMNS)].to_numpy()
    again[list(PROBABILITY_COLUMNS)] = answers[:, ::-1]

    ranked = doubtful_labels([pd.concat([run, again], ignore_index=True)])

    each = [doubtful_labels([table]).set_index(list(LABEL_KEYS))["loss"] for table in (run, again)]
    assert len(ranked) == len(run)
    expected = pd.concat(each, axis=1).max(axis=1)
    pd.testing.assert_series_equal(
        ranked.set_index(list(LABEL_KEYS))["loss"].sort_index(), expected.sort_index(), check_names=False
    )


def test_runs_that_hold_nothing_out_have_no_doubts(make_predictions):
    assert doubtful_labels([make_predictions(parts=("train",))]).empty
