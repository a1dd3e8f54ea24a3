"""What the tables alone say of grades and points."""

import pandas as pd
import pytest

from lsdc.dataset.audit import KINDS, Importance, labels
from lsdc.dataset.challenge_files import POINTS_FILE, SERIES_FILE, read_grades
from lsdc.dataset.tables import load_label_table, load_series_table, one_row_per_grade
from lsdc.labels import Sequence


@pytest.fixture
def tables(phantom_root, tmp_path):
    """A copy of the phantom's tables that a test may change."""
    for path in phantom_root.glob("train*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def read(folder):
    return read_grades(folder), load_label_table(folder), load_series_table(folder)


def test_a_grade_without_a_point_is_told_apart_by_whether_the_study_has_the_sequence(tables):
    points, series = (pd.read_csv(tables / name) for name in (POINTS_FILE, SERIES_FILE))
    canal = points["condition"] == "Spinal Canal Stenosis"
    lacking, having = points.loc[canal, "study_id"].unique()[:2]
    points[~(canal & points["study_id"].isin([lacking, having]))].to_csv(tables / POINTS_FILE, index=False)
    of_canal = (series["study_id"] == lacking) & (series["series_description"] == Sequence.SAGITTAL_T2)
    series[~of_canal].to_csv(tables / SERIES_FILE, index=False)

    without_point, without_sequence = (
        labels.grades_without_point(*read(tables)),
        labels.grades_without_sequence(*read(tables)),
    )

    assert without_point["study_id"].tolist() == [having] * 5
    own = without_sequence[without_sequence["condition"] == "spinal_canal_stenosis"]
    assert own["study_id"].tolist() == [lacking] * 5
    assert own["detail"].iloc[0] == "Graded, but the study has no Sagittal T2/STIR series."


def test_every_grade_without_a_point_is_named_once(tables):
    grades, points, series = read(tables)

    told = pd.concat(
        [labels.grades_without_point(grades, points, series), labels.grades_without_sequence(grades, points, series)]
    )

    rows = one_row_per_grade(grades).dropna(subset="severity").merge(points[labels.LABEL], how="left", indicator=True)
    assert len(told) == (rows["_merge"] == "left_only").sum() > 0
    assert not told.duplicated(labels.LABEL).any()


def test_a_label_that_is_marked_on_two_images_is_told_with_both_points(tables):
    points = pd.read_csv(tables / POINTS_FILE)
    again = points.head(1).assign(instance_number=points["instance_number"].max() + 1)
    pd.concat([points, again]).to_csv(tables / POINTS_FILE, index=False)

    twice = labels.marked_twice(load_label_table(tables))

    assert twice["instance_number"].tolist() == [points["instance_number"][0], again["instance_number"][0]]
    assert set(twice["detail"]) == {"One of 2 points of this label."}
    assert KINDS["label_marked_twice"].importance is Importance.WARNING
    assert labels.marked_twice(load_label_table(tables).drop_duplicates(labels.LABEL)).empty
