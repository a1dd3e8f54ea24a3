"""Decisions on labels as a CSV file: which rows a person, or an audit, keeps, drops or doubts, and what training makes of them.

A row is named by study, condition, side and level, as its label is. Where such files are kept is `review_files`.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Self

import pandas as pd

from lsdc.config import LeaveOut, SplitConfig, TrainingConfig
from lsdc.dataset.checked_csv import (
    CsvSource,
    parse_numbers,
    read_text_table,
    refuse,
    refuse_duplicates,
    refuse_other_words,
    unusable,
)
from lsdc.dataset.splits import split_rows
from lsdc.errors import MissingFileError, TableError
from lsdc.labels import Condition, Level, Side
from lsdc.spreadsheets import as_cell, from_cell

# What names a label; its point is found in the label table.
LABEL_KEYS = ("study_id", "condition", "side", "level")
REVIEW_COLUMNS = (*LABEL_KEYS, "decision", "reason", "reviewer", "when")
# All 48,657 labels of the challenge, each with a sentence, are a third of it.
MAX_REVIEW_BYTES = 16 * 2**20


class Decision(StrEnum):
    """What is to become of a label."""

    KEEP = "keep"
    DROP = "drop"
    DOUBT = "doubt"


LEFT_OUT_DECISIONS = {
    LeaveOut.DROPPED: (Decision.DROP,),
    LeaveOut.DOUBTED_TOO: (Decision.DROP, Decision.DOUBT),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Review:
    """A file of decisions whose columns and words are in order.

    Args:
        name: The file's name.
        table: `REVIEW_COLUMNS`; a label stands once. `when` is text that pandas reads as a time.
        content: The bytes that it was read from.
    """

    name: str
    table: pd.DataFrame
    content: bytes

    @classmethod
    def parse(cls, content: bytes, name: str) -> Self:
        """Read the bytes of a file, and refuse it for what is wrong in it.

        Raises:
            TableError: If it is too large or no CSV, lacks a column, or holds a value or a repeated row that cannot be.
        """
        source = CsvSource(
            name=name,
            remedy=f"Correct {name}.",
            origin=f"A review has the columns {', '.join(REVIEW_COLUMNS)}, as Compare writes them",
        )
        if len(content) > MAX_REVIEW_BYTES:
            raise unusable(source, f"has more than {MAX_REVIEW_BYTES // 2**20} MiB.")
        table = read_text_table(io.BytesIO(content), source, REVIEW_COLUMNS).copy()
        table["reason"] = table["reason"].map(from_cell)
        parse_numbers(table, source, whole=("study_id",))
        for column, words in (("condition", Condition), ("side", Side), ("level", Level), ("decision", Decision)):
            refuse_other_words(table, source, column, list(words))
        refuse(table, source, "reviewer", table["reviewer"].str.strip() == "", "who decided")
        refuse(table, source, "when", moments(table).isna(), "a time such as 2026-01-31T12:00:00+00:00")
        refuse_duplicates(table, source, LABEL_KEYS)
        return cls(name=name, table=table, content=content)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file.

        Raises:
            MissingFileError: If it is not there.
            TableError: As `parse`.
        """
        if not path.is_file():
            raise MissingFileError(
                f"There is no label review {path}.",
                "Expected the path of a CSV of decisions on labels.",
                "Correct the path, or ask for none.",
            )
        return cls.parse(path.read_bytes(), path.name)

    @classmethod
    def asked_for(cls, config: TrainingConfig) -> Self | None:
        """The review that hyperparameters name; None if they name none. Errors as `read`."""
        return cls.read(config.review_path) if config.review_path else None

    @cached_property
    def sha256(self) -> str:
        """What names the content of the file."""
        return hashlib.sha256(self.content).hexdigest()

    def refuse_unknown_labels(self, table: pd.DataFrame) -> None:
        """Refuse the review if it decides on labels that are not in a label table.

        Raises:
            TableError: If so; the first one is named.
        """
        known = table[list(LABEL_KEYS)].drop_duplicates()
        unknown = self.table.merge(known, on=list(LABEL_KEYS), how="left", indicator=True).query(
            "_merge == 'left_only'"
        )
        if unknown.empty:
            return
        first = ", ".join(f"{key} {unknown.iloc[0][key]}" for key in LABEL_KEYS)
        raise TableError(
            f"{self.name} decides on {len(unknown)} of {len(self.table)} labels that are not in this data set; the first "
            f"is {first}.",
            "Every row of a review is a row of the label table.",
            "Take the review that was made of this data set.",
        )

    def leaves_out(self, rows: pd.DataFrame, decisions: LeaveOut) -> pd.Series:
        """Which rows of a label table it wants out of training, bool, aligned with their index."""
        wanted = self.table[self.table["decision"].isin(LEFT_OUT_DECISIONS[decisions])]
        named = pd.MultiIndex.from_frame(rows[list(LABEL_KEYS)])
        return pd.Series(named.isin(pd.MultiIndex.from_frame(wanted[list(LABEL_KEYS)])), index=rows.index)


def divide_rows(
    rows: pd.DataFrame, config: TrainingConfig, review: Review | None, *, held_out: SplitConfig | None = None
) -> pd.Series:
    """Divide labelled rows as a run does, the training rows that its review leaves out being a part of their own.

    Args:
        rows: As `rows_for_training` gives them.
        config: The hyperparameters.
        review: The review that they ask for.
        held_out: What fixes the rows of validation and test, as for `split_rows`.

    Returns:
        A `Part` for each row, as text, aligned with `rows.index`.

    Raises:
        SplitError: If the rows cannot be divided as asked.
    """
    left_out = review.leaves_out(rows, config.leave_out) if review else None
    return split_rows(rows, config.split, left_out=left_out, held_out=held_out)


def moments(table: pd.DataFrame) -> pd.Series:
    """When each decision was made; missing where the text is no time. A time without a zone is one of Greenwich."""
    return pd.to_datetime(table["when"], utc=True, format="ISO8601", errors="coerce")


def as_csv(table: pd.DataFrame) -> bytes:
    """The bytes of a file with these decisions."""
    cells = table[list(REVIEW_COLUMNS)].assign(reason=table["reason"].map(as_cell))
    return cells.to_csv(index=False, lineterminator="\n").encode()
