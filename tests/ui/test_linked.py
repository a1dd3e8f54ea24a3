"""Two series side by side: a place that is marked on one is found on the other."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import ImagePlane, PixelPoint
from lsdc.errors import PointOutsideImageError
from lsdc.ui.linked import Viewer, linkable
from lsdc.ui.series import UploadedSeries, places_around, series_name

AXES = {"axial": ((1, 0, 0), (0, 1, 0)), "sagittal": ((0, 1, 0), (0, 0, -1))}
STEP_MM = 4.0


def slice_at(kind, position_mm, *, frame="1.2", series="9", shape=(101, 101)):
    row, column = AXES[kind]
    plane = ImagePlane(
        position_mm=np.array(position_mm, dtype=float),
        row_cosines=np.array(row, dtype=float),
        column_cosines=np.array(column, dtype=float),
        spacing_mm=(1.0, 1.0),
    )
    return DicomSlice(
        pixels=np.zeros(shape, np.uint16),
        spacing_mm=(1.0, 1.0),
        plane=plane,
        instance_number=None,
        series_description="T2",
        window=None,
        synthetic=True,
        series_uid=series,
        frame_of_reference_uid=frame,
    )


def uploaded(*slices, name):
    return UploadedSeries(headers=slices, image_ids=[f"{name}{number}" for number in range(len(slices))])


def axial(frame="1.2"):
    """Feet to head, z from -20 to 20; x and y from -50 to 50."""
    places = [slice_at("axial", (-50, -50, z), frame=frame) for z in np.arange(-20, 21, STEP_MM)]
    return uploaded(*places, name=f"axial {frame}")


def sagittal(frame="1.2"):
    """Right to left, x from -12 to 12; y from -50 to 50, z from 50 down to -50."""
    places = [slice_at("sagittal", (x, -50, 50), frame=frame, series="8") for x in np.arange(-12, 13, STEP_MM)]
    return uploaded(*places, name=f"sagittal {frame}")


def page():
    import streamlit as st

    from lsdc.ui.linked import Viewer, draw_linked

    own, beside = (Viewer(series, key="test") if series else None for series in st.session_state["series"])
    st.session_state["spot"] = draw_linked(own, beside, crop_mm=None, neighbours=1, rings=())


@pytest.fixture
def viewers(monkeypatch):
    """An axial and a sagittal series in one frame, without a page around them."""
    monkeypatch.setattr("streamlit.session_state", {})
    return Viewer(axial(), key="test"), Viewer(sagittal(), key="test")


def opened(*series):
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["series"] = series
    app.run()
    assert not app.exception
    return app


def test_a_place_that_is_marked_on_one_series_is_found_on_the_other(viewers):
    own, beside = viewers

    own.go_to(2, PixelPoint(row=70, col=58))
    beside.follow(own.position_mm)

    # x = 8, y = 20, z = -12.
    assert beside.place == 5
    assert beside.point == PixelPoint(row=62, col=70)
    assert beside.shows(own.position_mm)


def test_a_place_between_two_slices_goes_to_the_nearer_one_and_back_to_the_same_place(viewers):
    own, beside = viewers
    own.go_to(2, PixelPoint(row=70, col=59))

    beside.follow(own.position_mm)
    own.follow(beside.position_mm)

    assert own.place == 2
    # Up to half a step is lost, for the point lies on the sagittal slice now.
    assert own.point.col == pytest.approx(59, abs=STEP_MM / 2)
    assert own.point.row == pytest.approx(70)


def test_a_point_beside_its_image_is_refused(viewers):
    own, _ = viewers

    with pytest.raises(PointOutsideImageError, match="is not on the image"):
        own.go_to(0, PixelPoint(row=200, col=5))
    assert own.point == PixelPoint(row=50, col=50)


def test_only_series_of_the_same_frame_can_be_linked_and_those_of_another_plane_stand_first():
    own, other_plane, same_plane, stranger = axial(), sagittal(), axial(), sagittal("1.3")

    assert linkable(own, [same_plane, stranger, own, other_plane]) == [other_plane, same_plane]


def test_series_that_do_not_say_their_frame_are_not_linked():
    assert linkable(axial(""), [sagittal("")]) == []


def test_a_series_is_paged_by_its_slider_and_the_point_stays_where_it_is():
    app = opened(axial(), None)
    before = app.session_state["spot"]

    app.slider[0].set_value(2).run()

    spot = app.session_state["spot"]
    assert (before.place, spot.place) == (5, 1)
    assert spot.point == before.point
    assert spot.image_id == "axial 1.21"


def test_a_typed_point_is_shown_on_the_series_beside():
    app = opened(axial(), sagittal())
    (slider,) = [one for one in app.slider if one.label == "Slice beside"]
    assert slider.value == 4

    (x,) = [number for number in app.number_input if number.label == "x (column)"]
    x.set_value(42.0).run()

    (slider,) = [one for one in app.slider if one.label == "Slice beside"]
    assert slider.value == 2
    assert "where the other slice cuts this one" in app.caption[-1].value
    assert app.session_state["spot"].point.col == 42.0


def test_a_typed_point_ends_at_the_last_pixel():
    app = opened(axial(), None)

    assert [(number.min, number.max) for number in app.number_input] == [(0, 100), (0, 100)]


def test_a_model_that_looks_at_neighbours_has_fewer_at_the_end_of_the_series():
    assert places_around(axial(), 5, 2) == (3, 4, 5, 6, 7)
    assert places_around(axial(), 0, 2) == (0, 1, 2)


def test_a_series_is_named_by_what_is_known_of_it():
    assert series_name(axial()) == "T2 · axial · 11 slices"
