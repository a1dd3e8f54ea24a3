"""What the headers of the data set in use say, as charts want it: cached by the state of its files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from lsdc.dataset.filters import Filter, apply
from lsdc.dataset.image_facts import describe_series, place_points
from lsdc.ui.datasets import DataSet, FileVersion, load_series_names, split_parts, table_versions
from lsdc.ui.headers import headers_version, read_table


def placed_points(data: DataSet, chosen: Filter) -> pd.DataFrame:
    """The points that a filter keeps, as `place_points`; the headers must be read."""
    return apply(_placed(data.root, table_versions(data.root), headers_version(data), data), chosen)


def series_facts(data: DataSet, table: pd.DataFrame) -> pd.DataFrame:
    """The series of the studies and sequences of some points, as `describe_series`; the headers must be read."""
    facts = _facts(data.root, table_versions(data.root), headers_version(data), data)
    return facts[
        facts["study_id"].isin(table["study_id"]) & facts["series_description"].isin(table["series_description"])
    ]


# Resources, not a copy for each reader: nobody writes into them.


@st.cache_resource(max_entries=2, show_spinner="Placing the points …")
def _placed(
    root: Path,  # noqa: ARG001  # key
    versions: tuple[FileVersion, ...],  # noqa: ARG001  # key
    headers_file: FileVersion,
    _data: DataSet,
) -> pd.DataFrame:
    return place_points(_data.table.assign(split=split_parts(_data)), read_table(headers_file))


@st.cache_resource(max_entries=2, show_spinner="Measuring the series …")
def _facts(
    root: Path,  # noqa: ARG001  # key
    versions: tuple[FileVersion, ...],  # noqa: ARG001  # key
    headers_file: FileVersion,
    _data: DataSet,
) -> pd.DataFrame:
    return describe_series(load_series_names(_data), read_table(headers_file))
