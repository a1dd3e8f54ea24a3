"""The networks of our own, and the graphs that they are trained and exported in. Keras is imported here."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsdc.config import Activation, InputKind, Pooling, preset
from lsdc.errors import ConfigError
from lsdc.labels import Condition
from lsdc.models.catalogue import CATALOG, check_network, network_size, told_names

pytestmark = pytest.mark.trains

REPORT = preset("quick").changed(image_px=16, conv_filters=(4, 8), dense_units=(8,), coordinate_units=(4,))
STACK = preset("recommended").changed(image_px=16, conv_filters=(4, 8), dense_units=(8,), coordinate_units=(4,))
CONFIGS = {
    "report": REPORT,
    "report, other": REPORT.changed(conv_filters=(3,), dropout=0.5, activation=Activation.LEAKY_RELU),
    "quick": preset("quick"),
    "recommended": preset("recommended"),
    "attention": STACK,
    "lstm": STACK.changed(pooling=Pooling.LSTM),
    "mean": STACK.changed(pooling=Pooling.MEAN, tell_position=True),
    "one slice": STACK.changed(neighbours=0, image_px=21),
    "told nothing": STACK.changed(tell_level=False, tell_side=False, neighbours=1),
    "several conditions": STACK.changed(conditions=tuple(Condition)),
}


# Enough of them for CI; the others differ in one thing from one of these.
SAMPLE = ("report", "attention", "several conditions")
SAMPLED = [
    pytest.param(config, id=name, marks=() if name in SAMPLE else pytest.mark.exhaustive)
    for name, config in CONFIGS.items()
]


@pytest.fixture(scope="module")
def build():
    return pytest.importorskip("lsdc.models.build")


@pytest.fixture(scope="module")
def inputs_module():
    return pytest.importorskip("lsdc.models.inputs")


@pytest.fixture(scope="module")
def pooling():
    return pytest.importorskip("lsdc.models.pooling")


def sample(config, rows=3, seed=0):
    random = np.random.default_rng(seed)
    slices, px = config.crop.num_slices, config.image_px
    return {
        "image": random.random((rows, slices, px, px), np.float32),
        "mask": np.ones((rows, slices), np.float32),
        "coords": random.random((rows, 2), np.float32),
        "level": random.integers(0, 5, rows).astype(np.int32),
        "side": random.integers(0, 3, rows).astype(np.int32),
        "condition": random.integers(0, 3, rows).astype(np.int32),
    }


@pytest.fixture(scope="module")
def predict(inputs_module):
    def run(network, inputs):
        return network.predict_on_batch({name: inputs[name] for name in inputs_module.input_names(network)})

    return run


def test_the_reports_network_has_exactly_the_reports_parameters(build):
    network = build.build_network(preset("report"))

    assert network.count_params() == 4_302_819
    assert _trainable(network) == 4_302_371
    assert network.get_layer("encoder").count_params() == 93_568
    assert network.get_layer("coordinate_branch").count_params() == 2_272
    assert network.get_layer("encoder").output_shape == (None, 32_768)
    assert network.get_layer("joined").output.shape == (None, 32_800)
    assert [network.get_layer(f"dense_{index}").count_params() for index in (1, 2)] == [4_198_528, 8_256]
    assert network.get_layer("severity").count_params() == 195


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_the_catalogue_counts_what_keras_builds(build, config):
    network = build.build_network(config)

    size = network_size(config)

    assert size.total == network.count_params()
    assert size.trainable == _trainable(network)
    assert size.multiply_adds == _multiply_adds(network.get_layer("encoder"))


def test_the_recommended_encoder_is_small():
    assert network_size(preset("recommended")).multiply_adds <= 40_000_000


@pytest.mark.parametrize("config", SAMPLED)
def test_a_network_gives_a_logit_per_grade_and_an_embedding(build, predict, config):
    network = build.build_network(config)

    outputs = predict(network, sample(config))

    assert network.name == config.model
    assert outputs["logits"].shape == (3, 3)
    assert outputs["embedding"].shape == (3, config.dense_units[-1])
    weighs = config.neighbours > 0 and config.pooling is Pooling.ATTENTION and config.model == "slice_attention"
    assert ("attention" in outputs) == weighs


@pytest.mark.parametrize("pooling_name", Pooling)
def test_what_a_masked_slice_shows_changes_nothing(build, predict, pooling_name):
    config = STACK.changed(pooling=pooling_name, neighbours=2)
    network = build.build_network(config)
    inputs = sample(config)
    inputs["mask"][:, [0, 3]] = 0
    other = {**inputs, "image": inputs["image"].copy()}
    other["image"][:, [0, 3]] = 1 - other["image"][:, [0, 3]]

    first, second = predict(network, inputs), predict(network, other)

    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name])
    changed = predict(network, {**inputs, "image": 1 - inputs["image"]})
    assert not np.allclose(first["logits"], changed["logits"])


@settings(max_examples=20)
@given(st.lists(st.booleans(), min_size=4, max_size=4), st.integers(0, 2**31 - 1))
def test_a_masked_slice_has_exactly_no_weight_and_the_others_sum_to_one(pooling, shown, seed):
    random = np.random.default_rng(seed)
    mask = np.array([[*shown[:2], True, *shown[2:]]], np.float32)
    features = random.normal(0, 50, (1, 5, 6)).astype(np.float32)

    pooled, weights = pooling.GatedAttention(3)([features, mask])

    weights = np.asarray(weights)
    assert np.all(weights[mask == 0] == 0)
    assert weights.sum() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(np.asarray(pooled)[0], weights[0] @ features[0], rtol=1e-4, atol=1e-4)


def test_the_network_is_told_only_what_differs_between_rows():
    assert told_names(preset("recommended")) == ["level", "side"]
    assert told_names(STACK.changed(side="left", levels=("L4/L5",))) == []
    assert told_names(STACK.changed(conditions=tuple(Condition), tell_position=True)) == [
        *("level", "side", "condition", "coords")
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"model": "resnet_of_dreams"}, "no network"),
        ({"encoder": "resnet_of_dreams"}, "no encoder"),
        ({"model": "report_cnn"}, "looks at one slice"),
        ({"image_px": 16, "conv_filters": (4,) * 5}, "too small"),
        ({"model": "mobilenet", "neighbours": 0, "freeze_depth": 0.5}, "would be frozen as it was drawn at random"),
        ({"pretrained": "imagenet"}, "no pretrained weights"),
        ({"pretrained": "/nowhere.weights.h5"}, "no pretrained weights"),
    ],
)
def test_what_a_network_cannot_do_is_refused_with_the_reason(changes, reason):
    with pytest.raises(ConfigError, match=reason):
        check_network(preset("recommended").changed(**changes))


def test_every_network_has_a_sentence():
    assert all(entry.description.endswith(".") for entry in CATALOG.values())


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(build):
    first, again, other = (build.build_network(STACK.changed(seed=seed)) for seed in (1, 1, 2))

    for values, same in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(values, same)
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


@pytest.mark.parametrize("config", SAMPLED)
def test_a_network_reads_back_and_its_twin_gives_the_same_calibrated_answers(build, predict, tmp_path, config):
    import keras

    from lsdc.models.calibration import Calibration
    from lsdc.training.export import TOLERANCE, _sample, export_onnx

    network = build.build_network(config)
    network.save(tmp_path / "network.keras")
    read = keras.saving.load_model(tmp_path / "network.keras", safe_mode=True)
    inputs = _sample(config)
    graph = build.build_grading_graph(read, Calibration((0.5, 1.0, 2.0), 1.7))
    sample = {tensor.name: inputs[tensor.name] for tensor in graph.inputs}

    difference = export_onnx(graph, tmp_path / "model.onnx", sample)

    assert difference <= TOLERANCE
    logits = predict(network, inputs)["logits"]
    corrected = np.exp((logits - np.log([0.5, 1.0, 2.0])) / 1.7)
    probabilities = graph.predict_on_batch(sample)["probabilities"]
    np.testing.assert_allclose(probabilities, corrected / corrected.sum(axis=1, keepdims=True), atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "layers"),
    [
        ({}, {"random_view", "random_intensity"}),
        ({"mixup": 0.2}, {"random_view", "random_intensity", "blend"}),
        (
            {"augment_scale": 0.0, "augment_rotation": 0.0, "point_jitter_mm": 0.0, "augment_intensity": 0.0},
            set(),
        ),
    ],
)
def test_a_training_graph_has_the_augmentation_that_is_asked_for_and_reads_back(build, tmp_path, changes, layers):
    import keras

    config = STACK.changed(**changes)
    graph = build.build_training_graph(build.build_network(config), config)

    graph.save(tmp_path / "graph.keras")
    read = keras.saving.load_model(tmp_path / "graph.keras", safe_mode=True)

    for model in (graph, read):
        names = {layer.name for layer in model.layers}
        assert names & {"random_view", "random_intensity", "blend"} == layers


def test_the_presets_inputs_are_the_reports_and_ours():
    assert preset("report").input_kind is InputKind.WHOLE
    assert preset("quick").input_kind is InputKind.CROP
    assert preset("recommended").crop.num_slices == 5


def _trainable(network):
    return sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)


def _multiply_adds(encoder):
    import keras

    work = 0
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.Conv2D):
            _, rows, cols, filters = layer.output.shape
            work += rows * cols * filters * int(np.prod(layer.kernel.shape[:3]))
        elif isinstance(layer, keras.layers.Dense):
            work += int(np.prod(layer.kernel.shape))
    return work
