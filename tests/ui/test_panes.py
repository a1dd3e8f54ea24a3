"""Two series beside each other, linked through the patient."""

from itertools import pairwise

import numpy as np
import pytest

from lsdc.dataset.geometry import PixelPoint, Plane
from lsdc.ui.case import StudyAddress
from lsdc.ui.datasets import load_data_set
from lsdc.ui.panes import Pane, are_linked, first_place, pane_beside, series_on_the_left, series_on_the_right
from lsdc.ui.studies import load_study


@pytest.fixture
def data(phantom_root):
    return load_data_set(phantom_root)


@pytest.fixture
def point(data):
    """A labelled point on an axial slice."""
    return data.table[data.table["series_description"] == "Axial T2"].iloc[0].to_dict()


@pytest.fixture
def study(data, point):
    return load_study(data, point["study_id"])


def plane_of(series):
    return series.headers[0].plane.plane


def test_a_study_has_all_its_series_with_their_points(data, study):
    numbers = {series.number for series in study}
    rows = data.table[data.table["series_id"].isin(numbers)]

    assert sum(len(series.points) for series in study) == len(rows)
    assert {plane_of(series) for series in study} == {Plane.AXIAL, Plane.SAGITTAL}


def test_the_series_of_the_address_stands_left_and_one_of_another_plane_right(study, point):
    own = series_on_the_left(study, StudyAddress.of_point(point))
    other = series_on_the_right(study, own, StudyAddress.of_point(point))

    assert own.number == point["series_id"]
    assert plane_of(other) is Plane.SAGITTAL
    assert are_linked(own, other)


def test_without_an_address_the_first_slice_with_a_point_is_shown(study):
    own = series_on_the_left(study, StudyAddress())

    assert Pane(series=own, place=first_place(own, "")).number in own.marked


def test_a_labelled_point_is_found_on_the_other_series_at_the_same_place_of_the_patient(study, point):
    own = series_on_the_left(study, StudyAddress.of_point(point))
    pane = Pane(series=own, place=first_place(own, str(point["instance_number"])))
    marked = PixelPoint.from_xy(point["x"], point["y"])
    other = series_on_the_right(study, own, StudyAddress.of_point(point))

    beside = pane_beside(pane, other, "", marked)
    found = beside.find(pane.position_of(marked))

    assert found is not None
    distance_mm = np.linalg.norm(beside.position_of(found) - pane.position_of(marked))
    gaps = [abs(a.plane.distance_mm - b.plane.distance_mm) for a, b in pairwise(other.headers)]
    assert distance_mm <= max(gaps) / 2 + 1e-6


def test_a_place_is_found_only_on_the_slice_on_which_it_lies(study, point):
    own = series_on_the_left(study, StudyAddress.of_point(point))
    pane = Pane(series=own, place=first_place(own, str(point["instance_number"])))
    position_mm = pane.position_of(PixelPoint.from_xy(point["x"], point["y"]))
    other = series_on_the_right(study, own, StudyAddress.of_point(point))

    finders = [place for place in range(len(other.slices)) if Pane(series=other, place=place).find(position_mm)]

    assert len(finders) == 1


def test_slices_of_two_planes_cut_each_other_and_a_slice_does_not_cut_itself(study, point):
    own = series_on_the_left(study, StudyAddress.of_point(point))
    pane = Pane(series=own, place=0)
    other = series_on_the_right(study, own, StudyAddress.of_point(point))
    beside = Pane(series=other, place=len(other.slices) // 2)

    assert pane.line_of(beside) is not None
    assert pane.line_of(pane) is None
