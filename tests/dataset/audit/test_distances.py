"""Which distances of slices are odd, against positions that are known."""

import pandas as pd
import pytest

from lsdc.dataset.audit.series import uneven_distances

NOTHING = pd.DataFrame({"study_id": [], "series_id": []}, dtype="int64")


@pytest.fixture
def headers():
    """Make the headers of parallel slices at some positions along the patient's axis across them."""

    def make(positions_mm, plane="sagittal", said_mm=None):
        rows = {"row_x": 0.0, "row_y": 1.0, "row_z": 0.0, "col_x": 0.0, "col_y": 0.0, "col_z": -1.0}
        if plane == "axial":
            rows |= {"row_x": 1.0, "row_y": 0.0, "col_y": 1.0, "col_z": 0.0}
        table = pd.DataFrame({"instance_number": pd.Series(range(1, len(positions_mm) + 1), dtype="Int64")})
        across, other = ("z_mm", "x_mm") if plane == "axial" else ("x_mm", "z_mm")
        return table.assign(study_id=1, series_id=7, plane=plane, slice_spacing_mm=said_mm, y_mm=0.0, **rows).assign(
            **{across: positions_mm, other: 0.0}
        )

    return make


def odd(headers, incomplete=NOTHING):
    return uneven_distances(headers, incomplete)["instance_number"].tolist()


def test_even_slices_are_in_order_whatever_their_numbers(headers):
    assert odd(headers([8.0, 0.0, 4.0, 16.0, 12.0], said_mm=4.0)) == []


def test_a_gap_and_a_slice_too_near_are_named_with_what_is_usual(headers):
    gap = uneven_distances(headers([0.0, -4.0, -8.0, -16.0, -20.0]), NOTHING)
    near = odd(headers([0.0, -4.0, -5.0, -9.0, -13.0]))

    assert gap["instance_number"].tolist() == [4]
    assert gap["detail"].tolist() == ["8.0 mm from slice 3, elsewhere 4.0 mm from slice to slice."]
    assert near == [3]


def test_axial_slices_in_groups_are_usual_and_sagittal_ones_are_not(headers):
    in_groups = [0.0, 4.0, 8.0, 38.0, 42.0, 46.0]

    assert odd(headers(in_groups, plane="axial")) == []
    assert len(odd(headers(in_groups))) == 1


def test_a_gap_that_another_finding_explains_is_not_told_twice(headers):
    with_gap = headers([0.0, -4.0, -8.0, -16.0, -20.0])

    assert odd(with_gap, incomplete=pd.DataFrame({"study_id": [1], "series_id": [7]})) == []


def test_a_header_that_says_another_distance_than_the_positions_is_named(headers):
    said = [4.0, 4.0, None, 9.0, 4.4]

    assert odd(headers([0.0, -4.0, -8.0, -12.0, -16.0], said_mm=said)) == [4]
