"""The 25 labels of a study."""

import pandas as pd
import pytest

from lsdc.dataset.challenge_files import GRADE_COLUMNS
from lsdc.dataset.study_labels import study_labels
from lsdc.labels import Severity

COLUMN = "left_subarticular_stenosis_l4_l5"


@pytest.fixture
def points():
    """Two points of one label, and one of another, under the index of a larger table."""
    rows = [("subarticular_stenosis", "left", "L4/L5")] * 2 + [("spinal_canal_stenosis", "midline", "L1/L2")]
    return pd.DataFrame(rows, columns=["condition", "side", "level"], index=[70, 71, 90])


def grades(**given):
    return pd.DataFrame([{"study_id": 1, **dict.fromkeys(GRADE_COLUMNS, ""), **given}])


def test_a_study_has_25_labels_whatever_is_missing(points):
    labels = study_labels(grades().iloc[:0], points.iloc[:0])

    assert [label.column for label in labels] == list(GRADE_COLUMNS)
    assert {(label.severity, label.point) for label in labels} == {(None, None)}


def test_a_grade_without_a_point_and_a_point_without_a_grade_are_both_told(points):
    labels = {label.column: label for label in study_labels(grades(**{COLUMN: "Severe"}), points.iloc[2:])}

    assert (labels[COLUMN].severity, labels[COLUMN].point) == (Severity.SEVERE, None)
    canal = labels["spinal_canal_stenosis_l1_l2"]
    assert (canal.severity, canal.point) == (None, 90)


def test_of_several_points_of_a_label_the_first_is_taken(points):
    labels = {label.column: label for label in study_labels(grades(), points)}

    assert labels[COLUMN].point == 70
