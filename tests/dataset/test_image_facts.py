"""What the headers say of series, and where points lie, against geometry that is known."""

import numpy as np
import pandas as pd
import pytest

from lsdc.dataset.image_facts import describe_series, place_points, slice_distances


@pytest.fixture
def headers():
    """Make the headers of axial slices: those of the given heights, tilted by so many degrees about the x axis."""

    def make(*stacks: tuple[float, list[float]], series_id: int = 7) -> pd.DataFrame:
        places = [(tilt, height) for tilt, heights in stacks for height in heights]
        rows = []
        for number, (tilt, height) in enumerate(places, start=1):
            angle = np.radians(tilt)
            # The stack goes along its normal, from the origin of the patient.
            y, z = -height * np.sin(angle), height * np.cos(angle)
            rows.append(
                {"study_id": 1, "series_id": series_id, "instance_number": number, "image": f"{series_id}/{number}.dcm"}
                | {"error": None, "rows": 200.0, "cols": 100.0, "row_spacing_mm": 0.5, "col_spacing_mm": 0.25}
                | {"x_mm": 0.0, "y_mm": y, "z_mm": z, "row_x": 1.0, "row_y": 0.0, "row_z": 0.0}
                | {"col_x": 0.0, "col_y": np.cos(angle), "col_z": np.sin(angle)}
                | {"plane": "axial", "frame_of_reference_uid": "1.2"}
            )
        return pd.DataFrame(rows).astype({"error": "str"})

    return make


@pytest.fixture
def point():
    """Make a row of the label table on an image of those headers."""

    def make(number: int, level: str = "L3/L4", x: float = 0.0, y: float = 0.0) -> dict:
        return {
            "study_id": 1,
            "series_id": 7,
            "instance_number": number,
            "image": f"7/{number}.dcm",
            "x": x,
            "y": y,
            "condition": "subarticular_stenosis",
            "side": "left",
            "level": level,
            "severity": "Severe",
            "series_description": "Axial T2",
            "split": "train",
        }

    return make


def test_the_distance_of_slices_comes_from_their_positions_whatever_their_order(headers):
    found = slice_distances(headers((0.0, [8.0, 0.0, 4.0, 12.0])))

    assert found["distance_mm"].tolist() == pytest.approx([4.0])


def test_slices_of_another_tilt_and_two_at_one_place_are_not_neighbours(headers):
    # Taken from the upper to the lower disc and over again: neighbours in number are 40 mm apart.
    stacks = (0.0, [0.0]), (3.0, [40.0]), (0.0, [3.0]), (3.0, [43.0]), (3.0, [43.0])

    found = slice_distances(headers(*stacks))

    assert found["distance_mm"].tolist() == pytest.approx([3.0], abs=1e-6)


def test_a_series_is_described_by_its_readable_slices(headers):
    table = headers((0.0, [0.0, 5.0, 10.0]))
    table.loc[2, "error"] = "The file ends early."
    series = pd.DataFrame({"study_id": [1, 1], "series_id": [7, 8], "series_description": ["Axial T2", "Sagittal T1"]})

    found = describe_series(series, table)

    assert found["series_id"].tolist() == [7]
    assert found.iloc[0][["slices", "size", "spacing_mm", "distance_mm"]].tolist() == [2, "100 × 200", 0.25, 5.0]


def test_points_are_placed_as_shares_of_the_image_and_in_mm_from_its_middle(headers, point):
    points = pd.DataFrame([point(1, x=49.5, y=99.5), point(1, x=59.5, y=79.5), point(9)])

    found = place_points(points, headers((0.0, [0.0])))

    # The third is on an image that is not there.
    assert found["across"].tolist() == pytest.approx([0.495, 0.595])
    assert found["right_mm"].tolist() == pytest.approx([0.0, 2.5])
    assert found["down_mm"].tolist() == pytest.approx([0.0, -10.0])


def test_axial_slices_are_tilted_against_the_patient_and_against_the_spine(headers, point):
    # A straight spine along z: its course has no tilt of its own.
    table = headers((0.0, [60.0]), (12.0, [30.0]), (0.0, [0.0]))
    straight = {"y_mm": 0.0, "z_mm": [60.0, 30.0, 0.0]}
    points = pd.DataFrame([point(1, "L2/L3"), point(2, "L3/L4"), point(3, "L4/L5")])

    found = place_points(points, table.assign(**straight))

    assert found["to_axis"].tolist() == pytest.approx([0.0, 12.0, 0.0], abs=1e-6)
    assert found["to_spine"].iloc[1] == pytest.approx(12.0)


def test_a_point_alone_in_its_spine_has_no_course_to_be_tilted_against(headers, point):
    found = place_points(pd.DataFrame([point(1)]), headers((12.0, [0.0])))

    assert found["to_axis"].tolist() == pytest.approx([12.0])
    assert found["to_spine"].isna().all()


def test_points_on_sagittal_slices_have_no_tilt(headers, point):
    table = headers((0.0, [0.0])).assign(plane="sagittal")

    found = place_points(pd.DataFrame([point(1)]), table)

    assert found[["to_axis", "to_spine"]].isna().all(axis=None)
