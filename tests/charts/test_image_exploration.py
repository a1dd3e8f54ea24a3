"""Charts of images are of what they say they are of."""

import pandas as pd
import pytest

from lsdc.charts.image_exploration import geometry
from lsdc.charts.titled import NoChart


@pytest.fixture
def series():
    """Of three studies: one with two axial series, one without a sagittal one."""
    named = [(1, "Axial T2"), (1, "Axial T2"), (1, "Sagittal T1"), (2, "Axial T2"), (2, "Sagittal T1"), (3, "Axial T2")]
    table = pd.DataFrame(named, columns=["study_id", "series_description"])
    return table.assign(slices=12, size="320 × 320", spacing_mm=0.5, distance_mm=float("nan"))


@pytest.fixture
def no_points():
    return pd.DataFrame({"level": [], "to_axis": [], "to_spine": []})


def test_every_study_is_counted_once_for_each_sequence(series, no_points, drawn):
    of_study, *_ = geometry(series, no_points)
    (counts,) = drawn(of_study.chart)

    assert counts.set_index(["series_description", "series"])["studies"].to_dict() == {
        ("Axial T2", 1): 2,
        ("Axial T2", 2): 1,
        ("Sagittal T1", 0): 1,
        ("Sagittal T1", 1): 2,
    }
    assert of_study.sentence.startswith("Of 3 studies: 1 with several Axial T2 series; 1 without Sagittal T1.")
    assert of_study.chart.to_dict()["layer"][0]["encoding"]["x"]["title"] == "studies"


def test_what_the_headers_do_not_tell_has_no_chart_and_says_why(series, no_points):
    absent = {titled.title: titled.reason for titled in geometry(series, no_points) if isinstance(titled, NoChart)}

    assert absent == {
        "Distance of slices": "The headers of these series do not tell.",
        "Tilt of axial slices": "None of these points is on an axial slice that says how it lies.",
    }
