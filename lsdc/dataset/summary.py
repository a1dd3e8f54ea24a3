"""A label table in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from lsdc.dataset.tables import balance, labelled, select_rows
from lsdc.labels import TARGETS, Level, Severity


@dataclass(frozen=True, kw_only=True)
class LabelSummary:
    """How many rows a label table has, and of which kinds.

    `by_level` and `by_severity` count labelled rows, in the order of the vocabulary.
    """

    rows: int
    labelled: int
    unlabelled: int
    studies: int
    series: int
    by_level: dict[str, int]
    by_severity: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        return asdict(self)


def summarize(table: pd.DataFrame) -> LabelSummary:
    """Count the rows of a label table, which may be empty."""
    graded = labelled(table)
    return LabelSummary(
        rows=len(table),
        labelled=len(graded),
        unlabelled=len(table) - len(graded),
        studies=table["study_id"].nunique(),
        series=len(table[["study_id", "series_id"]].drop_duplicates()),
        by_level=_counts(graded["level"], Level),
        by_severity=_counts(graded["severity"], Severity),
    )


def studies_by_balancing(table: pd.DataFrame) -> pd.DataFrame:
    """How many studies are dropped when one condition on one side is balanced alone.

    Returns:
        Columns `name`, `dropped` and `kept`; a row for each target of which `table` has graded rows.
    """
    rows = []
    for target in TARGETS:
        graded = labelled(select_rows(table, targets=[target]))
        studies, kept = graded["study_id"].nunique(), balance(graded)["study_id"].nunique()
        if studies:
            rows.append((target.title, studies - kept, kept))
    return pd.DataFrame(rows, columns=["name", "dropped", "kept"])


def _counts(words: pd.Series, vocabulary: type[StrEnum]) -> dict[str, int]:
    return {word.value: int((words == word.value).sum()) for word in vocabulary}
