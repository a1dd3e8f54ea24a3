"""The CSV files of the challenge, read and checked as they are published.

What is wrong in them is refused here, with the row and the column named. What they mean together is `tables`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lsdc import labels
from lsdc.errors import MissingFileError, TableError
from lsdc.labels import TARGETS, Level, Severity

GRADES_FILE = "train.csv"
POINTS_FILE = "train_label_coordinates.csv"
SERIES_FILE = "train_series_descriptions.csv"
PHANTOM_FILE = "phantom.json"

SERIES_KEYS = ("study_id", "series_id")
POINT_KEYS = ("study_id", "series_id", "instance_number", "condition", "level")
GRADE_COLUMNS = tuple(target.column(level) for target in TARGETS for level in Level)

_HOW_TO_GET_DATA = (
    "Download the data of “RSNA 2024 Lumbar Spine Degenerative Classification” from its challenge page on Kaggle, "
    "or make phantom data with `python -m lsdc demo --out DIR`."
)


def read_grades(data_root: Path) -> pd.DataFrame:
    """Read train.csv: one row per study.

    Returns:
        `study_id` (int64) and the 25 grade columns, as words; "" where a grade is missing.

    Raises:
        MissingFileError: If the folder or the file is not there.
        TableError: If the content is not as published.
    """
    table = _read_csv(data_root, GRADES_FILE, ("study_id", *GRADE_COLUMNS))
    _parse_numbers(table, GRADES_FILE, whole=("study_id",))
    for column in GRADE_COLUMNS:
        _refuse_other_words(table, GRADES_FILE, column, ("", *Severity))
    _refuse_duplicates(table, GRADES_FILE, ("study_id",))
    return table


def read_points(data_root: Path) -> pd.DataFrame:
    """Read train_label_coordinates.csv: one row per labelled point.

    Returns:
        `POINT_KEYS`, the condition still with its side as in `Left Subarticular Stenosis`, and `x`, `y` in pixels.

    Raises:
        MissingFileError: If the folder or the file is not there.
        TableError: If the content is not as published.
    """
    table = _read_csv(data_root, POINTS_FILE, (*POINT_KEYS, "x", "y"))
    _parse_numbers(table, POINTS_FILE, whole=("study_id", "series_id", "instance_number"), real=("x", "y"))
    _refuse_other_words(table, POINTS_FILE, "condition", [target.title for target in TARGETS])
    _refuse_other_words(table, POINTS_FILE, "level", list(Level))
    _refuse_duplicates(table, POINTS_FILE, POINT_KEYS)
    return table


def read_series(data_root: Path) -> pd.DataFrame:
    """Read train_series_descriptions.csv: one row per series.

    Returns:
        `study_id`, `series_id` (int64) and `series_description`, one of `Sequence`.

    Raises:
        MissingFileError: If the folder or the file is not there.
        TableError: If the content is not as published.
    """
    table = _read_csv(data_root, SERIES_FILE, (*SERIES_KEYS, "series_description"))
    _parse_numbers(table, SERIES_FILE, whole=SERIES_KEYS)
    _refuse_other_words(table, SERIES_FILE, "series_description", list(labels.Sequence))
    _refuse_duplicates(table, SERIES_FILE, SERIES_KEYS)
    return table


def _read_csv(data_root: Path, name: str, columns: Sequence[str]) -> pd.DataFrame:
    path = data_root / name
    if not data_root.is_dir():
        raise MissingFileError(
            f"There is no folder {data_root}.", "A data set is a folder with train.csv in it.", _HOW_TO_GET_DATA
        )
    if not path.is_file():
        raise MissingFileError(
            f"{name} is missing from {data_root}.",
            f"Expected {GRADES_FILE}, {POINTS_FILE} and {SERIES_FILE} side by side.",
            _HOW_TO_GET_DATA,
        )
    try:
        # Everything as text first, so that a value that is not a number can be shown as it stands in the file.
        # utf-8-sig takes the mark that spreadsheets put in front.
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise _unusable(name, f"cannot be read as CSV: {error}.") from error
    if not isinstance(table.index, pd.RangeIndex):
        # pandas would take the first column for row names, and every value would stand under its neighbour's header.
        raise _unusable(name, "has rows that are longer than its header.")
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise TableError(
            f"{name} has no column {', '.join(missing)}.",
            f"It has {', '.join(map(str, table.columns))}.",
            f"Take {name} as the challenge publishes it; further columns do no harm.",
        )
    if table.empty:
        raise _unusable(name, "has a header and no rows.")
    return table[list(columns)]


def _parse_numbers(table: pd.DataFrame, name: str, *, whole: Sequence[str], real: Sequence[str] = ()) -> None:
    for column in whole:
        # Eighteen digits are the most that always fit into int64.
        _refuse(table, name, column, ~table[column].str.fullmatch(r"[0-9]{1,18}"), "a whole number")
        table[column] = table[column].astype("int64")
    for column in real:
        numbers = pd.to_numeric(table[column], errors="coerce")
        _refuse(table, name, column, ~np.isfinite(numbers), "a finite number")
        table[column] = numbers.astype("float64")


def _refuse_other_words(table: pd.DataFrame, name: str, column: str, words: Sequence[str]) -> None:
    expected = "one of " + ", ".join(f"“{word}”" if word else "empty" for word in words)
    _refuse(table, name, column, ~table[column].isin([str(word) for word in words]), expected)


def _refuse(table: pd.DataFrame, name: str, column: str, wrong: pd.Series, expected: str) -> None:
    if not wrong.any():
        return
    first = table[wrong].iloc[0]
    raise TableError(
        f"{name} holds “{first[column]}” in column {column} of study {first['study_id']}{_and_others(int(wrong.sum()))}.",
        f"Expected {expected}.",
        f"Correct {name}, or download it again.",
    )


def _refuse_duplicates(table: pd.DataFrame, name: str, keys: Sequence[str]) -> None:
    repeated = table.duplicated(list(keys))
    if not repeated.any():
        return
    first = table[repeated].iloc[0]
    row = ", ".join(f"{key} {first[key]}" for key in keys)
    raise TableError(
        f"{name} has more than one row with {row}{_and_others(int(repeated.sum()))}.",
        f"Every {', '.join(keys)} stands once.",
        "Delete the repeated rows; which of them is right, only the source can tell.",
    )


def _and_others(count: int) -> str:
    return f" (and {count - 1} more such rows)" if count > 1 else ""


def _unusable(name: str, reason: str) -> TableError:
    return TableError(
        f"{name} {reason}", "Expected comma-separated text with a header and rows.", f"Download {name} again."
    )
