"""Tables of the challenge's size have the challenge's counts, computed here with plain pandas."""

from __future__ import annotations

import pandas as pd
import pytest

from lsdc.dataset.phantom import write_full_tables
from lsdc.errors import ConfigError


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables") / "full"
    write_full_tables(folder, seed=2)
    return folder


@pytest.fixture(scope="module")
def grades(root):
    return pd.read_csv(root / "train.csv")


@pytest.fixture(scope="module")
def series(root):
    return pd.read_csv(root / "train_series_descriptions.csv")


@pytest.fixture(scope="module")
def points(root, grades):
    points = pd.read_csv(root / "train_label_coordinates.csv")
    column = (
        points["condition"].str.lower().str.replace(" ", "_") + "_" + points["level"].str.lower().str.replace("/", "_")
    )
    by_cell = grades.melt("study_id", var_name="column", value_name="severity")
    return points.assign(column=column).merge(by_cell, on=["study_id", "column"], how="left")


@pytest.fixture(scope="module")
def left(points):
    return points[points["condition"] == "Left Subarticular Stenosis"]


@pytest.fixture(scope="module")
def balanced(left):
    labelled = left.dropna(subset="severity")
    by_study = (labelled["severity"] == "Normal/Mild").groupby(labelled["study_id"])
    return labelled[~((by_study.transform("size") == 5) & by_study.transform("all"))]


def test_there_are_as_many_studies_series_points_and_labels(grades, series, points):
    assert len(grades) == 1975
    assert not grades["study_id"].duplicated().any()
    assert len(series) == 6294
    assert not series["series_id"].duplicated().any()
    assert len(points) == 48_692
    assert points["severity"].notna().sum() == 48_657
    assert points["study_id"].nunique() == 1974


def test_left_subarticular_rows(left, grades):
    assert (len(left), left["severity"].notna().sum()) == (9608, 9603)
    cells = grades.filter(like="left_subarticular").notna().to_numpy().sum()
    assert cells - left["severity"].notna().sum() == 9


def test_balanced_rows(left, balanced):
    assert len(balanced) == 6448
    assert balanced["study_id"].nunique() == 1342
    assert balanced["series_id"].nunique() == 1468
    assert left.dropna(subset="severity")["study_id"].nunique() - balanced["study_id"].nunique() == 631


def test_balanced_rows_by_level_and_severity(balanced):
    counts = pd.crosstab(balanced["level"], balanced["severity"])[["Normal/Mild", "Moderate", "Severe"]]

    assert counts.T.to_dict("list") == {
        "L1/L2": [1057, 93, 28],
        "L2/L3": [923, 254, 83],
        "L3/L4": [692, 454, 193],
        "L4/L5": [254, 624, 461],
        "L5/S1": [776, 409, 147],
    }


def test_axial_series(left, series):
    axial = series[series["series_description"] == "Axial T2"].groupby("study_id").size()

    assert ((axial >= 2) & (axial <= 4)).sum() == 335
    assert left.groupby("study_id")["series_id"].nunique().gt(1).sum() == 182


def test_points_lie_on_series_of_their_own_study_and_sequence(points, series):
    joined = points.merge(series, on=["study_id", "series_id"], how="left")
    sequence = {"Spinal": "Sagittal T2/STIR", "Left N": "Sagittal T1", "Right N": "Sagittal T1"}
    expected = joined["condition"].map(
        lambda condition: next((word for start, word in sequence.items() if condition.startswith(start)), "Axial T2")
    )

    assert (joined["series_description"] == expected).all()
    assert not points.duplicated(["study_id", "condition", "level"]).any()


@pytest.mark.parametrize(
    ("words", "shares", "points_share"),
    [
        ("Spinal Canal", (0.877, 0.075, 0.048), 0.202),
        ("Foraminal", (0.780, 0.181, 0.039), 0.404),
        ("Subarticular", (0.714, 0.190, 0.096), 0.394),
    ],
)
def test_shares_by_condition(points, words, shares, points_share):
    rows = points[points["condition"].str.contains(words)]
    actual = rows["severity"].value_counts(normalize=True)[["Normal/Mild", "Moderate", "Severe"]]

    assert actual.tolist() == pytest.approx(shares, abs=0.015)
    assert len(rows) / len(points) == pytest.approx(points_share, abs=0.002)


def test_the_same_seed_gives_the_same_bytes(root, tmp_path):
    write_full_tables(tmp_path / "again", seed=2)

    for path in root.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_a_size_that_is_no_multiple_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="1975"):
        write_full_tables(tmp_path / "odd", studies=2000)

    assert not (tmp_path / "odd").exists()
