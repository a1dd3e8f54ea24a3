"""The predictions table: which columns it has, which of its rows a run is scored on, and what they are called."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsdc.dataset.splits import Part
from lsdc.errors import TableError
from lsdc.labels import Severity

ROW_KEYS = ("study_id", "series_id", "instance_number", "condition", "side", "level", "x", "y")
# In the order of `Severity.rank`.
PROBABILITY_COLUMNS = ("p_normal_mild", "p_moderate", "p_severe")
# A hash of the pixels that the network saw; tables of other programs need not have it.
CROP_COLUMN = "crop_hash"
# Of the image: millimetres between its columns, and how many there are. The same holds for them.
IMAGE_COLUMNS = ("spacing_mm", "image_px")
PREDICTION_COLUMNS = ("split", *ROW_KEYS, "x_fraction", "y_fraction", "label", *PROBABILITY_COLUMNS)


def probabilities_of(predictions: pd.DataFrame) -> NDArray[np.float64]:
    """The predicted probabilities.

    Returns:
        float64 (rows, 3), in the order of `Severity.rank`.

    Raises:
        TableError: If one of them is missing or not from 0 to 1.
    """
    probabilities = predictions[list(PROBABILITY_COLUMNS)].to_numpy("float64")
    # Written so that NaN, which compares as false, is refused too.
    if not np.all((probabilities >= 0) & (probabilities <= 1)):
        raise TableError(
            "The predictions hold a probability that is missing or not from 0 to 1.",
            f"Expected numbers from 0 to 1 in {', '.join(PROBABILITY_COLUMNS)}.",
            "Repeat the run; a smaller learning rate helps where training diverged.",
        )
    return probabilities


def with_probabilities(table: pd.DataFrame, probabilities: NDArray[np.float64]) -> pd.DataFrame:
    """The table with these probabilities, (rows, 3), instead of any that it had."""
    return table.assign(**dict(zip(PROBABILITY_COLUMNS, probabilities.T, strict=True)))


def labels_of(predictions: pd.DataFrame) -> NDArray[np.int64]:
    """The true grades as int64 (rows,), `Severity.rank`."""
    ranks = {severity.value: severity.rank for severity in Severity}
    return predictions["label"].map(ranks).to_numpy().astype("int64")


def scored_rows(predictions: pd.DataFrame) -> tuple[Part, pd.DataFrame]:
    """The rows that a run is judged by: its test rows, or its validation rows if it has none.

    Raises:
        TableError: If there are neither.
    """
    for part in (Part.TEST, Part.VALIDATION):
        rows = predictions[predictions["split"] == part]
        if not rows.empty:
            return part, rows.reset_index(drop=True)
    raise TableError(
        "There are no test rows and no validation rows to score.",
        "A run is judged on rows that it did not learn from.",
        "Repeat the run with another split.",
    )


def rows_fingerprint(rows: pd.DataFrame) -> str:
    """Name a set of rows, alike on every machine and in every order: the sha256 of their sorted keys."""
    keys = rows[list(ROW_KEYS)].sort_values(list(ROW_KEYS)).to_csv(index=False, lineterminator="\n")
    return hashlib.sha256(keys.encode()).hexdigest()
