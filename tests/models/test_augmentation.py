"""The layers that change images in training. Keras is imported here."""

import numpy as np
import pytest

from lsdc.config import InputKind
from lsdc.training.draws import draw_augmentation, no_augmentation

pytestmark = pytest.mark.trains

ONE_GROUP = np.zeros(8, np.intp)


@pytest.fixture(scope="module")
def augmentation():
    return pytest.importorskip("lsdc.models.augmentation")


def test_a_view_moves_the_point_with_the_image(unaugmented, augmentation):
    config = unaugmented.changed(
        image_px=64,
        augment_scale=0.3,
        augment_shift=0.1,
        augment_rotation=30.0,
        input_kind=InputKind.WHOLE,
        neighbours=0,
    )
    image = np.zeros((8, 1, 64, 64), np.float32)
    image[:, 0, 25:28, 40:43] = 1  # a spot whose middle is row 26, col 41
    coords = np.tile(np.array([[41 / 64, 26 / 64]], np.float32), (8, 1))
    transforms = draw_augmentation(config, ONE_GROUP, epoch=3, step=2)["transform"]

    view = augmentation.RandomView()([image, transforms], training=True)
    moved = augmentation.MovedPoint(64)([coords, transforms], training=True)

    view, moved = np.asarray(view)[:, 0], np.asarray(moved) * 64
    rows, cols = np.mgrid[:64, :64]
    for spot, (x, y) in zip(view, moved, strict=True):
        assert (spot * cols).sum() / spot.sum() == pytest.approx(x, abs=0.3)
        assert (spot * rows).sum() / spot.sum() == pytest.approx(y, abs=0.3)
    assert np.ptp(moved, axis=0).min() > 2


def test_all_slices_of_a_row_move_alike(unaugmented, augmentation):
    config = unaugmented.changed(augment_scale=0.3, augment_rotation=30.0)
    image = np.repeat(np.random.default_rng(0).random((8, 1, 16, 16), np.float32), 5, axis=1)
    transforms = draw_augmentation(config, ONE_GROUP, epoch=0, step=0)["transform"]

    view = augmentation.RandomView()([image, transforms], training=True)

    view = np.asarray(view)
    assert view.shape == image.shape
    np.testing.assert_array_equal(view, np.repeat(view[:, :1], 5, axis=1))
    assert not np.allclose(view, image)


def test_a_rotation_by_a_right_angle_turns_the_image(augmentation):
    image = np.random.default_rng(0).random((1, 1, 16, 16), np.float32)
    centre = 7.5
    quarter = np.array([[0, -1, 2 * centre, 1, 0, 0, 0, 0]], np.float32)

    view = augmentation.RandomView()([image, quarter], training=True)

    np.testing.assert_allclose(np.asarray(view)[0, 0], np.rot90(image[0, 0]), atol=1e-5)


def test_views_are_computed_in_float32_whatever_the_precision(unaugmented, augmentation):
    import keras

    from lsdc.models.build import build_network, build_training_graph

    config = unaugmented.changed(augment_scale=0.1)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        graph = build_training_graph(build_network(config), config)
    finally:
        keras.config.set_dtype_policy("float32")

    assert graph.get_layer("random_view").compute_dtype == "float32"
    assert graph.get_layer("slice_attention").get_layer("encoder").layers[0].compute_dtype == "bfloat16"


def test_nothing_is_changed_outside_of_training(unaugmented, augmentation):
    config = unaugmented.changed(augment_scale=0.5, augment_intensity=0.5, mixup=1.0)
    image = np.random.default_rng(0).random((8, 5, 16, 16), np.float32)
    coords = np.full((8, 2), 0.25, np.float32)
    draws = draw_augmentation(config, ONE_GROUP, epoch=0, step=0)

    view = augmentation.RandomView()([image, draws["transform"]], training=False)
    point = augmentation.MovedPoint(16)([coords, draws["transform"]], training=False)
    same = augmentation.RandomIntensity()([image, draws["intensity"]], training=False)
    alone = augmentation.Blend()([image, draws["partner"], draws["share"]], training=False)

    for output in (view, same, alone):
        np.testing.assert_array_equal(np.asarray(output), image)
    np.testing.assert_array_equal(np.asarray(point), coords)


def test_draws_that_change_nothing_change_nothing(unaugmented, augmentation):
    image = np.random.default_rng(0).random((8, 5, 16, 16), np.float32)
    draws = no_augmentation(unaugmented, 8)

    view = augmentation.RandomView()([image, draws["transform"]], training=True)
    same = augmentation.RandomIntensity()([image, draws["intensity"]], training=True)
    alone = augmentation.Blend()([image, draws["partner"], draws["share"]], training=True)

    for output in (view, same, alone):
        np.testing.assert_allclose(np.asarray(output), image, atol=1e-6)
    still = draw_augmentation(unaugmented, ONE_GROUP, epoch=5, step=1)
    for name in ("transform", "intensity", "reach", "share"):
        np.testing.assert_allclose(still[name], draws[name], atol=1e-6)


def test_a_blend_is_the_weighted_mean_of_two_images(augmentation):
    image = np.random.default_rng(0).random((2, 1, 4, 4), np.float32)

    blended = augmentation.Blend()(
        [image, np.array([1, 0], np.int32), np.array([0.75, 1.0], np.float32)], training=True
    )

    np.testing.assert_allclose(np.asarray(blended)[0], 0.75 * image[0] + 0.25 * image[1], atol=1e-6)
    np.testing.assert_array_equal(np.asarray(blended)[1], image[1])


def test_intensity_keeps_images_between_0_and_1(augmentation):
    image = np.array([0.0, 0.5, 1.0], np.float32).reshape(1, 1, 1, 3)

    brighter = augmentation.RandomIntensity()([image, np.array([[0.5, 0.1]], np.float32)], training=True)
    harder = augmentation.RandomIntensity()([image, np.array([[1.5, 0.0]], np.float32)], training=True)

    np.testing.assert_allclose(np.asarray(brighter).ravel(), [0.35, 0.6, 0.85], atol=1e-6)
    np.testing.assert_allclose(np.asarray(harder).ravel(), [0.0, 0.5, 1.0], atol=1e-6)
