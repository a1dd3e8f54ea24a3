"""The label table: one row per labelled point, the single table that everything else reads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from lsdc import labels
from lsdc.config import TrainingConfig
from lsdc.dataset.challenge_files import (
    GRADES_FILE,
    PHANTOM_FILE,
    POINTS_FILE,
    SERIES_FILE,
    SERIES_KEYS,
    read_grades,
    read_points,
    read_series,
)
from lsdc.errors import MissingFileError, TableError
from lsdc.files import read_json, replacing, write_parquet
from lsdc.labels import TARGETS, Condition, Level, Severity, Target

COLUMNS = (
    "study_id",
    "series_id",
    "instance_number",
    "condition",
    "side",
    "level",
    "x",
    "y",
    "series_description",
    "severity",
    "image",
)
SORT_KEYS = ["study_id", "series_id", "instance_number", "condition", "side", "level", "x", "y"]
SEVERITY_TYPE = pd.CategoricalDtype([severity.value for severity in Severity], ordered=True)


def load_label_table(data_root: Path) -> pd.DataFrame:
    """Join the three CSV files of a data set to one row per labelled point.

    A point without a grade stays, with a missing severity; so does a point whose image is not there, which only
    fails when the image is read. Studies and grades without a point have no row.

    Returns:
        `COLUMNS`, sorted by `SORT_KEYS`. `x` and `y` are in pixels as published, `severity` is an ordered categorical,
        `image` is the path of the slice relative to `data_root`, with forward slashes.

    Raises:
        MissingFileError: If the folder or one of the files is not there.
        TableError: If one of the files is not as published, or they contradict each other.
    """
    grades, points, series = read_grades(data_root), read_points(data_root), read_series(data_root)
    _refuse_unknown(points, grades, ["study_id"], GRADES_FILE)
    _refuse_unknown(points, series, list(SERIES_KEYS), SERIES_FILE)
    table = _with_condition_and_side(points)
    table = table.merge(series, on=list(SERIES_KEYS), how="left")
    table = table.merge(one_row_per_grade(grades), on=["study_id", "condition", "side", "level"], how="left")
    table["image"] = _image_paths(table)
    return table[list(COLUMNS)].sort_values(SORT_KEYS, ignore_index=True)


def load_series_table(data_root: Path) -> pd.DataFrame:
    """Read which series a data set has: `study_id`, `series_id`, `series_description`, sorted.

    Raises:
        MissingFileError: If the folder or the file is not there.
        TableError: If the file is not as published.
    """
    return read_series(data_root).sort_values(list(SERIES_KEYS), ignore_index=True)


def one_row_per_grade(grades: pd.DataFrame) -> pd.DataFrame:
    """The grades of train.csv, each in a row of its own.

    Args:
        grades: As `read_grades` gives them.

    Returns:
        `study_id`, `severity`, `condition`, `side` and `level`: 25 rows of each study, with a missing severity where it is
        not graded.
    """
    meaning = pd.DataFrame(
        [
            (target.column(level), target.condition.value, target.side.value, level.value)
            for target in TARGETS
            for level in Level
        ],
        columns=["column", "condition", "side", "level"],
    )
    rows = grades.melt(id_vars="study_id", var_name="column", value_name="severity").merge(meaning, on="column")
    rows["severity"] = rows["severity"].mask(rows["severity"] == "").astype(SEVERITY_TYPE)
    return rows.drop(columns="column")


def select_rows(
    table: pd.DataFrame,
    *,
    targets: Sequence[Target] | None = None,
    levels: Sequence[Level] | None = None,
    sequence: labels.Sequence | None = None,
) -> pd.DataFrame:
    """Keep the rows of some targets, levels or one sequence; None keeps all."""
    keep = pd.Series(data=True, index=table.index)
    if targets is not None:
        keep &= (table["condition"] + " " + table["side"]).isin([f"{t.condition} {t.side}" for t in targets])
    if levels is not None:
        keep &= table["level"].isin([level.value for level in levels])
    if sequence is not None:
        keep &= table["series_description"] == sequence.value
    return table[keep].reset_index(drop=True)


def labelled(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows that have a grade."""
    return table[table["severity"].notna()].reset_index(drop=True)


def balance(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the labelled rows of studies that are not completely normal.

    For one target, a study is dropped when it has exactly five labelled rows, one per level, and all are Normal/Mild.
    For several, when it has five for each of the targets in `table`, and all are Normal/Mild. A study with fewer
    rows stays: what was not graded may not have been normal.
    """
    rows = labelled(table)
    num_targets = len(rows[["condition", "side"]].drop_duplicates())
    by_study = rows.assign(normal=rows["severity"] == Severity.NORMAL_MILD).groupby("study_id")["normal"]
    complete = by_study.transform("size") == len(Level) * num_targets
    return rows[~(complete & by_study.transform("all"))].reset_index(drop=True)


def rows_for_training(table: pd.DataFrame, config: TrainingConfig) -> pd.DataFrame:
    """The labelled rows that a run learns from and is judged on, before they are divided.

    Each condition is taken from the sequence on which the challenge marks it. Balancing looks at all five levels,
    whichever of them are learnt.

    Raises:
        TableError: If no rows remain.
    """
    rows = select_rows(table, targets=config.targets)
    sequences = {condition.value: condition.sequence.value for condition in Condition}
    rows = rows[rows["series_description"] == rows["condition"].map(sequences)]
    rows = balance(rows) if config.balance else labelled(rows)
    rows = select_rows(rows, levels=config.levels)
    if rows.empty:
        raise TableError(
            "No labelled rows remain for these conditions, sides and levels.",
            "A run needs labelled points on the sequence of each condition.",
            "Choose other conditions, sides or levels, or keep the all-normal studies.",
        )
    return rows


def require_images(data_root: Path) -> None:
    """Refuse a data set that is tables alone.

    Raises:
        MissingFileError: If there is no folder of images, or it is empty.
    """
    folder = data_root / "train_images"
    if not folder.is_dir() or not any(folder.iterdir()):
        raise MissingFileError(
            f"{folder} is missing or empty.",
            "Expected the images as train_images/<study>/<series>/<instance>.dcm.",
            "Download and unpack the images of the challenge beside the tables, or make a phantom: python -m lsdc demo.",
        )


def studies_without_images(table: pd.DataFrame, data_root: Path) -> list[int]:
    """Studies of `table` whose image folder is missing or holds no series, sorted."""
    folders = {study: data_root / "train_images" / str(study) for study in sorted(table["study_id"].unique())}
    return [int(study) for study, folder in folders.items() if not (folder.is_dir() and any(folder.iterdir()))]


def is_synthetic(data_root: Path) -> bool:
    """Whether a data set was generated: phantoms carry `phantom.json`."""
    return (data_root / PHANTOM_FILE).is_file()


def data_fingerprint(table: pd.DataFrame, data_root: Path) -> str:
    """Name a data set by its content, alike on every machine and in every order of rows.

    The sha256 of the sorted label table, with the generator's version and the seed of a phantom data set; never of
    pixels or paths.
    """
    content = table.drop(columns="image").sort_values(SORT_KEYS).to_csv(index=False, lineterminator="\n")
    if is_synthetic(data_root):
        phantom = read_json(data_root / PHANTOM_FILE)
        content += f"phantom version {phantom['generator_version']} seed {phantom['seed']}\n"
    return hashlib.sha256(content.encode()).hexdigest()


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Replace `path` by `table`, as CSV or Parquet by its suffix.

    Raises:
        TableError: If the suffix is neither.
    """
    match path.suffix.lower():
        case ".csv":
            with replacing(path) as temporary:
                table.to_csv(temporary, index=False, lineterminator="\n")
        case ".parquet":
            write_parquet(path, table)
        case suffix:
            raise TableError(
                f"A table cannot be written as “{suffix}”.", "Expected .csv or .parquet.", f"Rename {path.name}."
            )


def _with_condition_and_side(points: pd.DataFrame) -> pd.DataFrame:
    titles = points["condition"]
    return points.assign(
        condition=titles.map({target.title: target.condition.value for target in TARGETS}),
        side=titles.map({target.title: target.side.value for target in TARGETS}),
    )


def _image_paths(table: pd.DataFrame) -> pd.Series:
    study, series, instance = (table[key].astype(str) for key in ("study_id", "series_id", "instance_number"))
    return "train_images/" + study + "/" + series + "/" + instance + ".dcm"


def _refuse_unknown(points: pd.DataFrame, known: pd.DataFrame, keys: list[str], name: str) -> None:
    unknown = points.merge(known[keys], on=keys, how="left", indicator=True).query("_merge == 'left_only'")
    if unknown.empty:
        return
    first = ", ".join(f"{key} {unknown.iloc[0][key]}" for key in keys)
    raise TableError(
        f"{POINTS_FILE} has {len(unknown)} points whose {' and '.join(keys)} are not in {name}; the first is {first}.",
        "Every point belongs to a study and a series that the other files name.",
        f"Take the three files from the same download; {name} may be cut short.",
    )
