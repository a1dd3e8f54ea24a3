"""Every backbone: what is known of it, how it sees grey, and its way from config to ONNX twin. Keras is imported here."""

import sys

import numpy as np
import pytest

from lsdc.config import preset
from lsdc.errors import ConfigError
from lsdc.models.backbone_facts import BACKBONES, InputRange
from lsdc.models.catalogue import check_network, network_size

pytestmark = pytest.mark.trains

# The one that costs least stands for all in CI; `-m exhaustive` goes through the rest.
CHEAP = ("mobilenet",)
ALL = [name if name in CHEAP else pytest.param(name, marks=pytest.mark.exhaustive) for name in BACKBONES]


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


@pytest.fixture
def forgotten(keras):
    """Forget the networks of a test: what TensorFlow keeps of dozens is more memory than there is."""
    yield
    keras.backend.clear_session()


@pytest.fixture(scope="module")
def build(keras):
    return pytest.importorskip("lsdc.models.build")


@pytest.fixture(scope="module")
def backbones(keras):
    return pytest.importorskip("lsdc.models.backbones")


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("name", ALL)
def test_the_facts_of_a_backbone_are_those_of_what_is_built(keras, backbones, name):
    facts = BACKBONES[name]

    encoder = backbones.build_backbone(name, preset("report").changed(model=name, freeze_depth=0.0))

    assert encoder.input_shape == (None, 128, 128, 1)
    assert encoder.output_shape == (None, facts.features)
    assert encoder.count_params() == facts.total
    assert _count(encoder.trainable_weights) == facts.trainable
    assert _multiply_adds(keras, encoder) == facts.multiply_adds


@pytest.mark.parametrize("name", BACKBONES)
def test_keras_takes_the_smallest_image_and_none_below_it(keras, name):
    facts = BACKBONES[name]
    application = getattr(keras.applications, facts.application)
    too_small = facts.smallest_px - 1

    with pytest.raises(ValueError, match="Input size must be at least"):
        application(include_top=False, weights=None, input_shape=(too_small, too_small, 3))


@pytest.mark.parametrize("name", BACKBONES)
def test_an_image_too_small_for_a_backbone_is_refused(name):
    smallest_px = BACKBONES[name].smallest_px
    alone = preset("report").changed(model=name, image_px=smallest_px)
    inside = preset("recommended").changed(encoder=name, image_px=smallest_px)

    check_network(alone)
    check_network(inside)
    for config in (alone, inside):
        with pytest.raises(ConfigError, match=f"at least {smallest_px} px"):
            check_network(config.changed(image_px=smallest_px - 1))


@pytest.mark.parametrize("name", [name for name in BACKBONES if name not in ("efficientnet", "convnext_tiny")])
def test_grey_is_brought_to_the_range_that_keras_brings_colours_to(keras, backbones, name):
    facts = BACKBONES[name]
    grey = np.random.default_rng(0).random((2, 5, 5, 1), np.float32)
    module = sys.modules[getattr(keras.applications, facts.application).__module__]
    expected = module.preprocess_input(np.repeat(grey * 255, 3, axis=-1))
    if facts.input_range is InputRange.SIGNED_BYTES:
        expected = expected / 128 - 1  # inside Keras' network

    colour = np.asarray(backbones.as_colour(grey, facts.input_range))

    np.testing.assert_allclose(colour, expected, atol=1e-4)


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("name", ALL)
def test_a_backbone_trains_saves_and_exports(
    keras, build, backbone_config, drawn_weights, random_inputs, tmp_path, name
):
    from lsdc.models.calibration import Calibration
    from lsdc.models.saved import load_in_float32
    from lsdc.training.export import export_onnx

    config = backbone_config(name, freeze_depth=0.5, pretrained=drawn_weights(name))
    network = build.build_network(config)
    frozen = {weight.path for layer in _frozen_layers(network) for weight in layer.weights}
    before = _values(network)

    _train_two_steps(keras, build, network, config)
    network.save(tmp_path / "network.keras")
    reloaded = keras.saving.load_model(tmp_path / "network.keras", safe_mode=True)
    sample = random_inputs(5, config.image_px, seed=1)
    expected, actual = network(sample, training=False), reloaded(sample, training=False)
    scored = load_in_float32(tmp_path / "network.keras", config)(sample, training=False)
    graph = build.build_grading_graph(reloaded, Calibration((1, 2, 4), 1.3))
    difference = export_onnx(graph, tmp_path / "network.onnx", sample)

    changed = {path for path, values in _values(network).items() if not np.array_equal(values, before[path])}
    assert frozen
    assert not frozen & changed
    assert {weight.path for weight in network.trainable_weights} <= changed
    assert len(reloaded.trainable_weights) == len(network.trainable_weights)
    assert np.ptp(expected["embedding"], axis=0).max() > 0
    for output in expected:
        np.testing.assert_array_equal(actual[output], expected[output])
        np.testing.assert_array_equal(scored[output], expected[output])
    assert difference < 1e-4


# Of thirteen convolutions, each with a kernel and a bias, half are six: rounding is to the even number.
@pytest.mark.parametrize(("depth", "frozen"), [(0.0, 0), (0.5, 12), (1.0, 26)])
def test_the_freeze_depth_counts_from_the_image(build, backbone_config, drawn_weights, depth, frozen):
    config = backbone_config("vgg16", freeze_depth=depth, pretrained=drawn_weights("vgg16"))

    network = build.build_network(config)
    learning = {weight.path for weight in network.trainable_weights}

    weights = network.get_layer("encoder").weights
    assert [weight.path in learning for weight in weights] == [False] * frozen + [True] * (26 - frozen)


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("name", ALL)
def test_slice_attention_looks_through_a_backbone(build, name):
    config = preset("recommended").changed(encoder=name, image_px=BACKBONES[name].smallest_px, neighbours=1)
    network = build.build_network(config)
    random = np.random.default_rng(0)
    image = random.random((2, 3, config.image_px, config.image_px), np.float32)
    ranks = {"level": np.array([0, 4]), "side": np.array([0, 1])}

    outputs = network.predict_on_batch({"image": image, "mask": np.array([[0, 1, 0], [1, 1, 1]], np.float32), **ranks})

    size = network_size(config)
    assert size.total == network.count_params()
    assert size.trainable == _count(network.trainable_weights)
    assert outputs["attention"][0].tolist() == [0, 1, 0]
    assert outputs["attention"][1].min() > 0


def test_the_catalogue_counts_a_backbone_with_its_head(build, backbone_config):
    config = backbone_config("mobilenet")
    network = build.build_network(config)

    size = network_size(config)

    assert size.total == network.count_params()
    assert size.trainable == _count(network.trainable_weights)


def _train_two_steps(keras, build, network, config):
    from lsdc.training.draws import draw_augmentation

    graph = build.build_training_graph(network, config)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    graph.compile(keras.optimizers.Adam(1e-3), loss, jit_compile=False)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (4, 1, config.image_px, config.image_px), np.uint8)
    for step in range(2):
        drawn = draw_augmentation(config, np.zeros(4, np.intp), epoch=0, step=step)
        inputs = {"image": images, "coords": random.random((4, 2), np.float32), **drawn}
        graph.train_on_batch({tensor.name: inputs[tensor.name] for tensor in graph.inputs}, np.array([0, 1, 2, 0]))


def _frozen_layers(network):
    (backbone,) = [layer for layer in network.get_layer("encoder").layers if hasattr(layer, "layers")]
    return [layer for layer in backbone.layers if layer.weights and not layer.trainable]


def _values(network):
    return dict(zip([weight.path for weight in network.weights], network.get_weights(), strict=True))


def _count(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


def _leaves(network):
    for layer in network.layers:
        yield from _leaves(layer) if hasattr(layer, "layers") else [layer]


def _multiply_adds(keras, network):
    """Every number of a kernel is multiplied once at every place of what its layer puts out."""
    layers = keras.layers
    total = 0
    for layer in _leaves(network):
        match layer:
            case layers.SeparableConv2D():
                kernels = [layer.depthwise_kernel, layer.pointwise_kernel]
            case layers.Conv2D() | layers.DepthwiseConv2D() | layers.Dense():
                kernels = [layer.kernel]
            case _:
                continue
        places = int(np.prod(layer.output.shape[1:-1]))
        total += places * _count(kernels)
    return total
