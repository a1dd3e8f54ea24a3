"""What a wrong probability costs. Keras is imported here."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax

from lsdc.config import Loss, preset

pytestmark = pytest.mark.trains

LABELS = np.array([0] * 6 + [1] * 3 + [2])
LOGITS = np.array([[1.0, -0.5, 0.25], [0.0, 3.0, -2.0], [-1.0, 0.5, 0.5]], np.float32)
ONE_HOT = np.eye(3, dtype=np.float32)


@pytest.fixture(scope="module")
def losses():
    return pytest.importorskip("lsdc.training.losses")


@given(st.lists(st.integers(0, 2), min_size=1, max_size=60), st.sampled_from(Loss))
def test_a_training_row_counts_one_on_average(losses, labels, loss):
    labels = np.array(labels)

    weights = np.array(losses.loss_weights(loss, labels))

    assert weights[labels].mean() == pytest.approx(1)
    assert np.all(weights > 0)


def test_class_weights_make_all_grades_count_alike(losses):
    weights = np.array(losses.loss_weights(Loss.CLASS_WEIGHTED, LABELS))

    totals = [weights[LABELS[rank == LABELS]].sum() for rank in range(3)]

    np.testing.assert_allclose(totals, len(LABELS) / 3)


def test_severity_weights_are_the_challenges(losses):
    normal, moderate, severe = losses.loss_weights(Loss.SEVERITY_WEIGHTED, LABELS)

    assert (moderate / normal, severe / normal) == pytest.approx((2, 4))


def test_a_grade_without_rows_has_a_finite_weight(losses):
    weights = losses.loss_weights(Loss.CLASS_WEIGHTED, np.array([0, 0, 0, 1]))

    assert weights[2] == weights[1]


def test_cross_entropy_is_the_negative_log_probability(losses):
    actual = losses.SeverityLoss()(ONE_HOT, LOGITS)

    assert float(actual) == pytest.approx(-np.diag(log_softmax(LOGITS, axis=1)).mean(), rel=1e-5)


def test_a_weight_multiplies_its_grades_rows(losses):
    plain = np.asarray(losses.SeverityLoss(reduction=None)(ONE_HOT, LOGITS))
    weighted = np.asarray(losses.SeverityLoss((1.0, 2.0, 4.0), reduction=None)(ONE_HOT, LOGITS))

    np.testing.assert_allclose(weighted, plain * [1, 2, 4], rtol=1e-6)


def test_the_focal_factor_is_that_of_its_definition(losses):
    probabilities = np.exp(log_softmax(LOGITS, axis=1))
    expected = -((1 - np.diag(probabilities)) ** 2) * np.log(np.diag(probabilities))

    actual = losses.SeverityLoss(gamma=2.0, reduction=None)(ONE_HOT, LOGITS)

    np.testing.assert_allclose(np.asarray(actual), expected, rtol=1e-5)


def test_smoothing_equals_kerass(losses):
    import keras

    keras_loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)

    assert float(losses.SeverityLoss(smoothing=0.2)(ONE_HOT, LOGITS)) == pytest.approx(
        float(keras_loss(ONE_HOT, LOGITS)), rel=1e-5
    )


@pytest.mark.parametrize("loss", Loss)
def test_every_loss_has_finite_gradients_however_sure_the_network_is(losses, loss):
    import tensorflow as tf

    built = losses.build_loss(preset("recommended"), loss, losses.loss_weights(loss, LABELS))
    logits = tf.Variable([[60.0, -60.0, 0.0], [-60.0, 60.0, 0.0], [0.0, 0.0, 0.0]])
    with tf.GradientTape() as tape:
        value = built(ONE_HOT, logits)

    assert np.isfinite(float(value))
    assert np.isfinite(tape.gradient(value, logits).numpy()).all()


def test_a_loss_reads_back(losses):
    import keras

    loss = losses.SeverityLoss((0.5, 1.0, 3.0), 1.5, 0.1)

    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))

    assert float(again(ONE_HOT, LOGITS)) == pytest.approx(float(loss(ONE_HOT, LOGITS)))
