"""Which slices a network looked at: the attention weights of a predictions table, summed up."""

from __future__ import annotations

import pandas as pd

from lsdc.evaluation.predictions import scored_rows

PREFIX = "attention_"


def attention_by_place(predictions: pd.DataFrame) -> pd.DataFrame:
    """How much each place of the stack weighed on the scored rows.

    Args:
        predictions: A predictions table; its columns `attention_1` … stand in the order of the stack, the point's own
            slice in the middle. A slice that was not there has the weight 0.

    Returns:
        One row per place: `place` (0 for the point's own slice, below 0 towards the feet or the right; mirrored points of
        sagittal slices run the other way), `rows` in which there was such a slice, its mean `weight` in them, and in what share of them it `decided`, having the largest
        weight. Empty if the network does not weigh its slices.
    """
    weights = scored_rows(predictions)[1].filter(regex=f"^{PREFIX}").to_numpy()
    there = weights > 0
    decided = weights == weights.max(axis=1, keepdims=True, initial=0)
    middle = weights.shape[1] // 2
    return pd.DataFrame(
        [
            {
                "place": place - middle,
                "rows": int(there[:, place].sum()),
                "weight": weights[there[:, place], place].mean(),
                "decided": decided[there[:, place], place].mean(),
            }
            for place in range(weights.shape[1])
            if there[:, place].any()
        ],
        columns=["place", "rows", "weight", "decided"],
    )
