from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lsdc.errors import TableError
from lsdc.evaluation.baselines import BASELINES, baseline_predictions
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS
from lsdc.evaluation.predictions import PROBABILITY_COLUMNS, labels_of, probabilities_of
from lsdc.evaluation.weighted import WeightedRows


def scores_on_test(table: pd.DataFrame) -> dict[str, float]:
    rows = table[table["split"] == "test"]
    weighted = WeightedRows.once(probabilities_of(rows), labels_of(rows))
    return {metric.name: metric.compute(weighted).item() for metric in (*METRICS, *REPORT_METRICS)}


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [
        (
            "constant",
            {"accuracy": 0.574, "precision": 0.574, "recall": 0.574, "auc": 0.716, "pr_auc": 0.499, "rmse": 0.436}
            | {"macro_auc": 0.500, "quadratic_kappa": 0.0},
        ),
        (
            "level only",
            {"accuracy": 0.632, "precision": 0.675, "recall": 0.535, "rmse": 0.402, "quadratic_kappa": 0.297},
        ),
    ],
)
def test_baselines_have_the_known_scores_on_the_report_s_rows(
    balanced_rows: pd.DataFrame, baseline: str, expected: dict[str, float]
) -> None:
    scores = scores_on_test(baseline_predictions(balanced_rows)[baseline])

    assert {name: round(scores[name], 3) for name in expected} == pytest.approx(expected, abs=1.1e-3)


def test_the_areas_of_the_level_baseline_are_near_those_of_held_out_folds(balanced_rows: pd.DataFrame) -> None:
    """The design's .805 and .721 are from five folds; learnt and scored on the same rows they are a little higher."""
    scores = scores_on_test(baseline_predictions(balanced_rows)["level only"])

    assert 0.805 <= scores["auc"] < 0.810
    assert 0.721 <= scores["macro_auc"] < 0.730


def test_every_baseline_grades_every_row_with_probabilities(make_predictions) -> None:
    predictions = make_predictions()

    graded = baseline_predictions(predictions)

    assert list(graded) == list(BASELINES) == ["constant", "level only", "level + coordinates"]
    for table in graded.values():
        pd.testing.assert_frame_equal(
            table.drop(columns=list(PROBABILITY_COLUMNS)), predictions.drop(columns=list(PROBABILITY_COLUMNS))
        )
        np.testing.assert_allclose(probabilities_of(table).sum(axis=1), 1.0)


def test_baselines_learn_from_training_rows_only(make_predictions) -> None:
    predictions = make_predictions()
    other_truth = predictions.assign(label=predictions["label"].where(predictions["split"] == "train", "Severe"))

    for name, table in baseline_predictions(predictions).items():
        np.testing.assert_array_equal(
            probabilities_of(table), probabilities_of(baseline_predictions(other_truth)[name]), err_msg=name
        )


def test_baselines_do_not_look_at_the_run_s_probabilities(make_predictions) -> None:
    skilled, unskilled = (baseline_predictions(make_predictions(skill=skill)) for skill in (3.0, 0.0))

    for name in BASELINES:
        pd.testing.assert_frame_equal(skilled[name], unskilled[name])


def test_coordinates_help_where_they_tell(make_predictions) -> None:
    predictions = make_predictions(150)
    ranks = labels_of(predictions)
    predictions["y_fraction"] = 0.3 + 0.1 * ranks

    graded = baseline_predictions(predictions)

    assert scores_on_test(graded["level + coordinates"])["accuracy"] > 0.95
    assert scores_on_test(graded["level only"])["accuracy"] < 0.75


def test_with_several_conditions_each_has_its_own_levels(make_predictions, all_targets) -> None:
    predictions = make_predictions(60, targets=all_targets)
    canal = predictions["condition"] == "spinal_canal_stenosis"
    predictions["label"] = predictions["label"].mask(canal, "Normal/Mild")

    graded = baseline_predictions(predictions)["level only"]

    assert graded.loc[canal, "p_normal_mild"].min() > 0.9
    assert graded.loc[~canal, "p_normal_mild"].max() < 0.8


@pytest.mark.parametrize("present", [["Severe"], ["Normal/Mild", "Severe"]])
def test_a_grade_that_no_training_row_has_gets_no_probability(make_predictions, present: list[str]) -> None:
    predictions = make_predictions()
    predictions["label"] = np.resize(present, len(predictions))

    for table in baseline_predictions(predictions).values():
        assert (table["p_moderate"] == 0).all()


def test_baselines_without_training_rows_are_refused(make_predictions) -> None:
    with pytest.raises(TableError, match="no training rows"):
        baseline_predictions(make_predictions(parts=("test",)))
