"""Every network of the catalogue, and the graph it is trained in. Keras is imported here."""

import numpy as np
import pytest

from lsdc.config import Activation, InputKind, preset
from lsdc.models.catalogue import CATALOG, parameter_count

pytestmark = pytest.mark.trains

SMALL = preset("quick").changed(image_px=16, conv_filters=(4, 8), dense_units=(8,), coordinate_units=(4,))


@pytest.fixture(scope="module")
def build():
    return pytest.importorskip("lsdc.models.build")


@pytest.fixture(scope="module")
def augmentation():
    return pytest.importorskip("lsdc.models.augmentation")


def test_the_reports_network_has_exactly_the_reports_parameters(build):
    network = build.build_network(preset("report"))

    assert network.count_params() == 4_302_819
    assert sum(weight.size for weight in _arrays(network.trainable_weights)) == 4_302_371
    assert network.get_layer("image_branch").count_params() == 93_568
    assert network.get_layer("coordinate_branch").count_params() == 2_272
    assert network.get_layer("image_branch").output_shape == (None, 32_768)
    assert network.get_layer("joined").output.shape == (None, 32_800)
    assert [network.get_layer(f"dense_{index}").count_params() for index in (1, 2)] == [4_198_528, 8_256]
    assert network.get_layer("severity").count_params() == 195


@pytest.mark.parametrize("name", CATALOG)
@pytest.mark.parametrize(
    "config",
    [SMALL, SMALL.changed(conv_filters=(3,), dropout=0.5, activation=Activation.LEAKY_RELU), preset("quick")],
    ids=["small", "other", "quick"],
)
def test_the_catalogue_counts_what_keras_builds(build, name, config):
    config = config.changed(model=name)
    network = build.build_network(config)

    count = parameter_count(config)

    assert count.total == network.count_params()
    assert count.trainable == sum(weight.size for weight in _arrays(network.trainable_weights))


@pytest.mark.parametrize("name", CATALOG)
def test_a_network_gives_probabilities_and_an_embedding(build, name):
    network = build.build_network(SMALL.changed(model=name))

    outputs = network.predict_on_batch({"image": np.zeros((3, 16, 16, 1)), "coords": np.zeros((3, 2))})

    assert outputs["probabilities"].shape == (3, 3)
    np.testing.assert_allclose(outputs["probabilities"].sum(axis=1), 1, atol=1e-6)
    assert outputs["embedding"].shape[0] == 3


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(build):
    first, again, other = (build.build_network(SMALL.changed(seed=seed)) for seed in (1, 1, 2))

    np.testing.assert_array_equal(first.get_weights()[0], again.get_weights()[0])
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


def test_augmentation_moves_the_point_with_the_image(augmentation):
    config = SMALL.changed(image_px=64, augment_scale=0.3, augment_shift=0.1, augment_rotation=30.0)
    image = np.zeros((8, 64, 64, 1), np.uint8)
    image[:, 25:28, 40:43] = 255  # a spot whose middle is row 26, col 41
    coords = np.tile(np.array([[41 / 64, 26 / 64]], np.float32), (8, 1))
    transforms = augmentation.draw_transforms(config, 8, epoch=3, step=2)

    view, moved = augmentation.Augmentation()([image, coords, transforms], training=True)

    view, moved = np.asarray(view)[..., 0], np.asarray(moved) * 64
    rows, cols = np.mgrid[:64, :64]
    for spot, (x, y) in zip(view, moved, strict=True):
        assert (spot * cols).sum() / spot.sum() == pytest.approx(x, abs=0.3)
        assert (spot * rows).sum() / spot.sum() == pytest.approx(y, abs=0.3)
    assert np.ptp(moved, axis=0).min() > 2


def test_views_are_never_drawn_outside_training(augmentation):
    image = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 1), np.uint8)
    coords = np.full((2, 2), 0.25, np.float32)
    wild = augmentation.draw_transforms(SMALL.changed(augment_scale=0.5), 2, epoch=0, step=0)

    view, point = augmentation.Augmentation()([image, coords, wild], training=False)

    np.testing.assert_allclose(np.asarray(view), image / 255, atol=1e-7)
    np.testing.assert_array_equal(np.asarray(point), coords)


def test_views_depend_on_seed_epoch_and_step_alone(augmentation):
    def draw(seed=0, epoch=0, step=0):
        return augmentation.draw_transforms(SMALL.changed(seed=seed), 4, epoch=epoch, step=step)

    np.testing.assert_array_equal(draw(1, 2, 3), draw(1, 2, 3))
    for other in (draw(0, 2, 3), draw(1, 0, 3), draw(1, 2, 0)):
        assert not np.array_equal(draw(1, 2, 3), other)


def test_a_rotation_by_a_right_angle_turns_the_image(augmentation):
    image = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 1), np.uint8)
    centre = 7.5
    quarter = np.array([[0, -1, 2 * centre, 1, 0, 0, 0, 0]], np.float32)

    view, _ = augmentation.Augmentation()([image, np.zeros((1, 2), np.float32), quarter], training=True)

    np.testing.assert_allclose(np.asarray(view)[0, ..., 0], np.rot90(image[0, ..., 0]) / 255, atol=1e-5)


def test_the_presets_inputs_are_the_reports_and_ours():
    assert preset("report").input_kind is InputKind.WHOLE
    assert preset("quick").input_kind is InputKind.CROP


def _arrays(weights):
    return [np.asarray(weight) for weight in weights]
