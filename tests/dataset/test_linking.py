"""Where images of one patient meet."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from lsdc.dataset.geometry import ImagePlane, PixelPoint
from lsdc.dataset.linking import PARALLEL_DEGREES, crossing_line, nearest_slice, same_frame

AXIAL, SAGITTAL = ((1, 0, 0), (0, 1, 0)), ((0, 1, 0), (0, 0, -1))

shapes = st.tuples(st.integers(2, 400), st.integers(2, 400))


@dataclass(frozen=True, kw_only=True)
class Image:
    """A slice as far as it can be linked."""

    plane: ImagePlane | None
    shape: tuple[int, int] = (11, 11)
    frame_of_reference_uid: str = "1.2"


@st.composite
def image_planes(draw):
    """A plane of any tilt, near the patient's origin."""
    turn = Rotation.from_euler("xyz", [draw(st.floats(-180, 180)) for _ in range(3)], degrees=True)
    return ImagePlane(
        position_mm=np.array([draw(st.floats(-150, 50)) for _ in range(3)]),
        row_cosines=turn.apply((1, 0, 0)),
        column_cosines=turn.apply((0, 1, 0)),
        spacing_mm=(draw(st.floats(0.2, 2)), draw(st.floats(0.2, 2))),
    )


def upright(kind, x=0.0, y=0.0, z=0.0, spacing=1.0):
    row, column = kind
    return ImagePlane(
        position_mm=np.array([x, y, z]),
        row_cosines=np.array(row, dtype=float),
        column_cosines=np.array(column, dtype=float),
        spacing_mm=(spacing, spacing),
    )


def _reaches(plane, shape, position_mm):
    at = plane.to_pixel(position_mm)
    rows, cols = shape
    return -0.5 - 1e-6 <= at.row <= rows - 0.5 + 1e-6 and -0.5 - 1e-6 <= at.col <= cols - 0.5 + 1e-6


def test_an_axial_slice_is_a_row_of_an_upright_sagittal_one():
    # The axial image covers y from 0 to 10 and the sagittal one from -20 on.
    axial = upright(AXIAL, x=-5, y=0, z=-30)
    sagittal = upright(SAGITTAL, x=0, y=-20, z=0)

    start, end = crossing_line(sagittal, (100, 100), axial, (11, 11))

    assert {round(start.row, 6), round(end.row, 6)} == {30}
    assert sorted((start.col, end.col)) == pytest.approx([19.5, 30.5])


def test_an_image_that_ends_before_the_other_begins_does_not_cross_it():
    axial = upright(AXIAL, x=1, z=-30)
    sagittal = upright(SAGITTAL, x=0, y=-20, z=0)

    assert crossing_line(sagittal, (100, 100), axial, (11, 11)) is None


@given(image_planes(), shapes, image_planes(), shapes)
def test_both_ends_of_a_crossing_lie_on_both_images(shown, shape, other, other_shape):
    line = crossing_line(shown, shape, other, other_shape)
    assume(line is not None)

    for end in map(shown.to_patient, line):
        assert end @ other.normal == pytest.approx(other.distance_mm, abs=1e-5)
        assert _reaches(shown, shape, end)
        assert _reaches(other, other_shape, end)


@given(image_planes(), shapes, image_planes(), shapes)
def test_two_images_cross_in_the_same_places_of_the_patient(shown, shape, other, other_shape):
    here = crossing_line(shown, shape, other, other_shape)
    there = crossing_line(other, other_shape, shown, shape)

    assert (here is None) == (there is None)
    if here is not None:
        ends, others = [[plane.to_patient(end) for end in line] for plane, line in ((shown, here), (other, there))]
        # The normals are exchanged, and with them the direction.
        np.testing.assert_allclose(ends, others[::-1], atol=1e-5)


@given(image_planes(), image_planes(), st.floats(0, 10), st.floats(0, 10))
def test_a_place_on_both_images_lies_on_their_crossing(shown, other, row, col):
    assume(shown.angle_to(other) > 2 * PARALLEL_DEGREES)
    # The other image is moved so that its middle lies on the shown one.
    met = shown.to_patient(PixelPoint(row=row, col=col))
    moved = ImagePlane(
        position_mm=other.position_mm + met - other.to_patient(PixelPoint(row=5, col=5)),
        row_cosines=other.row_cosines,
        column_cosines=other.column_cosines,
        spacing_mm=other.spacing_mm,
    )

    start, end = map(shown.to_patient, crossing_line(shown, (11, 11), moved, (11, 11)))

    length = np.linalg.norm(end - start)
    assert np.linalg.norm(met - start) + np.linalg.norm(met - end) == pytest.approx(length, abs=1e-5)


@given(image_planes(), shapes, st.floats(0.5, 50))
def test_parallel_slices_never_cross(plane, shape, apart_mm):
    neighbour = ImagePlane(
        position_mm=plane.position_mm + apart_mm * plane.normal,
        row_cosines=plane.row_cosines,
        column_cosines=plane.column_cosines,
        spacing_mm=plane.spacing_mm,
    )

    assert crossing_line(plane, shape, neighbour, shape) is None


@given(st.lists(image_planes(), min_size=1, max_size=6), st.data())
def test_a_place_on_a_slice_has_none_that_is_nearer(planes, data):
    slices = [Image(plane=plane) for plane in planes]
    own = data.draw(st.integers(0, len(slices) - 1))
    at = data.draw(st.builds(PixelPoint, row=st.floats(0, 10), col=st.floats(0, 10)))
    place = planes[own].to_patient(at)

    found = nearest_slice(place, slices)

    assert place @ planes[found].normal == pytest.approx(planes[found].distance_mm, abs=1e-4)
    assert _reaches(planes[found], (11, 11), place)


def test_a_slice_that_is_tilted_to_another_disc_is_not_near_where_it_has_ended():
    level = upright(AXIAL, z=3)
    tilt = Rotation.from_euler("x", 45, degrees=True)
    tilted = ImagePlane(
        position_mm=np.array([0.0, -40.0, -40.0]),
        row_cosines=tilt.apply((1, 0, 0)),
        column_cosines=tilt.apply((0, 1, 0)),
        spacing_mm=(1.0, 1.0),
    )
    origin = np.zeros(3)

    assert abs(tilted.distance_mm) < 1e-9
    assert nearest_slice(origin, [Image(plane=tilted), Image(plane=level)]) == 1


def test_slices_without_a_place_are_never_nearest():
    assert nearest_slice(np.zeros(3), []) is None
    assert nearest_slice(np.zeros(3), [Image(plane=None)]) is None
    assert nearest_slice(np.zeros(3), [Image(plane=None), Image(plane=upright(AXIAL, z=500))]) == 1


def test_images_that_do_not_say_their_frame_share_none():
    here, there = Image(plane=None), Image(plane=None, frame_of_reference_uid="1.3")
    silent = Image(plane=None, frame_of_reference_uid="")

    assert same_frame(here, here)
    assert not same_frame(here, there)
    assert not same_frame(silent, silent)
