"""The CSV files of the challenge, read and checked as they are published.

What is wrong in them is refused here, with the row and the column named. What they mean together is `tables`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from lsdc import labels
from lsdc.dataset.checked_csv import (
    CsvSource,
    parse_numbers,
    read_text_table,
    refuse_duplicates,
    refuse_other_words,
    unusable,
)
from lsdc.errors import MissingFileError
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
    table, source = _read_csv(data_root, GRADES_FILE, ("study_id", *GRADE_COLUMNS))
    parse_numbers(table, source, whole=("study_id",))
    for column in GRADE_COLUMNS:
        refuse_other_words(table, source, column, ("", *Severity))
    refuse_duplicates(table, source, ("study_id",))
    return table


def read_points(data_root: Path) -> pd.DataFrame:
    """Read train_label_coordinates.csv: one row per labelled point.

    Returns:
        `POINT_KEYS`, the condition still with its side as in `Left Subarticular Stenosis`, and `x`, `y` in pixels.

    Raises:
        MissingFileError: If the folder or the file is not there.
        TableError: If the content is not as published.
    """
    return _checked_points(*_read_csv(data_root, POINTS_FILE, (*POINT_KEYS, "x", "y")))


def read_points_file(path: Path) -> pd.DataFrame:
    """The same of any file in that form; a header without rows is refused too. Errors as above."""
    if not path.is_file():
        raise MissingFileError(
            f"There is no file {path}.",
            f"Expected a CSV with the columns {', '.join((*POINT_KEYS, 'x', 'y'))}.",
            "Check the path.",
        )
    origin, remedy = f"Write it as the challenge writes {POINTS_FILE}", f"Correct {path.name}."
    return _checked_points(*_read_table(path, (*POINT_KEYS, "x", "y"), origin=origin, remedy=remedy))


def _checked_points(table: pd.DataFrame, source: CsvSource) -> pd.DataFrame:
    parse_numbers(table, source, whole=("study_id", "series_id", "instance_number"), real=("x", "y"))
    refuse_other_words(table, source, "condition", [target.title for target in TARGETS])
    refuse_other_words(table, source, "level", list(Level))
    refuse_duplicates(table, source, POINT_KEYS)
    return table


def read_series(data_root: Path) -> pd.DataFrame:
    """Read train_series_descriptions.csv: one row per series.

    Returns:
        `study_id`, `series_id` (int64) and `series_description`, one of `Sequence`.

    Raises:
        MissingFileError: If the folder or the file is not there.
        TableError: If the content is not as published.
    """
    table, source = _read_csv(data_root, SERIES_FILE, (*SERIES_KEYS, "series_description"))
    parse_numbers(table, source, whole=SERIES_KEYS)
    refuse_other_words(table, source, "series_description", list(labels.Sequence))
    refuse_duplicates(table, source, SERIES_KEYS)
    return table


def _read_csv(data_root: Path, name: str, columns: Sequence[str]) -> tuple[pd.DataFrame, CsvSource]:
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
    return _read_table(
        path,
        columns,
        origin=f"Take {name} as the challenge publishes it",
        remedy=f"Correct {name}, or download it again.",
    )


def _read_table(path: Path, columns: Sequence[str], *, origin: str, remedy: str) -> tuple[pd.DataFrame, CsvSource]:
    source = CsvSource(name=path.name, remedy=remedy, origin=origin)
    table = read_text_table(path, source, columns)
    if table.empty:
        raise unusable(source, "has a header and no rows.")
    return table, source
