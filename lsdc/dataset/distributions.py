"""Rows counted in bins before they are drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

NOT_SAID, OTHERS = "not said", "others"


def histogram(values: pd.DataFrame, column: str, step: float, by: str) -> pd.DataFrame:
    """Count rows in bins of one width, centred at its multiples.

    Args:
        values: Rows; those without a number in `column` are not counted.
        column: What is binned.
        step: The width of a bin.
        by: Rows of different words in this column are counted apart.

    Returns:
        Columns `by`, `value` (the middle of the bin), `low`, `high` and `count`, where that is not 0.
    """
    known = values[values[column].notna()]
    number = np.floor(known[column].astype("float64") / step + 0.5)
    counts = known.assign(number=number).groupby([by, "number"], observed=True).size().rename("count").reset_index()
    middle = counts.pop("number") * step
    return counts.assign(value=middle.round(6), low=(middle - step / 2).round(6), high=(middle + step / 2).round(6))


def density(points: pd.DataFrame, columns: tuple[str, str], step: float, by: tuple[str, str]) -> pd.DataFrame:
    """Count points in the cells of a grid.

    Args:
        points: Rows.
        columns: What lies to the right and what down.
        step: The side of a cell.
        by: Points of different words in these columns are counted apart.

    Returns:
        Columns `by`, `left`, `right`, `top`, `bottom`, `count`, and `shade`: the count as a share of the largest one of the
        same words. Cells without a point are absent.
    """
    across, down = (np.floor(points[name] / step) for name in columns)
    counts = (
        points.assign(across=across, down=down).groupby([*by, "across", "down"], observed=True).size().rename("count")
    ).reset_index()
    shade = counts["count"] / counts.groupby(list(by), observed=True)["count"].transform("max")
    left, top = counts.pop("across") * step, counts.pop("down") * step
    return counts.assign(
        left=left.round(6), right=(left + step).round(6), top=top.round(6), bottom=(top + step).round(6), shade=shade
    )


def count_words(words: pd.Series, most: int) -> pd.DataFrame:
    """How often each word or number occurs.

    Args:
        words: One for each row; a missing one counts as `NOT_SAID`.
        most: The most frequent ones that are counted apart, the others together as `OTHERS`.

    Returns:
        Columns `value`, as text, and `count`, the most frequent first, then `OTHERS`, then `NOT_SAID`.
    """
    counts = words.value_counts()
    rows = [(f"{value:g}" if isinstance(value, float) else str(value), count) for value, count in counts.items()]
    rest = [(OTHERS, sum(count for _, count in rows[most:])), (NOT_SAID, int(words.isna().sum()))]
    return pd.DataFrame([*rows[:most], *(row for row in rest if row[1])], columns=["value", "count"])


def spread(values: pd.DataFrame, column: str, by: str) -> pd.DataFrame:
    """The middle of the rows of each word, and where all but the outer tenths lie.

    Returns:
        Columns `by`, `low` (the 10th percentile), `median`, `high` (the 90th) and `count`; words without a number are absent.
    """
    groups = values[values[column].notna()].groupby(by, observed=True)[column]
    columns = {
        "low": groups.quantile(0.1),
        "median": groups.median(),
        "high": groups.quantile(0.9),
        "count": groups.size(),
    }
    return pd.DataFrame(columns).reset_index()
