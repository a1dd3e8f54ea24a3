"""CSV files that people write: read as text, and refused, with the row and the column named, for what is wrong in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from lsdc.errors import TableError

# pandas names each column by itself: the commas of a few megabytes would take it hours.
MAX_COLUMNS = 200
MAX_TWO_LINES_BYTES = 2**16
MAX_SHOWN_LETTERS = 300


@dataclass(frozen=True, kw_only=True)
class CsvSource:
    """Where a table comes from, for the words of a refusal.

    Args:
        name: The file's name.
        remedy: What to do when a value in it is wrong.
        origin: Where a whole one is to be had.
    """

    name: str
    remedy: str
    origin: str


def read_text_table(file: Path | IO[bytes], source: CsvSource, columns: Sequence[str]) -> pd.DataFrame:
    """Read some columns as text, so that a value that is not a number can be shown as it stands in the file.

    Raises:
        TableError: If it is no CSV, has more than `MAX_COLUMNS` columns, or lacks a column.
    """
    _refuse_wide(file, source)
    try:
        # utf-8-sig takes the mark that spreadsheets put in front.
        table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise unusable(source, f"cannot be read as CSV: {error}.") from error
    if not isinstance(table.index, pd.RangeIndex):
        # pandas would take the first column for row names, and every value would stand under its neighbour's header.
        raise unusable(source, "has rows that are longer than its header.")
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise TableError(
            f"{source.name} has no column {', '.join(missing)}.",
            f"It has {_shown(', '.join(map(str, table.columns)))}.",
            f"{source.origin}; further columns do no harm.",
        )
    return table[list(columns)]


def parse_numbers(table: pd.DataFrame, source: CsvSource, *, whole: Sequence[str], real: Sequence[str] = ()) -> None:
    """Turn columns into int64 and float64, in place."""
    for column in whole:
        # Eighteen digits are the most that always fit into int64.
        refuse(table, source, column, ~table[column].str.fullmatch(r"[0-9]{1,18}"), "a whole number")
        table[column] = table[column].astype("int64")
    for column in real:
        numbers = pd.to_numeric(table[column], errors="coerce")
        refuse(table, source, column, ~np.isfinite(numbers), "a finite number")
        table[column] = numbers.astype("float64")


def refuse_other_words(table: pd.DataFrame, source: CsvSource, column: str, words: Sequence[str]) -> None:
    """Refuse a column that holds anything but these words."""
    expected = "one of " + ", ".join(f"“{word}”" if word else "empty" for word in words)
    refuse(table, source, column, ~table[column].isin([str(word) for word in words]), expected)


def refuse_duplicates(table: pd.DataFrame, source: CsvSource, keys: Sequence[str]) -> None:
    """Refuse a table in which two rows have the same keys."""
    repeated = table.duplicated(list(keys))
    if not repeated.any():
        return
    first = table[repeated].iloc[0]
    row = ", ".join(f"{key} {first[key]}" for key in keys)
    raise TableError(
        f"{source.name} has more than one row with {row}{_and_others(int(repeated.sum()))}.",
        f"Every {', '.join(keys)} stands once.",
        "Delete the repeated rows; which of them is right, only the source can tell.",
    )


def refuse(table: pd.DataFrame, source: CsvSource, column: str, wrong: pd.Series, expected: str) -> None:
    """Refuse a table for a column in which some rows, bool (rows,), are wrong."""
    if not wrong.any():
        return
    first = table[wrong].iloc[0]
    raise TableError(
        f"{source.name} holds “{_shown(first[column])}” in column {column} of study {_shown(first['study_id'])}"
        f"{_and_others(int(wrong.sum()))}.",
        f"Expected {expected}.",
        source.remedy,
    )


def unusable(source: CsvSource, reason: str) -> TableError:
    """The refusal of a file as a whole."""
    return TableError(
        f"{source.name} {reason}", "Expected comma-separated text with a header and rows.", f"{source.origin}."
    )


def _refuse_wide(file: Path | IO[bytes], source: CsvSource) -> None:
    """Refuse a table whose header or first row, by which pandas counts columns, is too wide to be one."""
    if isinstance(file, Path):
        with file.open("rb") as opened:
            head = opened.read(MAX_TWO_LINES_BYTES)
    else:
        head = file.read(MAX_TWO_LINES_BYTES)
        file.seek(0)
    text = io.StringIO(head.decode("utf-8", errors="replace"), newline="")
    # pandas passes over lines that hold nothing but blanks.
    lines = (line for line in csv.reader(text) if len(line) > 1 or "".join(line).strip())
    first_two = list(islice(lines, 2))
    if any(len(line) > MAX_COLUMNS for line in first_two):
        raise unusable(source, f"has more than {MAX_COLUMNS} columns.")
    if len(head) == MAX_TWO_LINES_BYTES and next(lines, None) is None:
        raise unusable(source, f"has a header and a first row of more than {MAX_TWO_LINES_BYTES // 2**10} KiB.")


def _shown(text: object) -> str:
    """A cell, or its beginning, in a sentence."""
    words = str(text)
    return words if len(words) <= MAX_SHOWN_LETTERS else f"{words[:MAX_SHOWN_LETTERS]}…"


def _and_others(count: int) -> str:
    return f" (and {count - 1} more such rows)" if count > 1 else ""
