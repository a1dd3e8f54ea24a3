"""The decisions of each reviewer, in one file per data set and person: `<first letters of the fingerprint>/<name>.csv`.

Every decision replaces the file by a rename, under a lock: after any kill the file holds all decisions but at most the
last, and what two tabs or two people decide at once is all there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from filelock import FileLock

from lsdc.dataset.reviews import LABEL_KEYS, REVIEW_COLUMNS, Decision, Review, as_csv, moments
from lsdc.errors import ReviewError
from lsdc.files import write_with

# A letter or digit first, so that no name hides its file or leads out of the folder.
REVIEWER = re.compile(r"\w[\w .'-]{0,39}")
FINGERPRINT_LETTERS = 12

# Study, condition, side and level, as in `LABEL_KEYS`.
LabelKey = tuple[int, str, str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Change:
    """A decision that was made, and the one that it replaced.

    Args:
        key: Of the label.
        made: The new row, as a table of one row.
        former: The old one, as a table of one row or none.
    """

    key: LabelKey
    made: pd.DataFrame
    former: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class ReviewFile:
    """The decisions of one person on the labels of one data set."""

    folder: Path
    reviewer: str

    @property
    def path(self) -> Path:
        """The file; not there before the first decision."""
        return self.folder / f"{self.reviewer}.csv"

    def read(self) -> pd.DataFrame:
        """All decisions, in the order in which they were made; `REVIEW_COLUMNS`.

        Raises:
            TableError: If somebody has spoilt the file.
        """
        if not self.path.exists():
            return pd.DataFrame(
                {column: pd.Series(dtype="int64" if column == "study_id" else "str") for column in REVIEW_COLUMNS}
            )
        return Review.read(self.path).table

    def decide(self, key: LabelKey, decision: Decision, reason: str = "") -> Change:
        """Keep a decision in place of an earlier one on the same label. Errors as `take_in`."""
        row = dict(zip(LABEL_KEYS, key, strict=True)) | {
            "decision": decision.value,
            "reason": _one_line(reason),
            "reviewer": self.reviewer,
            "when": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        made = pd.DataFrame([row], columns=list(REVIEW_COLUMNS))
        with self._lock():
            review = self.read()
            former = review[_is_label(review, key)]
            self._write(review.drop(former.index), made)
        return Change(key=key, made=made, former=former)

    def undo(self, change: Change) -> None:
        """Put back what a decision has replaced.

        Raises:
            ReviewError: If the label has another decision by now, such as from another tab.
        """
        with self._lock():
            review = self.read()
            now = review[_is_label(review, change.key)]
            if now.to_dict("records") != change.made.to_dict("records"):
                raise ReviewError(
                    "This label was decided again elsewhere.",
                    "What is undone is the last decision on a label.",
                    "Decide on it anew.",
                )
            self._write(review.drop(now.index), change.former)

    def take_in(self, review: Review) -> int:
        """Add the decisions of a file as this reviewer's; of two on one label the later one counts.

        Returns:
            How many were taken.

        Raises:
            TableError: If this reviewer's file cannot be read, or could not be with these decisions in it.
        """
        new = review.table.assign(reason=review.table["reason"].map(_one_line), reviewer=self.reviewer)
        with self._lock():
            old = self.read()
            both = pd.concat([old.assign(taken=False), new.assign(taken=True)], ignore_index=True)
            order = moments(both).sort_values(kind="stable").index
            latest = both.loc[order].drop_duplicates(list(LABEL_KEYS), keep="last")
            self._write(latest)
        return int(latest["taken"].sum())

    def _write(self, *parts: pd.DataFrame) -> None:
        content = as_csv(pd.concat(parts, ignore_index=True))
        # What could not be read again would take all earlier decisions with it.
        Review.parse(content, self.path.name)
        write_with(self.path, lambda path: path.write_bytes(content))

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / f".{self.reviewer}.lock"):
            yield


def review_file(reviews_root: Path, fingerprint: str, reviewer: str) -> ReviewFile:
    """The file of a person's decisions on a data set.

    Raises:
        ReviewError: If the name cannot be the name of a file.
    """
    name = unicodedata.normalize("NFC", " ".join(reviewer.split()))
    if not REVIEWER.fullmatch(name) or name.endswith("."):
        raise ReviewError(
            f"“{name}” cannot be the name of a reviewer.",
            "Expected up to 40 letters, digits, spaces, points, hyphens and apostrophes, a letter or digit first.",
            "Choose another name; it becomes the name of a file.",
        )
    return ReviewFile(folder=reviews_root / fingerprint[:FINGERPRINT_LETTERS], reviewer=name)


def list_review_files(reviews_root: Path, fingerprint: str) -> list[ReviewFile]:
    """The files of all who have decided on labels of a data set, by name."""
    folder = reviews_root / fingerprint[:FINGERPRINT_LETTERS]
    names = sorted(path.stem for path in folder.glob("*.csv") if not path.name.startswith("."))
    return [ReviewFile(folder=folder, reviewer=name) for name in names]


def sole_reviewer(review: Review) -> str:
    """Who made all decisions of a file.

    Raises:
        ReviewError: If it holds none, or those of several people.
    """
    names = review.table["reviewer"].unique().tolist()
    if len(names) != 1:
        raise ReviewError(
            f"{review.name} holds the decisions of {len(names)} people.",
            "Expected those of one: each reviewer has a file of their own.",
            "Divide the file by its column reviewer.",
        )
    return str(names[0])


def _one_line(reason: str) -> str:
    """A reason without line breaks, so that a row of the file is a line in every program that reads it."""
    return " ".join(reason.split())


def _is_label(review: pd.DataFrame, key: LabelKey) -> pd.Series:
    return (review[list(LABEL_KEYS)] == list(key)).all(axis=1)
