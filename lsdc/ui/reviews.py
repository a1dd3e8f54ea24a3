"""Label reviews as pages use them: which labels come first, and what has been decided."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from lsdc import settings
from lsdc.dataset.review_files import LabelKey, ReviewFile, list_review_files, review_file, sole_reviewer
from lsdc.dataset.reviews import LABEL_KEYS, Review
from lsdc.evaluation.doubtful_labels import doubtful_labels
from lsdc.runs import RunFolder
from lsdc.ui.case import data_set_of
from lsdc.ui.datasets import FileVersion, file_version
from lsdc.ui.scores import ScoredRun, load_predictions


def fingerprint_of(run: ScoredRun) -> str:
    """What names the data set whose labels a run was scored on."""
    return str(run.listed.run.data["fingerprint"])


def load_doubtful_labels(runs: Sequence[ScoredRun]) -> pd.DataFrame:
    """The labels that some runs of one data set hold out, the most doubted first; see `doubtful_labels`.

    Raises:
        CorruptRunError: If predictions cannot be read.
    """
    folders = [run.listed.run for run in runs]
    return _ranked(tuple((str(folder.path), file_version(folder.predictions_path)) for folder in folders))


def with_decisions(labels: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """The labels with the `decision` and the `reason` of a reviewer, missing where there is none yet."""
    return labels.merge(decided[[*LABEL_KEYS, "decision", "reason"]], on=list(LABEL_KEYS), how="left")


def keys_of(labels: pd.DataFrame) -> list[LabelKey]:
    """What names the label of each row."""
    return list(labels[list(LABEL_KEYS)].itertuples(index=False, name=None))


def file_of(fingerprint: str, reviewer: str) -> ReviewFile:
    """The file of a person's decisions. Raises `ReviewError` for a name that cannot be one."""
    return review_file(settings.reviews_root(), fingerprint, reviewer)


def files_of(fingerprint: str) -> list[ReviewFile]:
    """The files of all who have decided on labels of a data set."""
    return list_review_files(settings.reviews_root(), fingerprint)


def take_in(content: bytes, runs: Sequence[ScoredRun]) -> str:
    """Add an uploaded review to the decisions of the person who made it; returns a sentence on what came of it.

    It may decide on all labels of the data set if that is in use, and otherwise on those that the runs know.

    Raises:
        TableError: If it is not in order, or names a label that is not known.
        ReviewError: If it is not of one person.
    """
    review = Review.parse(content, "The file")
    data = data_set_of(runs[0].listed.run)
    known = [data.table] if data else [load_predictions(run.listed.run) for run in runs]
    review.refuse_unknown_labels(pd.concat([table[list(LABEL_KEYS)] for table in known]))
    file = file_of(fingerprint_of(runs[0]), sole_reviewer(review))
    taken = file.take_in(review)
    return f"{taken:,} of {len(review.table):,} decisions of {file.reviewer} were taken in; the others are older than what is here."


@st.cache_data(max_entries=16, show_spinner="Ranking labels …")
def _ranked(runs: tuple[tuple[str, FileVersion], ...]) -> pd.DataFrame:
    return doubtful_labels([RunFolder(Path(path)).predictions() for path, _ in runs])
