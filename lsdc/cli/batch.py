"""`python -m lsdc predict --points`: grade a whole data set, and write the challenge's submission."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from lsdc.cli.options import print_json
from lsdc.dataset.challenge_files import read_points_file
from lsdc.dataset.tables import write_table
from lsdc.prediction.batch import Batch, images_folder
from lsdc.prediction.finding import CANNOT_TELL
from lsdc.prediction.submission import submission
from lsdc.runs import RunFolder

GRADES_FILE, SUBMISSION_FILE, MISSING_FILE = "grades.csv", "submission.csv", "missing.csv"
REASONS_SHOWN = 5


def grade_data_set(
    runs: Sequence[RunFolder], points: Path, folder: Path, out: Path, *, coverage: float, as_json: bool
) -> None:
    """Grade the points of a CSV, and tell what came of it.

    Args:
        runs: Each point is graded by the first of them that learned it.
        points: The CSV.
        folder: Holds the studies' folders, or `train_images` or `test_images` with them.
        out: Gets the grades, the submission, and what is missing from it.
        coverage: How many points each run is to answer, the surest: from 0 to 1. The submission has all of them.
        as_json: Whether to print one JSON object.
    """
    images = images_folder(folder)
    batch = Batch(runs=runs, points=read_points_file(points), images=images, out=out, coverage=coverage)
    grades = batch.grade(_say_progress)
    studies = sorted({*grades["study_id"].tolist(), *_studies_in(images)})
    cells = submission(grades, studies, runs)
    missing = cells[cells["reason"].notna()]
    for name, table in (
        (GRADES_FILE, grades),
        (MISSING_FILE, missing[["row_id", "reason"]]),
        (SUBMISSION_FILE, cells.drop(columns="reason")),
    ):
        write_table(table, out / name)
    _say(grades, cells, missing, out, as_json=as_json)


def _studies_in(images: Path) -> list[int]:
    return [int(path.name) for path in images.iterdir() if path.is_dir() and path.name.isdecimal()]


def _say_progress(done: int, total: int) -> None:
    print(f"\r{done} of {total} points", end="" if done < total else "\n", file=sys.stderr, flush=True)


def _say(grades: pd.DataFrame, cells: pd.DataFrame, missing: pd.DataFrame, out: Path, *, as_json: bool) -> None:
    graded = int(grades["severity"].notna().sum())
    unsure = int((grades["answer"] == CANNOT_TELL).sum())
    if as_json:
        print_json(
            {
                "points": len(grades),
                "graded": graded,
                "not_graded": len(grades) - graded,
                "cannot_tell": unsure,
                "cells": len(cells),
                "cells_without_answer": len(missing),
                "out": str(out),
                "notice": "Research use only; not a medical device.",
            }
        )
        return
    print(f"{graded:,} of {len(grades):,} points graded: {out / GRADES_FILE}")
    if unsure:
        print(f"  of {unsure:,} of them the run cannot tell")
    if graded < len(grades):
        reasons = grades["reason"].value_counts()
        for reason, count in reasons.head(REASONS_SHOWN).items():
            print(f"  {count:,} not: {reason}")
        if len(reasons) > REASONS_SHOWN:
            print(f"  {reasons.iloc[REASONS_SHOWN:].sum():,} not, for {len(reasons) - REASONS_SHOWN} more reasons")
    print(f"{len(cells):,} cells: {out / SUBMISSION_FILE}")
    if len(missing):
        print(f"  {len(missing):,} of them have no answer and got the class shares: {out / MISSING_FILE}")
    print("Research use only; not a medical device.")
