"""Labels that runs doubt: each is judged by the runs that did not learn from it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lsdc.dataset.reviews import LABEL_KEYS
from lsdc.dataset.splits import Part
from lsdc.evaluation.formulas import row_losses
from lsdc.evaluation.predictions import ROW_KEYS, labels_of, probabilities_of
from lsdc.evaluation.weighted import WeightedRows

HELD_OUT = (Part.TEST.value, Part.VALIDATION.value)


def held_out_rows(predictions: pd.DataFrame) -> pd.DataFrame:
    """The rows that a run did not learn from; its validation rows chose its epoch, which is little beside that."""
    return predictions[predictions["split"].isin(HELD_OUT)].reset_index(drop=True)


def doubtful_labels(predictions: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rank labels by the mean log loss of the runs that hold them out, the most doubted first.

    The mean of logarithms is a joint verdict: one run that is surprised counts less than three that are. A label with
    several points is judged by the point that is doubted most.

    Args:
        predictions: The predictions table of each run, all of one data set.

    Returns:
        One row per label: `ROW_KEYS` of its point, `label`, `loss`, and `runs`, how many speak of it.

    Raises:
        TableError: If a probability is missing or not from 0 to 1.
    """
    heard = pd.concat([_losses(held_out_rows(table)) for table in predictions], ignore_index=True)
    points = heard.groupby([*ROW_KEYS, "label"], as_index=False).agg(loss=("loss", "mean"), runs=("loss", "size"))
    # With the keys behind, the order does not depend on that of the rows.
    order = {"loss": False, "runs": False} | dict.fromkeys(ROW_KEYS, True)
    ranked = points.sort_values(list(order), ascending=list(order.values()))
    return ranked.drop_duplicates(list(LABEL_KEYS)).reset_index(drop=True)


def _losses(rows: pd.DataFrame) -> pd.DataFrame:
    graded = WeightedRows.once(probabilities_of(rows), labels_of(rows))
    return rows[[*ROW_KEYS, "label"]].assign(loss=row_losses(graded))
