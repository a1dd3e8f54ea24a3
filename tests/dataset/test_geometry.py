"""Where a pixel lies in the patient."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from lsdc.dataset.geometry import ImagePlane, PixelPoint, Plane

AXES = {
    Plane.AXIAL: ((1, 0, 0), (0, 1, 0)),
    Plane.SAGITTAL: ((0, 1, 0), (0, 0, -1)),
    Plane.CORONAL: ((1, 0, 0), (0, 0, -1)),
}

coordinates = st.floats(-500, 500)
unit_intervals = st.floats(-1, 1)
spacings = st.floats(0.1, 5)


@st.composite
def image_planes(draw, largest_tilt=180.0):
    """A plane of one of the three kinds, tilted about any axis."""
    row, column = AXES[draw(st.sampled_from(list(Plane)))]
    axis = np.array([draw(unit_intervals) for _ in range(3)])
    axis = axis / np.linalg.norm(axis) if np.linalg.norm(axis) > 1e-3 else np.array([0, 0, 1])
    tilt = Rotation.from_rotvec(axis * draw(st.floats(-largest_tilt, largest_tilt)), degrees=True)
    return ImagePlane(
        position_mm=np.array([draw(coordinates) for _ in range(3)]),
        row_cosines=tilt.apply(row),
        column_cosines=tilt.apply(column),
        spacing_mm=(draw(spacings), draw(spacings)),
    )


def upright(kind, **changes):
    row, column = AXES[kind]
    values = {"position_mm": np.zeros(3), "row_cosines": np.array(row), "column_cosines": np.array(column)}
    return ImagePlane(**{**values, "spacing_mm": (1.0, 1.0), **changes})


@given(image_planes(), st.floats(-100, 1100), st.floats(-100, 1100))
def test_a_pixel_is_found_again_from_its_place_in_the_patient(plane, row, col):
    found = plane.to_pixel(plane.to_patient(PixelPoint(row=row, col=col)))

    assert found.row == pytest.approx(row, abs=1e-6)
    assert found.col == pytest.approx(col, abs=1e-6)


@given(image_planes())
def test_every_pixel_lies_on_the_plane(plane):
    corner = plane.to_patient(PixelPoint(row=300, col=200))

    assert corner @ plane.normal == pytest.approx(plane.distance_mm, abs=1e-6)


@given(image_planes())
def test_neighbouring_pixels_are_one_spacing_apart(plane):
    origin = plane.to_patient(PixelPoint(row=0, col=0))

    assert np.linalg.norm(plane.to_patient(PixelPoint(row=1, col=0)) - origin) == pytest.approx(plane.spacing_mm[0])
    assert np.linalg.norm(plane.to_patient(PixelPoint(row=0, col=1)) - origin) == pytest.approx(plane.spacing_mm[1])


@pytest.mark.parametrize("kind", Plane)
@given(axis=st.sampled_from(["x", "y", "z"]), degrees=st.floats(-44.9, 44.9))
def test_a_slice_tilted_by_less_than_45_degrees_keeps_its_plane(kind, axis, degrees):
    tilt = Rotation.from_euler(axis, degrees, degrees=True)
    row, column = AXES[kind]
    plane = upright(kind, row_cosines=tilt.apply(row), column_cosines=tilt.apply(column))

    assert plane.plane is kind


def test_columns_of_an_axial_image_grow_to_the_patients_left():
    plane = upright(Plane.AXIAL, position_mm=np.array([-100.0, -90.0, 5.0]), spacing_mm=(2.0, 0.5))

    np.testing.assert_allclose(plane.to_patient(PixelPoint(row=10, col=20)), [-90.0, -70.0, 5.0])


def test_x_of_the_csv_files_is_the_column():
    assert PixelPoint.from_xy(x=3.5, y=8.0) == PixelPoint(row=8.0, col=3.5)


@given(st.floats(0, 90))
def test_the_angle_between_two_planes_is_the_tilt_between_them(degrees):
    tilt = Rotation.from_euler("x", degrees, degrees=True)
    row, column = AXES[Plane.AXIAL]
    tilted = upright(Plane.AXIAL, row_cosines=tilt.apply(row), column_cosines=tilt.apply(column))

    assert upright(Plane.AXIAL).angle_to(tilted) == pytest.approx(degrees, abs=1e-4)


def test_a_plane_seen_from_behind_is_parallel_to_itself():
    behind = upright(Plane.AXIAL, row_cosines=np.array([-1, 0, 0]))

    assert upright(Plane.AXIAL).angle_to(behind) == 0


def plane_of(row_cosines, column_cosines):
    return ImagePlane(
        position_mm=np.zeros(3),
        row_cosines=np.array(row_cosines, float),
        column_cosines=np.array(column_cosines, float),
        spacing_mm=(1.0, 1.0),
    )


@pytest.mark.parametrize(
    ("plane", "letters"),
    [
        (plane_of([1, 0, 0], [0, 1, 0]), ("R", "L", "A", "P")),  # axial
        (plane_of([0, 1, 0], [0, 0, -1]), ("A", "P", "H", "F")),  # sagittal
        (plane_of([1, 0, 0], [0, 0, -1]), ("R", "L", "H", "F")),  # coronal
        (plane_of([1, 0, 0], [0, 0.8, -0.6]), ("R", "L", "AH", "PF")),  # axial, tilted to a disc
        (plane_of([1, 0, 0], [0, 0.96, -0.28]), ("R", "L", "A", "P")),  # tilted too little to be named
    ],
)
def test_the_edges_are_named_by_where_they_lie_in_the_patient(plane, letters):
    edges = plane.edge_letters

    assert (edges.left, edges.right, edges.top, edges.bottom) == letters
