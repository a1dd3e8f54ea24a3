"""One labelled point of the data set in use, as an address between pages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lsdc import settings
from lsdc.errors import LsdcError
from lsdc.runs import RunFolder
from lsdc.ui.datasets import DataSet, load_data_set, load_fingerprint
from lsdc.ui.runs import ListedRun

# What names a point in the label table.
CASE_KEYS = ("study_id", "series_id", "instance_number", "condition", "side", "level")


def case_address(case: Mapping[str, Any]) -> str:
    """A point as one word of an address.

    Examples:
        >>> case_address(dict(study_id=1, series_id=2, instance_number=3, condition="c", side="left", level="L4/L5"))
        '1 2 3 c left L4/L5'
    """
    return " ".join(str(case[key]) for key in CASE_KEYS)


def find_case(rows: pd.DataFrame, address: str) -> int | None:
    """The place in a table of points of the one that an address names; None if there is no such point."""
    words = address.split(" ")
    if len(words) != len(CASE_KEYS):
        return None
    left = rows.reset_index(drop=True)
    for key, word in zip(CASE_KEYS, words, strict=True):
        left = left[left[key].astype("str") == word]
    return None if left.empty else int(left.index[0])


def case_path(listed: ListedRun, case: Mapping[str, Any]) -> Path | None:
    """The image of a point that a run was scored on; None unless the data set in use is the one it learned from."""
    data = data_set_of(listed.run)
    if data is None:
        return None
    place = find_case(data.table, case_address(case))
    return None if place is None else data.root / data.table["image"].iloc[place]


def data_set_of(run: RunFolder) -> DataSet | None:
    """The data set in use, if it is the one that a run learned from: another one may have a study of the same number."""
    try:
        data = load_data_set(settings.data_root())
    except LsdcError:
        return None  # The frame of the page says what is wrong with it.
    return data if load_fingerprint(data) == run.data["fingerprint"] else None
