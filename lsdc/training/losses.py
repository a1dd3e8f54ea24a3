"""What a wrong probability costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from lsdc.config import Loss, TrainingConfig
from lsdc.labels import Severity

# Of Normal/Mild, Moderate and Severe, as the challenge weights them.
CHALLENGE_WEIGHTS = (1.0, 2.0, 4.0)

Weights = tuple[float, float, float]


def loss_weights(loss: Loss, labels: NDArray[np.int64]) -> Weights:
    """What each grade's rows count in a loss, scaled so that a training row counts 1 on average.

    Args:
        loss: The loss.
        labels: int (rows,), ranks of the training rows.

    Returns:
        A number for each grade, by rank. A grade without rows counts as much as the rarest that has some.
    """
    shares = np.bincount(labels, minlength=len(Severity)) / len(labels)
    match loss:
        case Loss.CLASS_WEIGHTED:
            weights = 1 / np.maximum(shares, shares[shares > 0].min())
        case Loss.SEVERITY_WEIGHTED:
            weights = np.array(CHALLENGE_WEIGHTS)
        case Loss.CROSS_ENTROPY | Loss.FOCAL:
            weights = np.ones(len(Severity))
    normal, moderate, severe = (weights / (weights * shares).sum()).tolist()
    return normal, moderate, severe


@keras.saving.register_keras_serializable(package="lsdc")
class SeverityLoss(keras.losses.Loss):
    """Cross-entropy on logits, with a weight for each grade, the focal factor (1 − p)^γ, and smoothed labels.

    Args:
        weights: Of the grades, by rank.
        gamma: The focal exponent; 0 is cross-entropy.
        smoothing: Share of each label that is spread evenly over the grades.
    """

    def __init__(
        self,
        weights: Sequence[float] = (1.0, 1.0, 1.0),
        gamma: float = 0.0,
        smoothing: float = 0.0,
        name: str = "severity_loss",
        **keywords: Any,
    ) -> None:
        super().__init__(name=name, **keywords)
        self.weights, self.gamma, self.smoothing = tuple(weights), gamma, smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each row (batch,), from one-hot or blended labels and logits, both (batch, 3)."""
        logits = ops.cast(y_pred, "float32")
        labels = ops.cast(y_true, "float32") * (1 - self.smoothing) + self.smoothing / len(Severity)
        log_probabilities = ops.log_softmax(logits, axis=-1)
        costs = -labels * np.array(self.weights, np.float32) * log_probabilities
        if self.gamma:
            # The base is kept off 0, where a power has no gradient.
            costs = costs * ops.power(ops.maximum(1 - ops.exp(log_probabilities), 1e-6), self.gamma)
        return ops.sum(costs, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """What a saved graph needs to build this loss again."""
        own = {"weights": list(self.weights), "gamma": self.gamma, "smoothing": self.smoothing}
        return {**super().get_config(), **own}


def build_loss(config: TrainingConfig, loss: Loss, weights: Weights) -> SeverityLoss:
    """A loss with the strengths of a config and these weights of the grades."""
    gamma = config.focal_gamma if loss is Loss.FOCAL else 0.0
    return SeverityLoss(weights, gamma, config.label_smoothing)
