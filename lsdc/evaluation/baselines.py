"""Graders that see no pixels. A network that does not beat them has learnt nothing from its images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from lsdc.dataset.splits import Part
from lsdc.errors import TableError
from lsdc.evaluation.predictions import labels_of, with_probabilities
from lsdc.evaluation.weighted import NUM_CLASSES

COORDINATES = ["x_fraction", "y_fraction"]


# scikit-learn is imported where a baseline is fitted: it takes longer than the rest of this package together, and a
# page that reads scores fits none.


def constant() -> Any:
    """Gives every point the class shares of the training rows."""
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


def level_only() -> Any:
    """Knows the disc level and, with several conditions or sides, which of them is graded there."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    return make_pipeline(
        make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["place"])), LogisticRegression(max_iter=1000)
    )


def level_and_coordinates() -> Any:
    """Knows where the point lies in the image as well, up to quadratic terms."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

    position = make_pipeline(StandardScaler(), PolynomialFeatures(degree=2, include_bias=False))
    return make_pipeline(
        make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["place"]), (position, COORDINATES)),
        LogisticRegression(max_iter=1000),
    )


LEVEL_ONLY = "level only"
BASELINES: dict[str, Callable[[], Any]] = {
    "constant": constant,
    LEVEL_ONLY: level_only,
    "level + coordinates": level_and_coordinates,
}


def baseline_predictions(predictions: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Let each baseline learn from the training rows of a run and grade all of its rows.

    Args:
        predictions: A predictions table; its probabilities are not looked at.

    Returns:
        By the name of the baseline, the same table with the baseline's probabilities.

    Raises:
        TableError: If there are no training rows.
    """
    train = predictions[predictions["split"] == Part.TRAIN]
    if train.empty:
        raise TableError(
            "The predictions have no training rows.",
            "Baselines learn from the rows that the run learned from.",
            "Repeat the run, so that its training rows are predicted too.",
        )
    # Where all training rows have one grade there is nothing to fit, and every baseline is the constant one.
    can_fit = len(train["label"].unique()) > 1
    return {
        name: _graded(predictions, (make if can_fit else constant)().fit(_features(train), labels_of(train)))
        for name, make in BASELINES.items()
    }


def _features(rows: pd.DataFrame) -> pd.DataFrame:
    # One category for each thing that is graded at each level, since levels differ by condition.
    return rows[COORDINATES].assign(place=rows["condition"] + " " + rows["side"] + " " + rows["level"])


def _graded(predictions: pd.DataFrame, grader: Any) -> pd.DataFrame:
    probabilities = np.zeros((len(predictions), NUM_CLASSES))
    # A grade that no training row has is unknown to the grader, and so gets 0.
    probabilities[:, grader.classes_] = grader.predict_proba(_features(predictions))
    return with_probabilities(predictions, probabilities)
