"""A grade by several networks: each sees its own crop, and their mean counts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdc.config import InputKind
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import ImagePlane, PixelPoint
from lsdc.errors import ConfigError, EnsembleError
from lsdc.labels import Condition, Level, Severity, Side
from lsdc.prediction.grader import load_grader
from lsdc.prediction.occlusion import occlude
from lsdc.prediction.stability import click_stability
from lsdc.preprocessing.crops import Rectangle
from lsdc.runs import Member, RunFolder, add_run

WORDS = {"condition": Condition.SUBARTICULAR_STENOSIS, "level": Level.L4_L5, "side": Side.LEFT}
MIDDLE = PixelPoint(row=79.5, col=79.5)


def axial(pixels, height_mm=0.0):
    plane = ImagePlane(
        position_mm=np.array([0, 0, height_mm]),
        row_cosines=np.array([1.0, 0, 0]),
        column_cosines=np.array([0, 1.0, 0]),
        spacing_mm=(0.5, 0.5),
    )
    facts = {"instance_number": 1, "series_description": "", "window": None, "synthetic": False}
    return DicomSlice(pixels=pixels, spacing_mm=(0.5, 0.5), plane=plane, **facts)


def noise(seed, height_mm=0.0):
    return axial(np.random.default_rng(seed).uniform(0, 1000, (160, 160)).astype(np.float32), height_mm)


@pytest.fixture(scope="module")
def make_ensemble(tmp_path_factory, make_looking_run):
    """An ensemble of runs with the given crops, and the runs."""

    def make(*changes):
        root = tmp_path_factory.mktemp("runs")
        members = [make_looking_run(root, **of) for of in changes]

        def fill(draft):
            draft.write_record(members[0].record)
            draft.write_members([Member(run_id=run.run_id, network_sha256=run.network_sha256()) for run in members])

        return add_run(root, "ensemble", fill), members

    return make


@pytest.fixture(scope="module")
def ensemble(make_ensemble):
    whole = {"input_kind": InputKind.WHOLE, "threshold": 0.48}
    return make_ensemble({"neighbours": 1, "threshold": 0.52}, {"crop_mm": 60.0}, whole)


@pytest.fixture(scope="module")
def grader(ensemble):
    return load_grader(ensemble[0])


@pytest.fixture
def slices():
    return [noise(1, -4.0), noise(2), noise(3, 4.0)]


def test_a_grade_is_the_mean_of_what_each_member_says_of_its_own_crop(ensemble, grader, slices):
    _, members = ensemble
    alone = [load_grader(members[0]).grade(slices, MIDDLE, **WORDS)]
    alone += [load_grader(run).grade(slices[1:2], MIDDLE, **WORDS) for run in members[1:]]

    grade = grader.grade(slices, MIDDLE, **WORDS)

    each = np.array([list(of.probabilities.values()) for of in alone])
    assert np.ptp(each[:, 0]) > 0.05
    np.testing.assert_allclose(list(grade.probabilities.values()), each.mean(axis=0), atol=1e-7)
    assert grade.severity is list(Severity)[int(each.mean(axis=0).argmax())]
    assert list(grade.by_member) == [run.run_id for run in members]
    np.testing.assert_allclose([list(shares.values()) for shares in grade.by_member.values()], each, atol=1e-7)
    # What is shown is what the first saw, and weights of slices are of one network alone.
    np.testing.assert_array_equal(grade.stack, alone[0].stack)
    assert grade.attention is None


def test_a_run_of_one_network_has_no_members(ensemble, slices):
    grade = load_grader(ensemble[1][1]).grade(slices[1:2], MIDDLE, **WORDS)

    assert grade.by_member == {}


def test_doubts_are_said_once(grader, slices):
    without_plane = [replace(image, plane=None) for image in slices]

    grade = grader.grade(without_plane, MIDDLE, **WORDS)

    assert len(grade.warnings) == len(set(grade.warnings)) == 1


def test_what_it_did_not_learn_is_refused_in_its_own_name(ensemble, grader, slices):
    wrong = WORDS | {"condition": Condition.NEURAL_FORAMINAL_NARROWING}

    with pytest.raises(ConfigError, match=f"Run {ensemble[0].run_id} did not learn"):
        grader.grade(slices, MIDDLE, **wrong)


def test_every_click_around_is_graded_by_all(grader, slices):
    stability = click_stability(grader, slices, MIDDLE, **WORDS)

    for down, right in [(0, 0), (5, 5), (10, 3)]:
        clicked = PixelPoint(
            row=MIDDLE.row + 2 * stability.offsets_mm[down], col=MIDDLE.col + 2 * stability.offsets_mm[right]
        )
        expected = list(grader.grade(slices, clicked, **WORDS).probabilities.values())
        np.testing.assert_allclose(stability.probabilities[down, right], expected, atol=1e-6)


def test_only_what_some_member_looks_at_speaks_for_a_grade(make_ensemble):
    """Of 24 px both look at 8 to 16: the middle 8 of 24 mm, and the middle 16 of 48."""
    run, _ = make_ensemble({"crop_mm": 48.0}, {"crop_mm": 24.0})
    grader, image = load_grader(run), noise(0)
    image.pixels[64:96, 64:96] = 1000
    view = grader.look([image], MIDDLE, side=Side.LEFT)

    occlusion = occlude(grader, view, Severity.SEVERE, **WORDS)

    assert occlusion.probability == pytest.approx(grader.grade([image], MIDDLE, **WORDS).probabilities[Severity.SEVERE])
    assert occlusion.lowest < occlusion.probability
    near = np.zeros((24, 24), bool)
    near[5:19, 5:19] = True
    assert np.abs(occlusion.effect[~near]).max() < 1e-6
    # The place that both look at costs both their answer.
    assert occlusion.effect[12, 12] > occlusion.effect[9, 9]


def middle_of_light(seen):
    """Where the light of the point's slice is, in shares of the slice's height and width."""
    light = seen.stack[len(seen.stack) // 2].astype(float)
    px = len(light)
    down, right = (light.sum(axis=axis) @ (np.arange(px) + 0.5) / light.sum() / px for axis in (1, 0))
    return seen.part.top + down * seen.part.height, seen.part.left + right * seen.part.width


@given(st.sampled_from(Side), st.integers(-8, 8), st.integers(-8, 8), st.floats(40, 110), st.floats(40, 110))
def test_a_place_is_found_and_covered_in_every_crop(grader, side, down, right, row, col):
    pixels = np.zeros((160, 160), np.float32)
    top, left = round(row) + down - 10, round(col) + right - 10
    pixels[top : top + 20, left : left + 20] = 1000
    view = grader.look([None, axial(pixels), None], PixelPoint(row=row, col=col), side=side)

    (first_down, first_right), *others = (middle_of_light(seen) for seen in view.by_network)
    # The spot of 10 mm, and 4 mm around it, of an image of 80 mm.
    cover = Rectangle(top=first_down - 9 / 80, left=first_right - 9 / 80, height=18 / 80, width=18 / 80)
    covered = view.covered(cover).by_network

    expected_col = (left + 10) / 160
    assert first_down == pytest.approx((top + 10) / 160, abs=0.5 / 160)
    assert first_right == pytest.approx(1 - expected_col if side is Side.RIGHT else expected_col, abs=0.5 / 160)
    for other in others:
        assert other == pytest.approx((first_down, first_right), abs=0.5 / 160)
    for before, after in zip(view.by_network, covered, strict=True):
        assert before.stack.max() == 255
        assert after.stack.max() <= before.stack.mean()


def test_a_member_with_another_network_is_refused_with_the_reason(make_ensemble, looking_run):
    run, members = make_ensemble({}, {"threshold": 0.4})
    load_grader(run)
    members[1].onnx_path.write_bytes(looking_run.onnx_path.read_bytes())

    with pytest.raises(EnsembleError, match=f"network of run {members[1].run_id} is not the one"):
        load_grader(RunFolder(run.path))


def test_a_member_that_is_gone_is_named(make_ensemble, tmp_path):
    run, members = make_ensemble({}, {})
    members[0].path.rename(tmp_path / "elsewhere")

    with pytest.raises(EnsembleError, match=f"averages run {members[0].run_id}, whose network is not here"):
        load_grader(run)
