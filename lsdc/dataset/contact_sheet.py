"""Which rows of a label table stand on which page of a contact sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lsdc.labels import Severity

# By grade; None are the points that nobody graded.
Sheet = Mapping[Severity | None, np.ndarray]


def sheet_order(table: pd.DataFrame, *, seed: int | None = None) -> Sheet:
    """The places of the rows of each grade, in the order in which a contact sheet shows them.

    Args:
        table: A label table.
        seed: Of a random order; None keeps the order of the table, which is by study.

    Returns:
        The grades that there are, in their order; points without a grade last.
    """
    codes = table["severity"].cat.codes.to_numpy()
    ranks: dict[Severity | None, int] = {**{severity: severity.rank for severity in Severity}, None: -1}
    places = {severity: np.flatnonzero(codes == rank) for severity, rank in ranks.items() if (codes == rank).any()}
    if seed is None:
        return places
    return {severity: np.random.default_rng([seed, len(rows)]).permutation(rows) for severity, rows in places.items()}


def count_pages(sheet: Sheet, per_grade: int) -> int:
    """Pages until the largest grade is at its end; at least one."""
    return max([1, *(math.ceil(len(places) / per_grade) for places in sheet.values())])


def sheet_page(sheet: Sheet, page: int, per_grade: int) -> Sheet:
    """What stands on a page, counted from 1; a grade that is at its end before has no rows there."""
    return {severity: places[(page - 1) * per_grade : page * per_grade] for severity, places in sheet.items()}
