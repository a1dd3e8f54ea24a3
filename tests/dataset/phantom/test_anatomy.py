"""The pictures show what the labels say, at the place where they say it, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lsdc.dataset.geometry import PixelPoint, Plane
from lsdc.dataset.phantom import generate_study
from lsdc.dataset.phantom.coordinates import PixelGrid
from lsdc.dataset.phantom.dicom_files import identify, slice_dataset
from lsdc.dataset.phantom.imaging import render_signal
from lsdc.dataset.phantom.planes import nearest_slice, plan_study
from lsdc.dataset.phantom.severity import draw_narrowings
from lsdc.dataset.phantom.spine import FIRST_LEVEL, RECESS, Spine
from lsdc.dataset.phantom.study import landmark_mm
from lsdc.labels import TARGETS, Condition, Level, Sequence, Side


def spine_with(narrowings):
    return Spine.draw(np.random.default_rng(4), narrowings)


def axial_plan(spine):
    plans = plan_study(np.random.default_rng(1), spine, image_px=192, full_size=False, lacks=None)
    return next(plan for plan in plans if plan.sequence is Sequence.AXIAL_T2)


def test_what_narrows_on_the_left_changes_the_right_half_of_an_axial_image():
    """On an axial image the patient's left is on the image's right."""
    open_, closed = np.full((5, 5), -2.0), np.full((5, 5), -2.0)
    closed[TARGETS.index(RECESS[Side.LEFT])] = 3.0
    plan = axial_plan(spine_with(open_))

    changed = sum(
        np.abs(
            render_signal(spine_with(closed), s.plane, s.shape, thickness_mm=4.0, sequence=plan.sequence)
            - render_signal(spine_with(open_), s.plane, s.shape, thickness_mm=4.0, sequence=plan.sequence)
        ).sum(axis=0)
        for s in plan.slices
        if s.shape == plan.slices[0].shape
    )
    middle_px = plan.slices[0].plane.to_pixel(spine_with(open_).to_patient(FIRST_LEVEL, left=0, behind=20, above=0)).col

    right_of_image = changed[int(middle_px) + 6 :].sum()
    assert right_of_image > 0.97 * changed.sum()


def test_left_points_have_the_larger_patient_coordinate(marked_points):
    where = {}
    for study, label, _, image, _ in marked_points:
        key = (study.study_id, label.target.condition, label.level)
        where.setdefault(key, {})[label.target.side] = image.plane.to_patient(label.point.position)[0]
    pairs = [sides for sides in where.values() if Side.LEFT in sides and Side.RIGHT in sides]

    assert len(pairs) > 100
    assert all(sides[Side.LEFT] > sides[Side.RIGHT] + 10 for sides in pairs)


def test_points_lie_on_the_plane_of_their_condition_and_inside_the_image(marked_points):
    for _, label, series, image, _ in marked_points:
        axial = label.target.condition is Condition.SUBARTICULAR_STENOSIS
        rows, columns = image.pixels.shape
        assert image.plane.plane is (Plane.AXIAL if axial else Plane.SAGITTAL)
        assert series.sequence is label.target.condition.sequence
        assert 0 < label.point.position.row < rows - 1
        assert 0 < label.point.position.col < columns - 1


def test_levels_follow_each_other_from_the_head_down(marked_points):
    heights = {}
    for study, label, _, image, _ in marked_points:
        key = (study.study_id, label.target)
        heights.setdefault(key, {})[label.level] = image.plane.to_patient(label.point.position)[2]

    for by_level in heights.values():
        down = [by_level[level] for level in Level if level in by_level]
        assert down == sorted(down, reverse=True)


@pytest.mark.parametrize(
    ("condition", "at_least"),
    [
        (Condition.SUBARTICULAR_STENOSIS, 0.6),
        (Condition.NEURAL_FORAMINAL_NARROWING, 0.35),
        (Condition.SPINAL_CANAL_STENOSIS, 0.4),
    ],
)
def test_a_narrower_structure_is_darker_where_it_is_marked(marked_points, condition, at_least):
    """Fluid and fat are bright on these sequences, and what closes a passage is dark."""
    chosen = [
        (label.narrowing, brightness)
        for _, label, _, _, brightness in marked_points
        if label.target.condition is condition and label.narrowing > 0
    ]
    narrowing, brightness = np.array(chosen).T

    assert spearmanr(narrowing, brightness).statistic < -at_least


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.slug)
def test_closing_one_passage_is_seen_at_its_own_point_and_not_at_the_others(target):
    open_, closed = np.full((5, 5), -2.0), np.full((5, 5), -2.0)
    closed[TARGETS.index(target), Level.L4_L5.rank] = 2.5
    before, after = spine_with(open_), spine_with(closed)
    plans = plan_study(np.random.default_rng(1), before, image_px=128, full_size=False, lacks=None)

    changes = {other: change_at_landmark(before, after, other, Level.L4_L5, plans) for other in TARGETS}

    own = changes.pop(target)
    assert own > 100
    assert own > 2 * max(changes.values())


def change_at_landmark(before, after, target, level, plans):
    """Mean absolute difference within 4 mm of a target's mark, on the slice on which it is marked."""
    where = landmark_mm(before, target, level)
    plan = next(plan for plan in plans if plan.sequence is target.condition.sequence)
    planned = plan.slices[nearest_slice(plan, where)[0]]
    pictures = [
        render_signal(spine, planned.plane, planned.shape, thickness_mm=4.0, sequence=plan.sequence)
        for spine in (before, after)
    ]
    point = planned.plane.to_pixel(where)
    rows, columns = np.indices(planned.shape)
    near = np.hypot(rows - point.row, columns - point.col) * planned.plane.spacing_mm[0] < 4.0
    return np.abs(pictures[0] - pictures[1])[near].mean()


def features_of(study, label, series, image, brightness):
    """Everything about a slice and a point that must not tell the grade."""
    pixels = image.pixels.astype(float)
    size = len(slice_dataset(identify(study.study_id, series), series, image).PixelData)
    rows, columns = pixels.shape
    corners = np.concatenate([pixels[-8:, :8].ravel(), pixels[-8:, -8:].ravel()])
    position = label.point.position
    return [
        pixels.mean(),
        pixels.std(),
        corners.std(),
        size / pixels.size,
        position.row / rows,
        position.col / columns,
        image.instance_number % 50,
    ]


def log_loss_by_study(features, grades, groups):
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=500))
    chances = cross_val_predict(model, features, grades, groups=groups, cv=GroupKFold(5), method="predict_proba")
    return -np.log(chances[np.arange(len(grades)), grades]).mean()


def test_noise_brightness_file_size_and_position_tell_no_more_than_the_level(marked_points):
    rows = [row for row in marked_points if row[1].target.condition is Condition.SUBARTICULAR_STENOSIS]
    levels = np.eye(5)[[label.level.rank for _, label, *_ in rows]]
    sides = np.array([[label.target.side is Side.LEFT] for _, label, *_ in rows], dtype=float)
    grades = np.array([min(label.severity.rank, 1) for _, label, *_ in rows])
    groups = np.array([study.study_id for study, *_ in rows])
    technical = np.array([features_of(*row) for row in rows])
    brightness = np.array([[row[-1]] for row in rows])

    level_only = log_loss_by_study(np.hstack([levels, sides]), grades, groups)
    with_technique = log_loss_by_study(np.hstack([levels, sides, technical]), grades, groups)
    with_anatomy = log_loss_by_study(np.hstack([levels, sides, brightness]), grades, groups)

    assert with_technique > level_only - 0.03
    assert with_anatomy < level_only - 0.06, "the same classifier does find what it may see"


def test_a_study_is_the_same_every_time_and_another_one_is_not():
    first, again, other = (generate_study(3, index, image_px=32) for index in (0, 0, 1))

    np.testing.assert_array_equal(first.series[0].slices[3].pixels, again.series[0].slices[3].pixels)
    assert first.labels == again.labels
    assert first.study_id != other.study_id
    assert first.labels != other.labels


@pytest.mark.parametrize("seed", range(5))
def test_full_size_images_are_as_large_as_those_of_the_challenge(seed):
    spine = spine_with(np.full((5, 5), 0.0))

    for plan in plan_study(np.random.default_rng(seed), spine, image_px=256, full_size=True, lacks=None):
        axial = plan.sequence is Sequence.AXIAL_T2
        spacing = plan.slices[0].plane.spacing_mm[0]
        assert 320 <= plan.slices[0].shape[1] <= (640 if axial else 1024)
        assert (0.25 if axial else 0.2) < spacing < (0.65 if axial else 1.0)
        assert (20 <= len(plan.slices) <= 90) if axial else (11 <= len(plan.slices) <= 25)


def test_straight_coordinates_lead_back_to_the_patient():
    spine = Spine.draw(np.random.default_rng(2), draw_narrowings(np.random.default_rng(2), 1)[0])

    for disc in range(FIRST_LEVEL, FIRST_LEVEL + 5):
        point = spine.to_patient(disc, left=10.0, behind=20.0, above=1.0)
        at = spine.locate(PixelGrid.of_point(point))
        assert (at.left[0], at.behind[0], at.above[0]) == pytest.approx((10.0, 20.0, 1.0), abs=0.35)


def test_the_grid_of_an_image_is_its_pixels_in_the_patient():
    spine = spine_with(np.full((5, 5), 0.0))
    planned = axial_plan(spine).slices[0]
    grid = PixelGrid.of_image(planned.plane, (5, 7))

    x, y, z = grid.along(np.eye(3))

    expected = planned.plane.to_patient(PixelPoint(row=3, col=4))
    np.testing.assert_allclose([x[3 * 7 + 4], y[3 * 7 + 4], z[3 * 7 + 4]], expected, atol=1e-3)
