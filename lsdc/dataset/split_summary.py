"""What a split makes of a label table: which rows, studies and grades each part has, and what parts share."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from lsdc.dataset.splits import Part

PARTS = (Part.TRAIN, Part.VALIDATION, Part.TEST)
IMAGE_KEYS = ["study_id", "series_id", "instance_number"]


def count_grades(rows: pd.DataFrame, parts: pd.Series) -> pd.DataFrame:
    """The grades of each part.

    Args:
        rows: Labelled rows.
        parts: A `Part` for each, aligned.

    Returns:
        Columns `part`, `severity`, `count` and `share` (of the part), in the order of `Part` and `Severity`; a row for
        each grade of each part that occurs.
    """
    order = [part.value for part in Part if (parts == part).any()]
    table = pd.DataFrame({"part": pd.Categorical(parts, order), "severity": rows["severity"].array})
    counts = table.groupby(["part", "severity"], observed=False).size().rename("count").reset_index()
    counts["part"] = counts["part"].astype("str")
    counts["share"] = counts["count"] / counts.groupby("part")["count"].transform("sum")
    return counts


def count_studies(rows: pd.DataFrame, parts: pd.Series) -> pd.Series:
    """How many studies have rows in each part that occurs."""
    studies = rows["study_id"].groupby(parts).nunique()
    return studies.reindex([part.value for part in Part if part in studies.index])


def shared_by_parts(rows: pd.DataFrame, parts: pd.Series) -> pd.DataFrame:
    """What is in two of training, validation and test.

    Returns:
        Columns `parts`, `studies` and `images`: how many are in both; zeros where nothing leaks.
    """
    found = []
    for one, other in combinations([part for part in PARTS if (parts == part).any()], 2):
        counts = [count_shared(rows[parts == one], rows[parts == other], keys) for keys in (["study_id"], IMAGE_KEYS)]
        found.append((f"{one} and {other}", *counts))
    return pd.DataFrame(found, columns=["parts", "studies", "images"])


def count_shared(one: pd.DataFrame, other: pd.DataFrame, keys: list[str]) -> int:
    """How many combinations of values of some columns are in both of two tables."""
    return len(one[keys].drop_duplicates().merge(other[keys].drop_duplicates(), on=keys))
