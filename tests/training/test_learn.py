"""What a run is made of, without a process. Keras is imported here."""

import numpy as np
import pytest

from lsdc.config import Loss, Optimizer, Precision, Schedule
from lsdc.errors import ExportError, TrainingError
from lsdc.runs import RunFolder, RunNotes, create_run
from lsdc.training.launch import describe_run
from lsdc.training.progress import RunProgress

pytestmark = pytest.mark.trains


@pytest.fixture(scope="module")
def learn():
    return pytest.importorskip("lsdc.training.learn")


@pytest.fixture(scope="module")
def optimizers():
    return pytest.importorskip("lsdc.training.optimizers")


@pytest.fixture(scope="module")
def callbacks():
    return pytest.importorskip("lsdc.training.callbacks")


@pytest.fixture(scope="module")
def export():
    return pytest.importorskip("lsdc.training.export")


@pytest.fixture(scope="session")
def stack_config(tiny_config):
    """The smallest config of a network that sees several slices and is told what they are of."""
    return tiny_config.changed(model="slice_attention", neighbours=1, side="either")


@pytest.fixture
def prepared(phantom_root, artifacts_root, tmp_path):
    """Make a run of a config and read its rows, without a process."""
    from lsdc.training.rows import read_rows

    def prepare(config):
        record = describe_run(config, preset="quick", data_root=phantom_root)
        run = create_run(tmp_path / "runs", config, record, RunNotes())
        return run, read_rows(run, lambda done, total: None)

    return prepare


@pytest.fixture
def learned(learn, prepared):
    """Train a config in this process; returns the run, its rows and whether it was stopped."""

    def train(config):
        run, rows = prepared(config)
        with RunProgress(run) as progress:
            stopped = learn.learn(run, rows, Precision.FLOAT32, progress)
        return run, rows, stopped

    return train


@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
@pytest.mark.parametrize("name", Optimizer)
def test_every_optimizer_is_built_as_configured(optimizers, tiny_config, name, weight_decay):
    config = tiny_config.changed(optimizer=name, weight_decay=weight_decay, learning_rate=0.01)

    optimizer = optimizers.build_optimizer(config, steps_per_epoch=10, epochs=2)

    assert type(optimizer).__name__.lower() == name
    assert float(optimizer.learning_rate) == pytest.approx(0.01)
    assert (optimizer.weight_decay or 0.0) == weight_decay


def test_a_cosine_rises_over_the_warm_up_and_falls_to_nothing(optimizers, tiny_config):
    config = tiny_config.changed(schedule=Schedule.COSINE, warmup_epochs=2, epochs=10, learning_rate=0.01)
    rate = optimizers.build_optimizer(config, steps_per_epoch=5, epochs=10)._learning_rate

    rates = np.array([float(rate(step)) for step in range(51)])

    assert rates[0] == pytest.approx(0.0005)
    assert rates.argmax() == 10
    assert rates.max() == pytest.approx(0.01)
    assert np.all(np.diff(rates[10:]) < 0)
    assert rates[-1] == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize(
    ("losses", "patience", "exhausted"),
    [
        ([], 2, False),
        ([1.0, 0.9, 0.8], 2, False),
        ([0.8, 0.9], 2, False),
        ([0.8, 0.9, 0.8], 2, True),
        ([1.0, 0.8, 0.9, 0.9], 2, True),
        ([0.8, 0.9, 0.9, 0.9], 0, False),
    ],
)
def test_patience_is_counted_as_keras_counts_it(callbacks, losses, patience, exhausted):
    import keras

    past = [{"val_loss": loss} for loss in losses]
    stopping = keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience or 99, mode="min")
    stopping.set_model(keras.Model())
    stopping.on_train_begin()
    for epoch, figures in enumerate(past):
        stopping.on_epoch_end(epoch, figures)

    assert callbacks.patience_is_exhausted(past, patience) is exhausted
    assert getattr(stopping.model, "stop_training", False) is exhausted


def test_batches_hold_every_training_row_once_in_an_order_of_the_epochs_own(prepared, stack_config):
    from lsdc.training.batches import Batches

    _, rows = prepared(stack_config)
    names = ("image", "mask", "level", "coords")
    batches = Batches(rows, rows.positions("train"), stack_config, names, training=True)

    def read():
        parts = [batches[step] for step in range(batches.num_batches)]
        return np.concatenate([inputs["coords"] for inputs, _ in parts]), np.concatenate([y for _, y in parts])

    first, labels = read()
    batches.begin_epoch(1)
    second, _ = read()
    later = Batches(rows, rows.positions("train"), stack_config, names, training=True)
    later.begin_epoch(1)

    expected = rows.inputs(rows.positions("train"))["coords"]
    np.testing.assert_array_equal(np.sort(first, axis=0), np.sort(expected, axis=0))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(later[0][0]["coords"], batches[0][0]["coords"])
    assert set(batches[0][0]) == set(names)
    np.testing.assert_array_equal(labels.sum(axis=1), 1)


def test_a_batch_is_the_same_whether_it_was_read_ahead_or_asked_for_alone(prepared, stack_config):
    from lsdc.training.batches import Batches

    _, rows = prepared(stack_config)

    def batches(epoch):
        batches = Batches(rows, rows.positions("train"), stack_config, ("coords", "transform"), training=True)
        batches.begin_epoch(epoch)
        return batches

    read_on = batches(0)
    in_turn = [list(read_on)]
    read_on.begin_epoch(1)
    in_turn.append(list(read_on))
    left_early = batches(0)
    _ = left_early[0]  # the next one is read ahead, for an epoch that ends before it
    left_early.begin_epoch(1)

    for epoch, expected in enumerate(in_turn):
        for step in reversed(range(len(expected))):
            np.testing.assert_equal(batches(epoch)[step], expected[step])
    np.testing.assert_equal(left_early[1], in_turn[1][1])


def test_blended_labels_keep_the_share_of_their_own(prepared, stack_config):
    from lsdc.training.batches import Batches

    config = stack_config.changed(mixup=1.0, batch_size=64)
    _, rows = prepared(config)

    inputs, labels = Batches(rows, rows.positions("train"), config, ("partner", "share"), training=True)[0]

    np.testing.assert_allclose(labels.sum(axis=1), 1, atol=1e-6)
    alone = labels.max(axis=1) == 1
    assert not alone.all()
    np.testing.assert_allclose(labels.max(axis=1)[~alone], inputs["share"][~alone], atol=1e-6)


def test_the_second_stage_leaves_the_encoder_as_the_first_one_left_it(learned, stack_config):
    from lsdc.models.saved import load_saved

    run, rows, stopped = learned(stack_config.changed(epochs=2, head_epochs=2))

    from lsdc.training.learn import learned_weights
    from lsdc.training.losses import loss_weights

    assert not stopped
    assert run.history()["stage"].tolist() == [1, 1, 2, 2]
    first, last = load_saved(run.first_stage_path), load_saved(run.keras_path)
    for before, after in zip(first.get_layer("encoder").weights, last.get_layer("encoder").weights, strict=True):
        np.testing.assert_array_equal(before, after)
    assert not np.array_equal(first.get_layer("severity").kernel, last.get_layer("severity").kernel)
    labels = rows.labels[rows.positions("train")]
    assert learned_weights(run, rows) == pytest.approx(loss_weights(Loss.CLASS_WEIGHTED, labels))


def test_an_epoch_that_was_recorded_but_not_kept_is_forgotten_on_the_way_on(learn, prepared, stack_config):
    import keras

    from lsdc.training.losses import loss_weights
    from lsdc.training.progress import StopRequestedError

    class StopInTheSecondStage(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            if self.model.name == "stage_2":
                raise StopRequestedError

    def go_on():
        with RunProgress(run) as progress:
            return learn.learn(run, rows, Precision.FLOAT32, progress, observers=[StopInTheSecondStage()])

    run, rows = prepared(stack_config.changed(epochs=1, head_epochs=1, loss=Loss.SEVERITY_WEIGHTED))
    assert go_on()
    # A kill came between the history of the second stage's first epoch and its checkpoint.
    (kept,) = run.history().to_dict("records")
    run.write_history([kept, {**kept, "epoch": 2, "stage": 2}])

    assert go_on()

    assert run.history()["stage"].tolist() == [1]
    labels = rows.labels[rows.positions("train")]
    assert learn.learned_weights(run, rows) == pytest.approx(loss_weights(Loss.SEVERITY_WEIGHTED, labels))


@pytest.fixture
def after_one_epoch(learn, prepared):
    """A run whose history says that one epoch was trained."""

    def after_one_epoch(config):
        run, rows = prepared(config)
        run.write_history([{"epoch": 1, "stage": 1}])
        return run, rows

    return after_one_epoch


@pytest.mark.parametrize("loss", [Loss.CROSS_ENTROPY, Loss.SEVERITY_WEIGHTED])
def test_a_run_of_one_stage_is_corrected_for_its_own_loss(learn, after_one_epoch, stack_config, loss):
    from lsdc.training.losses import loss_weights

    run, rows = after_one_epoch(stack_config.changed(loss=loss))

    labels = rows.labels[rows.positions("train")]
    assert learn.learned_weights(run, rows) == pytest.approx(loss_weights(loss, labels))


def test_a_split_of_equal_classes_is_taken_out_of_the_probabilities(learn, after_one_epoch, stack_config):
    run, rows = after_one_epoch(stack_config.changed(split_strategy="1:1:1 train"))

    there = np.bincount(rows.labels[rows.positions("train", "unused")], minlength=3) / len(
        rows.positions("train", "unused")
    )
    assert learn.learned_weights(run, rows) == pytest.approx((1 / 3) / there)


def test_averaged_weights_are_saved_and_the_run_goes_on_with_its_own(learned, stack_config):
    from lsdc.models.saved import load_saved

    run, _, _ = learned(stack_config.changed(epochs=1, ema_momentum=0.9))

    checkpoint, kept = load_saved(run.checkpoint_path), load_saved(run.keras_path)
    own = checkpoint.get_layer("slice_attention").get_layer("severity").kernel.numpy()
    checkpoint.optimizer.finalize_variable_values(checkpoint.trainable_variables)
    average = checkpoint.get_layer("slice_attention").get_layer("severity").kernel.numpy()
    np.testing.assert_array_equal(kept.get_layer("severity").kernel, average)
    assert not np.allclose(own, average, atol=1e-5)


def test_a_loss_that_is_no_number_fails_the_run_and_keeps_the_last_good_checkpoint(learn, learned, tiny_config):
    from lsdc.models.saved import load_saved

    config = tiny_config.changed(epochs=3)
    run, rows, _ = learned(config.changed(epochs=1))
    run.write_record({**run.record, "config": config.model_dump(mode="json")})
    run = RunFolder(run.path)
    graph = load_saved(run.checkpoint_path)
    graph.get_layer(config.model).get_layer("severity").bias.assign([0.0, np.nan, 0.0])
    graph.save(run.checkpoint_path)
    good = run.checkpoint_path.read_bytes()

    with RunProgress(run) as progress, pytest.raises(TrainingError, match="no longer a number") as failure:
        learn.learn(run, rows, Precision.FLOAT32, progress)

    assert "smaller learning rate" in failure.value.fix
    assert run.checkpoint_path.read_bytes() == good
    assert len(run.history()) == 1


@pytest.fixture
def dropped(callbacks):
    """What two layers of one network drop of ones, in a step of an epoch."""
    import keras

    ones = keras.Input((64,))
    layers = [keras.layers.Dropout(0.5)(ones) for _ in range(2)]
    network = keras.Model(ones, layers)

    def dropped(*, epoch, step):
        callbacks.seed_dropout(network, seed=7, epoch=epoch)
        for _ in range(step + 1):
            outputs = network(np.ones((1, 64), np.float32), training=True)
        return [np.asarray(output)[0] == 0 for output in outputs]

    return dropped


def test_each_layer_drops_what_it_drew_itself(dropped):
    one, other = dropped(epoch=0, step=0)

    assert 0.3 < np.mean(one != other) < 0.7


def test_dropout_depends_on_seed_epoch_and_step_alone(dropped):
    np.testing.assert_array_equal(dropped(epoch=1, step=2), dropped(epoch=1, step=2))
    # Not on epoch and step together, as counting on from the epoch would have it.
    assert np.any(dropped(epoch=0, step=1)[0] != dropped(epoch=1, step=0)[0])


def test_precision_is_chosen_by_timing_both(prepared, tiny_config):
    from lsdc.training import precision

    config = tiny_config.changed(precision=Precision.AUTO)
    _, rows = prepared(config)

    probe = precision.choose_precision(config, rows, lambda: False)

    import keras

    keras.config.set_dtype_policy("float32")
    assert min(probe["float32_ms"], probe["mixed_ms"]) > 0
    assert probe["chosen"] in ("float32", "mixed")


@pytest.mark.parametrize(
    ("float32_ms", "mixed_ms", "chosen"), [(10, 8.9, "mixed"), (10, 9.1, "float32"), (10, 30, "float32")]
)
def test_mixed_precision_is_taken_only_where_it_is_clearly_faster(
    learn, monkeypatch, tiny_config, float32_ms, mixed_ms, chosen
):
    from lsdc.training import precision

    times = {Precision.FLOAT32: float32_ms, Precision.MIXED: mixed_ms}
    monkeypatch.setattr(precision, "_milliseconds_per_step", lambda _c, _r, _s, which, limit: times[which])

    assert precision.choose_precision(tiny_config, None, lambda: False)["chosen"] == chosen


def test_a_run_in_mixed_precision_is_saved_in_float32(learn, prepared, stack_config):
    import keras

    from lsdc.models.saved import load_in_float32

    config = stack_config.changed(epochs=1, precision=Precision.MIXED)
    run, rows = prepared(config)
    with RunProgress(run) as progress:
        learn.learn(run, rows, Precision.MIXED, progress)

    network = load_in_float32(run.keras_path, config)

    assert keras.config.dtype_policy().name == "float32"
    assert all(layer.compute_dtype == "float32" for layer in network.get_layer("encoder").layers)
    assert all(np.asarray(weight).dtype == np.float32 for weight in network.weights if "seed" not in weight.name)


def test_a_twin_that_answers_not_a_number_is_another_network(export):
    expected = {"probabilities": np.zeros((2, 3)), "embedding": np.zeros((2, 4))}
    actual = {"probabilities": np.zeros((2, 3)), "embedding": np.full((2, 4), np.nan)}

    assert not export._largest_difference(expected, actual) <= export.TOLERANCE
    assert not export._largest_difference(expected, {"probabilities": np.zeros((2, 3))}) <= export.TOLERANCE


def test_a_twin_may_round_large_numbers_as_it_rounds_small_ones(export):
    expected = {"probabilities": np.full((2, 3), 0.3), "embedding": np.full((2, 4), 3000.0)}

    assert export._largest_difference(expected, expected | {"embedding": np.full((2, 4), 3000.001)}) <= export.TOLERANCE
    assert export._largest_difference(expected, expected | {"embedding": np.full((2, 4), 3001.0)}) > export.TOLERANCE
    assert export._largest_difference(expected, expected | {"probabilities": np.full((2, 3), 0.301)}) > export.TOLERANCE


def test_a_network_that_cannot_be_exported_leaves_no_file(export, tmp_path):
    import keras

    # Fewer numbers than the twin was made for: the runtime refuses them.
    image = keras.Input((4,), name="coords")
    network = keras.Model(inputs={"coords": image}, outputs={"probabilities": keras.layers.Dense(3)(image)})
    network.predict_on_batch = lambda sample: {"probabilities": np.zeros((1, 3))}

    with pytest.raises(ExportError, match="could not be exported"):
        export.export_onnx(network, tmp_path / "model.onnx", {"coords": np.zeros((1, 2), np.float32)})

    assert list(tmp_path.iterdir()) == []
