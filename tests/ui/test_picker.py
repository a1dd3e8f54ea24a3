"""A point chosen on an image: what the program keeps of clicks, keys and typed numbers."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lsdc.dataset.dicom import Window
from lsdc.dataset.geometry import EdgeLetters, PixelPoint
from lsdc.ui import picker
from lsdc.ui.images import Mark, Picture, draw_marks, png_bytes


def page():
    import numpy as np
    import streamlit as st

    from lsdc.ui.images import Picture, png_bytes
    from lsdc.ui.picker import pick_point

    picture = Picture(png=png_bytes(np.zeros((20, 30), np.uint8)), rows=20, cols=30, spacing_mm=(1.0, 0.5))
    st.session_state["point"] = pick_point(picture, crop_mm=10.0, start=None, key="test")


def page_of_a_label():
    import numpy as np
    import streamlit as st

    from lsdc.dataset.geometry import PixelPoint
    from lsdc.ui.errors import friendly_errors
    from lsdc.ui.images import Picture, png_bytes
    from lsdc.ui.picker import pick_point

    picture = Picture(png=png_bytes(np.zeros((20, 30), np.uint8)), rows=20, cols=30, spacing_mm=None)
    with friendly_errors():
        start = PixelPoint(row=st.session_state["row"], col=29)
        st.session_state["point"] = pick_point(picture, crop_mm=None, start=start, key="test")


def picture(spacing_mm):
    return Picture(png=png_bytes(np.zeros((20, 30), np.uint8)), rows=20, cols=30, spacing_mm=spacing_mm)


def test_the_marker_starts_in_the_middle():
    app = AppTest.from_function(page, default_timeout=60).run()

    assert not app.exception
    assert app.session_state["point"] == PixelPoint(row=9.5, col=14.5)


def test_a_label_on_the_last_pixel_is_where_the_marker_starts():
    app = AppTest.from_function(page_of_a_label, default_timeout=60)
    app.session_state["row"] = 19
    app.run()

    assert app.session_state["point"] == PixelPoint(row=19, col=29)


@pytest.mark.parametrize("row", [-1, 19.5])
def test_a_label_beside_the_image_is_refused_and_never_moved(row):
    app = AppTest.from_function(page_of_a_label, default_timeout=60)
    app.session_state["row"] = row
    app.run()

    (shown,) = app.error
    assert "is not on the image" in shown.value
    assert "row from 0 to 19" in shown.value
    assert "point" not in app.session_state


def test_a_typed_position_is_the_point():
    app = AppTest.from_function(page, default_timeout=60).run()
    app.number_input(key="test_x").set_value(3.5)
    app.number_input(key="test_y").set_value(19.0).run()

    assert app.session_state["point"] == PixelPoint(row=19.0, col=3.5)


def test_positions_end_at_the_last_pixel():
    app = AppTest.from_function(page, default_timeout=60).run()

    assert (app.number_input(key="test_x").min, app.number_input(key="test_x").max) == (0, 29)
    assert (app.number_input(key="test_y").min, app.number_input(key="test_y").max) == (0, 19)


def test_the_outline_has_the_size_of_the_crop_in_source_pixels():
    data = picker._component_data(picture((1.0, 0.5)), PixelPoint(row=1, col=2), 10.0)

    assert data["crop"] == {"rows": 10.0, "cols": 20.0}


@pytest.mark.parametrize(("spacing_mm", "crop_mm"), [(None, 10.0), ((1.0, 1.0), None)])
def test_without_spacing_or_crop_there_is_no_outline(spacing_mm, crop_mm):
    data = picker._component_data(picture(spacing_mm), PixelPoint(row=1, col=2), crop_mm)

    assert data["crop"] is None


def test_the_scale_bar_is_two_centimetres_of_the_width():
    wide = Picture(png=b"", rows=100, cols=200, spacing_mm=(1.0, 0.5))

    assert wide.scale_bar == pytest.approx(20 / 100)
    assert picker._component_data(wide, PixelPoint(row=1, col=2), None)["scale_bar"]["label"] == "20 mm"


@pytest.mark.parametrize("spacing_mm", [None, (1.0, 0.5)])
def test_without_spacing_and_on_a_small_image_there_is_no_scale_bar(spacing_mm):
    assert picture(spacing_mm).scale_bar is None


def test_the_edges_carry_the_letters_of_the_plane():
    letters = EdgeLetters(left="R", right="L", top="A", bottom="PF")
    shown = Picture(png=b"", rows=20, cols=30, spacing_mm=None, letters=letters)

    data = picker._component_data(shown, PixelPoint(row=1, col=2), None)

    assert data["letters"] == {"left": "R", "right": "L", "top": "A", "bottom": "PF"}


def test_the_picture_has_the_proportions_of_the_patient():
    assert picture((1.0, 0.5)).aspect == pytest.approx(0.75)
    assert picture(None).aspect == pytest.approx(1.5)


def test_marks_are_drawn_where_the_points_lie():
    plain = np.asarray(draw_marks(picture((1.0, 1.0)), []))
    marked = np.asarray(
        draw_marks(picture((1.0, 1.0)), [Mark(point=PixelPoint(row=4.5, col=7), label="", severity=None)])
    )

    rows, cols = np.nonzero((plain != marked).any(axis=-1))
    height, width = plain.shape[:2]
    assert (rows.min() + rows.max()) / 2 == pytest.approx(5 / 20 * height, abs=1)
    assert (cols.min() + cols.max()) / 2 == pytest.approx(7.5 / 30 * width, abs=1)


def windowed():
    import numpy as np
    import streamlit as st

    from lsdc.dataset.dicom import DicomSlice
    from lsdc.ui.images import windowed_picture

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
        st.session_state[f"png_{name}"] = windowed_picture(image, name, key="w").png


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
