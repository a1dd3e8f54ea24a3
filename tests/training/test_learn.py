"""What a run is made of, without a process. Keras is imported here."""

import numpy as np
import pytest

from lsdc.config import Optimizer
from lsdc.errors import ExportError

pytestmark = pytest.mark.trains


@pytest.fixture(scope="module")
def learn():
    return pytest.importorskip("lsdc.training.learn")


@pytest.fixture(scope="module")
def export():
    return pytest.importorskip("lsdc.training.export")


@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
@pytest.mark.parametrize("name", Optimizer)
def test_every_optimizer_is_built_as_configured(learn, tiny_config, name, weight_decay):
    optimizer = learn._optimizer(tiny_config.changed(optimizer=name, weight_decay=weight_decay, learning_rate=0.01))

    assert type(optimizer).__name__.lower() == name
    assert float(optimizer.learning_rate) == pytest.approx(0.01)
    assert (optimizer.weight_decay or 0.0) == weight_decay


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
def test_patience_is_counted_as_keras_counts_it(learn, tiny_config, losses, patience, exhausted):
    import keras

    past = [{"val_loss": loss} for loss in losses]
    stopping = keras.callbacks.EarlyStopping(monitor="val_loss", patience=patience or 99, mode="min")
    stopping.set_model(keras.Model())
    stopping.on_train_begin()
    for epoch, figures in enumerate(past):
        stopping.on_epoch_end(epoch, figures)

    assert learn._patience_is_exhausted(past, patience) is exhausted
    assert getattr(stopping.model, "stop_training", False) is exhausted


def test_a_twin_that_answers_not_a_number_is_another_network(export):
    expected = {"probabilities": np.zeros((2, 3)), "embedding": np.zeros((2, 4))}
    actual = {"probabilities": np.zeros((2, 3)), "embedding": np.full((2, 4), np.nan)}

    assert not export._largest_difference(expected, actual) <= export.TOLERANCE
    assert not export._largest_difference(expected, {"probabilities": np.zeros((2, 3))}) <= export.TOLERANCE


def test_a_network_that_cannot_be_exported_leaves_no_file(export, tmp_path):
    import keras

    # An image of fewer pixels than the twin was made for: the runtime refuses it.
    image = keras.Input((4,), name="coords")
    network = keras.Model(inputs={"coords": image}, outputs={"probabilities": keras.layers.Dense(3)(image)})
    network.predict_on_batch = lambda sample: {"probabilities": np.zeros((1, 3))}

    with pytest.raises(ExportError, match="could not be exported"):
        export.export_onnx(network, tmp_path / "model.onnx", {"coords": np.zeros((1, 2), np.float32)})

    assert list(tmp_path.iterdir()) == []
