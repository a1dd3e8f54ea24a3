"""Metrics of parts of the scored rows: by level, side, condition, and what can be told of the images."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd

from lsdc.evaluation.intervals import intervals
from lsdc.evaluation.metrics import Metric
from lsdc.evaluation.predictions import IMAGE_COLUMNS


class Stratum(StrEnum):
    """What rows are divided by."""

    LEVEL = "level"
    SIDE = "side"
    CONDITION = "condition"
    SPACING = "pixel spacing"
    IMAGE_SIZE = "image size"


# The column that tells it, and how a part is written.
IMAGE_WORDS = {
    Stratum.SPACING: (IMAGE_COLUMNS[0], "{:.2f}–{:.2f} mm"),
    Stratum.IMAGE_SIZE: (IMAGE_COLUMNS[1], "{:.0f}–{:.0f} px"),
}


def strata(rows: pd.DataFrame, by: Stratum) -> pd.Series:
    """The part that each row belongs to, in words that sort well; missing where the table does not tell.

    Spacing and size are divided at the tertiles of the rows, so that parts are about equally large.
    """
    if by in IMAGE_WORDS:
        column, words = IMAGE_WORDS[by]
        return _tertiles(rows.get(column, pd.Series(np.nan, index=rows.index)), words)
    return rows[by.value].str.replace("_", " ")


def metric_by_stratum(rows: pd.DataFrame, by: Stratum, metric: Metric) -> pd.DataFrame:
    """A metric of each part with its interval.

    Returns:
        One row per part: `part`, `rows`, `studies`, `value`, `low`, `high`; NaN where undefined.
    """
    lines = []
    for part, members in rows.groupby(strata(rows, by), observed=True, sort=True):
        score = intervals(members.reset_index(drop=True), [metric])[metric.name]
        numbers = {"value": score.value, "low": score.low, "high": score.high}
        lines.append({"part": part, "rows": len(members), "studies": members["study_id"].nunique(), **numbers})
    columns = ["part", "rows", "studies", "value", "low", "high"]
    return pd.DataFrame(lines, columns=columns).astype(dict.fromkeys(columns[3:], "float64"))


def _tertiles(values: pd.Series, words: str) -> pd.Series:
    # By rank, so that equal values stay together; of few different ones there are fewer parts.
    part = (values.rank(pct=True, method="average") * 3).apply(np.ceil)
    of_part = values.groupby(part)
    low, high = of_part.transform("min"), of_part.transform("max")
    return pd.Series(
        [words.format(*ends) if not np.isnan(ends[0]) else None for ends in zip(low, high, strict=True)],
        index=values.index,
        dtype="object",
    )
