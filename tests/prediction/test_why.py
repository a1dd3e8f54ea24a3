"""What is said about why: clicks around a click, covered parts, and the side that a point lies on."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdc.dataset.dicom import DicomSlice, read_slice
from lsdc.dataset.geometry import ImagePlane, PixelPoint
from lsdc.dataset.tables import load_label_table
from lsdc.errors import UnsupportedImageError
from lsdc.labels import Condition, Level, Severity, Side
from lsdc.prediction.doubts import side_of_point
from lsdc.prediction.grader import load_grader
from lsdc.prediction.occlusion import occlude
from lsdc.prediction.stability import REACH_MM, STEPS, Stability, click_stability
from pages.predict.why import about_click

WORDS = {"condition": Condition.SUBARTICULAR_STENOSIS, "level": Level.L4_L5, "side": Side.LEFT}
SPACING_MM = (0.5, 0.5)
EDGE_MM = 40.0


def axial(pixels, **changes):
    plane = ImagePlane(
        position_mm=np.zeros(3),
        row_cosines=np.array([1.0, 0, 0]),
        column_cosines=np.array([0, 1.0, 0]),
        spacing_mm=SPACING_MM,
    )
    facts = {"instance_number": 1, "series_description": "", "window": None, "synthetic": False}
    return DicomSlice(pixels=pixels, spacing_mm=SPACING_MM, plane=plane, **facts | changes)


@pytest.fixture(scope="module")
def edge():
    """80 × 80 mm, dark on the left of 40 mm and bright on the right."""
    pixels = np.zeros((160, 160), np.float32)
    pixels[:, int(EDGE_MM / SPACING_MM[1]) :] = 1000
    return axial(pixels)


@pytest.fixture(scope="module")
def grader(looking_run):
    return load_grader(looking_run)


def at_mm(x, y=40.0):
    return PixelPoint(row=y / SPACING_MM[0] - 0.5, col=x / SPACING_MM[1] - 0.5)


def test_the_nearest_click_with_another_grade_is_found(grader, edge):
    stability = click_stability(grader, [edge], at_mm(EDGE_MM - 2.5), **WORDS)

    assert stability.flip == (3.0, Severity.SEVERE)
    assert stability.share_alike == pytest.approx(8 / 11)
    np.testing.assert_array_equal(stability.ranks, np.where(stability.offsets_mm > 2.5, 2, 0) * np.ones((STEPS, 1)))


def test_a_click_far_from_any_edge_is_stable(grader, edge):
    stability = click_stability(grader, [edge], at_mm(EDGE_MM - 20), **WORDS)

    assert stability.flip is None
    assert stability.share_alike == 1


def test_every_click_is_graded_as_if_it_had_been_clicked(grader, edge):
    stability = click_stability(grader, [edge], at_mm(EDGE_MM - 1), **WORDS)

    for down, right in [(0, 0), (5, 5), (5, 6), (10, 3)]:
        clicked = at_mm(EDGE_MM - 1 + stability.offsets_mm[right], 40 + stability.offsets_mm[down])
        expected = list(grader.grade([edge], clicked, **WORDS).probabilities.values())
        np.testing.assert_allclose(stability.probabilities[down, right], expected, atol=1e-6)


def test_clicks_beyond_the_border_have_no_grade(grader, edge):
    stability = click_stability(grader, [edge], at_mm(1.25), **WORDS)

    assert stability.on_image[:, stability.offsets_mm >= -1].all()
    assert not stability.on_image[:, stability.offsets_mm < -1].any()
    table = stability.table()
    assert len(table) == stability.on_image.sum()
    assert table["right"].min() == -1
    assert (table["down"].min(), table["down"].max()) == (-REACH_MM, REACH_MM)


def test_clicks_need_a_spacing(grader, edge):
    with pytest.raises(UnsupportedImageError, match="pixel spacing"):
        click_stability(grader, [replace(edge, spacing_mm=None)], at_mm(40), **WORDS)


def test_progress_ends_with_all_clicks(grader, edge):
    heard = []

    click_stability(grader, [edge], at_mm(40), **WORDS, report=lambda done, of: heard.append((done, of)))

    assert heard[-1] == (STEPS**2, STEPS**2)
    assert heard == sorted(heard)


@pytest.mark.parametrize(("x", "warned"), [(EDGE_MM - 0.5, True), (EDGE_MM - 4.5, False), (EDGE_MM - 20, False)])
def test_a_warning_stands_where_a_click_that_means_the_same_place_gives_another_grade(grader, edge, x, warned):
    said = about_click(click_stability(grader, [edge], at_mm(x), **WORDS))

    assert ("1 mm beside it, it is Severe" in said) is warned
    assert bool(said) is warned


def test_only_what_the_network_looks_at_speaks_for_its_grade(grader):
    random = np.random.default_rng(0)
    image = axial(random.uniform(0, 1000, (160, 160)).astype(np.float32))
    image.pixels[72:88, 72:88] = 1000
    seen = grader.look([image], at_mm(40), side=Side.LEFT)
    grade = grader.grade([image], at_mm(40), **WORDS)

    occlusion = occlude(grader, seen, grade.severity, **WORDS)

    assert grade.severity is Severity.SEVERE
    assert occlusion.probability == pytest.approx(grade.probabilities[Severity.SEVERE], abs=1e-6)
    assert occlusion.lowest < occlusion.probability
    # A cover of 4 px reaches 3 px beyond the square from 8 to 16.
    near = np.zeros((24, 24), bool)
    near[5:19, 5:19] = True
    assert np.abs(occlusion.effect[~near]).max() < 1e-6
    assert np.unravel_index(occlusion.effect.argmax(), (24, 24)) in [(y, x) for y in range(8, 16) for x in range(8, 16)]
    assert all(8 / 24 <= place <= 16 / 24 for place in occlusion.middle)


def test_covering_what_is_grey_all_over_changes_nothing(grader):
    seen = grader.look([axial(np.full((160, 160), 7.0, np.float32))], at_mm(40), side=Side.LEFT)

    occlusion = occlude(grader, seen, Severity.NORMAL_MILD, **WORDS)

    np.testing.assert_allclose(occlusion.effect, 0, atol=1e-6)
    assert occlusion.lowest == pytest.approx(occlusion.probability, abs=1e-6)


def test_axial_points_of_the_data_set_lie_on_their_own_side(phantom_root):
    rows = load_label_table(phantom_root).query("condition == 'subarticular_stenosis'")

    found = [
        side_of_point(read_slice(phantom_root / row.image), PixelPoint.from_xy(row.x, row.y))
        for row in rows.itertuples()
    ]

    told = [(side, wanted) for side, wanted in zip(found, rows["side"], strict=True) if side]
    assert len(told) > 0.8 * len(rows)
    assert all(side.value == wanted for side, wanted in told)


@given(st.floats(0, 79.5), st.booleans())
def test_the_side_is_the_patients_whichever_way_the_image_is_stored(x, turned):
    image = axial(np.zeros((160, 160), np.float32))
    if turned:
        plane = replace(image.plane, row_cosines=-image.plane.row_cosines, position_mm=np.array([79.5, 0, 0]))
        image = replace(image, plane=plane)
        point = PixelPoint(row=0, col=159 - x / 0.5)
    else:
        point = PixelPoint(row=0, col=x / 0.5)

    side = side_of_point(image, point)

    to_the_left_mm = x - 79.5 / 2
    assert side is (None if abs(to_the_left_mm) < 5 else Side.LEFT if to_the_left_mm > 0 else Side.RIGHT)


def test_a_side_that_contradicts_the_point_is_said(grader, edge):
    left, right = at_mm(60), at_mm(20)

    def warnings(point, side):
        return grader.grade([edge], point, **WORDS | {"side": side}).warnings

    assert warnings(left, Side.LEFT) == warnings(right, Side.RIGHT) == ()
    assert "lies on the patient's left, and the right was asked for" in warnings(left, Side.RIGHT)[0]
    assert "lies on the patient's right, and the left was asked for" in warnings(right, Side.LEFT)[0]


def test_a_grid_of_one_grade_has_no_flip():
    probabilities = np.tile([0.2, 0.7, 0.1], (3, 3, 1))

    stability = Stability(offsets_mm=np.array([-1.0, 0, 1]), probabilities=probabilities)

    assert stability.flip is None
    assert set(stability.table()["severity"]) == {"Moderate"}
