"""One labelled point, or one study, of the data set in use, as an address between pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import pandas as pd
import streamlit as st

from lsdc import settings
from lsdc.errors import LsdcError
from lsdc.labels import Condition, Level, Side, Target
from lsdc.runs import RunFolder
from lsdc.ui.datasets import DataSet, load_data_set, load_fingerprint
from lsdc.ui.runs import ListedRun

# The tab of Explore that shows studies.
CASES_TAB = "cases"

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


@dataclass(frozen=True, kw_only=True)
class StudyAddress:
    """What Explore shows of a study, by the words of the address of that page; an empty word leaves it to the page.

    Args:
        study: Its number; empty for none, which is the contact sheet.
        series: The number of the series on the left.
        slice: Its slice, by instance number.
        x: The column of the place that is marked on it.
        y: Its row.
        beside: The number of the series on the right.
        beside_slice: Its slice.
        point: The labelled point that is looked at, as its column of train.csv is called.
    """

    study: str = ""
    series: str = ""
    slice: str = ""
    x: str = ""
    y: str = ""
    beside: str = ""
    beside_slice: str = ""
    point: str = ""

    @classmethod
    def from_query(cls) -> Self:
        """What the address in the browser says."""
        return cls(**{word.name: st.query_params.get(word.name, "") for word in fields(cls)})

    @classmethod
    def of_point(cls, case: Mapping[str, Any]) -> Self:
        """Where a row of the label table is seen."""
        target = Target(Condition(case["condition"]), Side(case["side"]))
        return cls(
            study=str(case["study_id"]),
            series=str(case["series_id"]),
            slice=str(case["instance_number"]),
            point=target.column(Level(case["level"])),
        )

    def go(self) -> None:
        """Show it: for callbacks of the Explore page. Other words of the address stay."""
        for name, word in asdict(self).items():
            if word:
                st.query_params[name] = word
            elif name in st.query_params:
                del st.query_params[name]

    @property
    def link(self) -> dict[str, str]:
        """The words of a link from another page."""
        return {"tab": CASES_TAB, **{name: word for name, word in asdict(self).items() if word}}


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
