"""A slice as a picture with points marked on it."""

import numpy as np
import pytest

from lsdc.charts.marked_slice import HEIGHT_PX, Mark, draw_marks
from lsdc.charts.palette import SEVERITY_COLORS
from lsdc.charts.windowing import first_window, windowed
from lsdc.dataset.dicom import DicomSlice, Window
from lsdc.dataset.geometry import PixelPoint
from lsdc.labels import Severity


def flat_slice(rows=20, cols=30, *, spacing_mm=(1.0, 1.0), window=None):
    return DicomSlice(
        pixels=np.zeros((rows, cols), np.uint16),
        spacing_mm=spacing_mm,
        plane=None,
        instance_number=None,
        series_description="",
        window=window,
        synthetic=False,
    )


def mark(severity=None):
    return Mark(point=PixelPoint(row=4.5, col=7), label="", severity=severity)


def test_marks_are_drawn_where_the_points_lie():
    shown = np.asarray(draw_marks(flat_slice(), [mark()]))

    plain = np.asarray(draw_marks(flat_slice(), []))
    rows, cols = np.nonzero((plain != shown).any(axis=-1))
    height, width = plain.shape[:2]
    assert (rows.min() + rows.max()) / 2 == pytest.approx(5 / 20 * height, abs=1)
    assert (cols.min() + cols.max()) / 2 == pytest.approx(7.5 / 30 * width, abs=1)


@pytest.mark.parametrize("severity", [None, *Severity])
def test_a_mark_has_the_colour_of_its_grade(severity):
    shown = draw_marks(flat_slice(), [mark(severity)])

    colors = {f"#{red:02x}{green:02x}{blue:02x}" for _, (red, green, blue) in shown.getcolors(shown.width * HEIGHT_PX)}
    assert (SEVERITY_COLORS[severity] if severity else "#ffffff") in colors


@pytest.mark.parametrize(("spacing_mm", "width"), [(None, 1080), ((1.0, 0.5), 540), ((0.5, 0.5), 1080)])
def test_the_picture_has_the_proportions_of_the_patient(spacing_mm, width):
    assert draw_marks(flat_slice(spacing_mm=spacing_mm), []).size == (width, HEIGHT_PX)


def test_the_scale_bar_is_two_centimetres_long():
    shown = draw_marks(flat_slice(100, 200, spacing_mm=(1.0, 0.5)), [])

    (line,) = np.nonzero(np.asarray(shown.convert("L"))[HEIGHT_PX - 12] == 255)
    assert np.ptp(line) == pytest.approx(20 / 100 * shown.width, abs=1)


@pytest.mark.parametrize("spacing_mm", [None, (1.0, 0.5)])
def test_without_spacing_and_on_a_small_image_there_is_no_scale_bar(spacing_mm):
    assert np.ptp(np.asarray(draw_marks(flat_slice(spacing_mm=spacing_mm), []))) == 0


def test_a_window_shows_its_own_width_from_black_to_white():
    values = np.array([[-5, 10, 15, 20, 99]], np.int16)

    assert windowed(values, Window(center=15, width=10)).tolist() == [[0, 0, 127, 255, 255]]


def test_a_slice_is_first_seen_through_its_headers_window():
    own = Window(center=3.0, width=4.0)

    assert first_window(flat_slice(window=own)) == own
    assert first_window(flat_slice()).center == 0
