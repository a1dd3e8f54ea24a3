"""The folder and the CSV files of a phantom data set, in the layout of the challenge."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from lsdc.dataset.phantom.ceilings import best_possible
from lsdc.dataset.phantom.severity import READER_NOISE
from lsdc.dataset.phantom.spine import RECESS
from lsdc.errors import DataError
from lsdc.files import sync_folder, write_json
from lsdc.labels import TARGETS, Level, Side

PHANTOM_VERSION = 2
"""Raised with every change of the generator that changes what it makes."""

GRADE_COLUMNS = [target.column(level) for target in TARGETS for level in Level]
POINT_COLUMNS = ["study_id", "series_id", "instance_number", "condition", "level", "x", "y"]
SERIES_COLUMNS = ["study_id", "series_id", "series_description"]
POINT_DIGITS = 4
"""Decimals of `x` and `y`."""
TRUTH_COLUMNS = ["study_id", "condition", "side", "level", "narrowing", "severity"]


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """Give a temporary folder beside `out`, which becomes `out` when the block ends without an error.

    Raises:
        DataError: If `out` exists.
    """
    if out.exists():
        raise DataError(
            f"{out} exists already.",
            "A phantom data set is written to a new folder, so that nothing is overwritten.",
            "Choose another folder, or delete this one.",
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}-"))
    try:
        yield temporary
        temporary.chmod(0o755)  # mkdtemp makes it private
        temporary.rename(out)
        sync_folder(out.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_tables(
    folder: Path, *, grades: pd.DataFrame, points: pd.DataFrame, series: pd.DataFrame, truth: pd.DataFrame, seed: int
) -> None:
    """Write the three CSV files, the true narrowings, and `phantom.json` with the best possible scores on them."""
    grades = grades.sort_values("study_id")[["study_id", *GRADE_COLUMNS]]
    points = points.sort_values(POINT_COLUMNS[:5])[POINT_COLUMNS]
    grades.to_csv(folder / "train.csv", index=False, lineterminator="\n")
    points.to_csv(
        folder / "train_label_coordinates.csv", index=False, lineterminator="\n", float_format=f"%.{POINT_DIGITS}f"
    )
    series = series.sort_values(SERIES_COLUMNS[:2])[SERIES_COLUMNS]
    series.to_csv(folder / "train_series_descriptions.csv", index=False, lineterminator="\n")
    truth[TRUTH_COLUMNS].to_csv(folder / "phantom_truth.csv", index=False, lineterminator="\n", float_format="%.6f")
    ceiling = best_possible(truth, RECESS[Side.LEFT])
    about = {
        "synthetic": True,
        "generator_version": PHANTOM_VERSION,
        "seed": seed,
        "studies": len(grades),
        "reader_noise": READER_NOISE,
        # On the balanced left subarticular rows, as in the source report; null if every study is normal.
        "best_possible_rows": ceiling.rows if ceiling else 0,
        "best_possible_accuracy": ceiling and round(ceiling.accuracy, 4),
        "best_possible_quadratic_kappa": ceiling and round(ceiling.quadratic_kappa, 4),
        "best_possible_accuracy_from_level": ceiling and round(ceiling.level_only_accuracy, 4),
    }
    write_json(folder / "phantom.json", about)
