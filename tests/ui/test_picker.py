"""The viewer of a slice: what the browser is told to show, and pictures."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lsdc.charts.palette import SEVERITY_COLORS
from lsdc.dataset.dicom import Window
from lsdc.dataset.geometry import EdgeLetters, PixelPoint
from lsdc.labels import Severity
from lsdc.ui import images, picker
from lsdc.ui.images import Picture, png_bytes
from lsdc.ui.picker import Ring, Scene


def picture(spacing_mm):
    return Picture(png=png_bytes(np.zeros((20, 30), np.uint8)), rows=20, cols=30, spacing_mm=spacing_mm)


def scene(spacing_mm=(1.0, 1.0), **changes):
    values = {"picture": picture(spacing_mm), "point": PixelPoint(row=1, col=2)}
    return picker._component_data(Scene(**values | changes))


def test_the_outline_has_the_size_of_the_crop_in_source_pixels():
    assert scene((1.0, 0.5), crop_mm=10.0)["crop"] == {"rows": 10.0, "cols": 20.0}


@pytest.mark.parametrize(("spacing_mm", "crop_mm"), [(None, 10.0), ((1.0, 1.0), None)])
def test_without_spacing_or_crop_there_is_no_outline(spacing_mm, crop_mm):
    assert scene(spacing_mm, crop_mm=crop_mm)["crop"] is None


def test_the_viewer_knows_its_width_in_the_patient_only_with_a_spacing():
    assert scene((1.0, 0.5))["width_mm"] == pytest.approx(15)
    assert scene(None)["width_mm"] is None


def test_a_reader_who_cannot_see_hears_the_slice_the_marker_and_the_keys():
    several, alone = scene(place=4, count=9)["label"], scene(point=None)["label"]

    assert "Slice 5 of 9; Page Up and Page Down change it." in several
    assert "Marker at x 2, y 1." in several
    assert "Slice" not in alone
    assert "No marker." in alone


def test_lines_and_points_are_told_in_source_pixels():
    ends = PixelPoint(row=0, col=1), PixelPoint(row=19, col=2)
    data = scene(lines=(ends,), rings=(Ring(point=ends[0], label="L4/L5"),), seen=(3, 4))

    assert data["lines"] == [[{"row": 0, "col": 1}, {"row": 19, "col": 2}]]
    assert data["marks"] == [{"row": 0, "col": 1, "label": "L4/L5", "color": None}]
    assert data["seen"] == [3, 4]


def test_the_edges_carry_the_letters_of_the_plane():
    letters = EdgeLetters(left="R", right="L", top="A", bottom="PF")
    shown = Picture(png=b"", rows=20, cols=30, spacing_mm=None, letters=letters)

    data = picker._component_data(Scene(picture=shown))

    assert data["letters"] == {"left": "R", "right": "L", "top": "A", "bottom": "PF"}


def test_the_picture_has_the_proportions_of_the_patient():
    assert picture((1.0, 0.5)).aspect == pytest.approx(0.75)
    assert picture(None).aspect == pytest.approx(1.5)


def windowed():
    import numpy as np
    import streamlit as st

    from lsdc.dataset.dicom import DicomSlice
    from lsdc.ui.images import forget_pictures, windowed_picture

    if "forget" in st.session_state:
        forget_pictures()

    for name, values in st.session_state["images"].items():
        image = DicomSlice(
            pixels=np.asarray(values, np.float32),
            spacing_mm=None,
            plane=None,
            instance_number=None,
            series_description="",
            window=None,
            synthetic=False,
        )
        st.session_state[f"png_{name}"] = windowed_picture(image, name, key=f"w_{name}").png


def test_two_images_that_differ_in_one_pixel_never_share_a_picture():
    """Streamlit hashes large arrays by a sample, so that the pictures are cached by the image's name."""
    first = np.arange(600 * 900, dtype=np.float32).reshape(600, 900)
    second = first.copy()
    second[300, 400] = 0
    app = AppTest.from_function(windowed, default_timeout=60)
    app.session_state["images"] = {"first": first, "second": second}
    app.run()

    assert not app.exception
    assert app.session_state["png_first"] != app.session_state["png_second"]


def test_a_picture_is_kept_with_its_session_until_it_is_forgotten(monkeypatch):
    drawn = []
    monkeypatch.setattr(images, "png_bytes", lambda grey: drawn.append(grey) or b"")
    app = AppTest.from_function(windowed, default_timeout=60)
    app.session_state["images"] = {"kept": np.arange(16.0).reshape(4, 4)}
    app.run()
    app.run()
    kept = len(drawn)
    app.session_state["forget"] = True
    app.run()

    assert not app.exception
    assert (kept, len(drawn)) == (1, 2)
    assert images._windowed_png._info.scope == "session"


def test_an_image_of_one_grey_has_no_sliders_and_still_a_picture():
    app = AppTest.from_function(windowed, default_timeout=60)
    app.session_state["images"] = {"flat": np.full((4, 4), 7.0)}
    app.run()

    assert not app.exception
    assert len(app.slider) == 0
    assert app.session_state["png_flat"].startswith(b"\x89PNG")


def test_a_window_beyond_the_pixels_is_brought_within_the_sliders():
    def page():
        import numpy as np
        import streamlit as st

        from lsdc.dataset.dicom import DicomSlice, Window
        from lsdc.ui.images import choose_window

        image = DicomSlice(
            pixels=np.array([[0, 100]], np.float32),
            spacing_mm=None,
            plane=None,
            instance_number=None,
            series_description="",
            window=Window(center=5000.0, width=9000.0),
            synthetic=False,
        )
        st.session_state["window"] = choose_window(image, key="w")

    app = AppTest.from_function(page, default_timeout=60).run()

    assert not app.exception
    assert app.session_state["window"] == Window(center=100.0, width=100.0)


def test_the_window_stays_while_the_slices_of_a_series_are_paged():
    def page():
        import numpy as np
        import streamlit as st

        from lsdc.dataset.dicom import DicomSlice
        from lsdc.ui.images import choose_window

        image = DicomSlice(
            pixels=np.array([[0, st.session_state["brightest"]]], np.float32),
            spacing_mm=None,
            plane=None,
            instance_number=None,
            series_description="",
            window=None,
            synthetic=False,
        )
        st.session_state["window"] = choose_window(image, key="series")

    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["brightest"] = 100
    app.run()
    app.slider(key="series_center").set_value(30.0).run()
    app.session_state["brightest"] = 900
    app.run()

    assert not app.exception
    assert app.session_state["window"].center == 30.0


def test_the_grade_of_a_point_is_told_by_its_colour():
    data = scene(rings=(Ring(point=PixelPoint(row=0, col=1), label="L4/L5", severity=Severity.SEVERE),))

    assert data["marks"][0]["color"] == SEVERITY_COLORS[Severity.SEVERE]
