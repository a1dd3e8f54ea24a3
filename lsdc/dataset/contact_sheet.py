"""Which rows of a label table stand on which page of a contact sheet, and what stands below each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lsdc.labels import Condition, Severity, Side

# By grade; None are the points that nobody graded.
Sheet = Mapping[Severity | None, np.ndarray]

SHORT = {
    Condition.SPINAL_CANAL_STENOSIS: "canal",
    Condition.NEURAL_FORAMINAL_NARROWING: "foramen",
    Condition.SUBARTICULAR_STENOSIS: "subarticular",
}


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


def describe_point(point: Mapping[str, Any]) -> str:
    """All that is known of a row of the label table."""
    grade = Severity(point["severity"]) if pd.notna(point["severity"]) else "no grade"
    return f"{Condition(point['condition']).display}, {point['level']}, {point['side']}: {grade}. Study {point['study_id']}"


def point_words(point: Mapping[str, Any], *, several: bool) -> list[str]:
    """The lines below a crop: level and side, the condition if there are several, and the study."""
    side = "" if point["side"] == Side.MIDLINE else f" {point['side']}"
    condition = [SHORT[Condition(point["condition"])]] if several else []
    return [f"{point['level']}{side}", *condition, str(point["study_id"])]
