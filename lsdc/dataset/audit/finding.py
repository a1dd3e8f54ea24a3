"""What a check has found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

# Names the case; what does not apply is missing, such as the level of a series. `detail` says what is odd about it, and
# `expected_*` where in the patient, LPS in mm, its point was to be expected.
CASE_COLUMNS = {
    "study_id": "int64",
    "series_id": "Int64",
    "instance_number": "Int64",
    "condition": "str",
    "side": "str",
    "level": "str",
    "x": "float64",
    "y": "float64",
    "image": "str",
    "detail": "str",
    "expected_x_mm": "float64",
    "expected_y_mm": "float64",
    "expected_z_mm": "float64",
}


class Importance(StrEnum):
    """How much a finding matters; the order of the members is that of their weight."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for an error, 2 for a note."""
        return list(Importance).index(self)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of finding.

    Args:
        slug: Its name for programs.
        title: Its name for people.
        meaning: What is wrong, and what to do about it.
        training: Whether training leaves such rows out, and why.
    """

    slug: str
    importance: Importance
    title: str
    meaning: str
    training: str


@dataclass(frozen=True, kw_only=True, eq=False)
class AuditFinding:
    """All cases of one kind in a data set; `rows` has `CASE_COLUMNS`."""

    kind: Kind
    rows: pd.DataFrame

    @property
    def count(self) -> int:
        """How many cases there are."""
        return len(self.rows)


def cases(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with `CASE_COLUMNS`, those that they lack being missing."""
    return rows.reindex(columns=list(CASE_COLUMNS)).astype(CASE_COLUMNS).reset_index(drop=True)


def in_words(form: str, *values: pd.Series) -> pd.Series:
    """A sentence for each row, with its values in the gaps of `form`; empty for no rows."""
    sentences = [form.format(*row) for row in zip(*values, strict=True)]
    return pd.Series(sentences, index=values[0].index, dtype="str")
