"""The bar of filters, which act on everything below it."""

import pandas as pd
import streamlit as st

from lsdc.charts.words import counted
from lsdc.dataset.filters import DIMENSIONS, Dimension, Filter, apply
from lsdc.dataset.tables import one_row_per_grade
from lsdc.labels import Condition
from lsdc.ui.datasets import DataSet, load_grades, split_parts
from lsdc.ui.errors import as_text
from pages.explore.address import read_filter, write_filter

TITLES = {
    "condition": "Condition",
    "side": "Side",
    "level": "Level",
    "severity": "Severity",
    "sequence": "Plane and sequence",
    "part": "Part of the split",
}
HELP = {
    "side": "The patient's side. The spinal canal has none: its points are on the midline.",
    "part": "As the presets divide all graded points: 15 % of the studies are for testing, a fifth of the others for "
    "validation, and no study is in two parts. A run that learns some of the conditions draws its own parts; see Splits.",
}


def choose_filter(data: DataSet) -> Filter:
    """Draw the bar; it shows what the address says, and a change goes into the address."""
    chosen, dropped = read_filter()
    if dropped:
        st.warning(
            f"The address of this page asks for what is not known here: {as_text(', '.join(dropped))}. It was left out.",
            icon=":material/link_off:",
        )
        write_filter(chosen)
    with st.container(key="explore_filters", gap="xsmall"):
        for dimension, column in zip(DIMENSIONS, st.columns(len(DIMENSIONS), gap="small"), strict=True):
            with column:
                _draw_dimension(dimension, chosen)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_count(data.table, filtered(data, chosen)), width="content")
            if chosen != Filter():
                st.button(
                    "Clear filters",
                    icon=":material/filter_alt_off:",
                    type="tertiary",
                    on_click=write_filter,
                    args=(Filter(),),
                    key="explore_clear",
                )
    return chosen


def filtered(data: DataSet, chosen: Filter) -> pd.DataFrame:
    """The rows of the data set that a filter keeps; with the column `split` where it chooses parts."""
    return apply(data.table.assign(split=split_parts(data)) if chosen.part else data.table, chosen)


def filtered_grades(data: DataSet, chosen: Filter) -> pd.DataFrame:
    """The grades of train.csv that a filter keeps, in rows as `one_row_per_grade`, whether or not their place was marked.

    A grade is of the sequence of its condition, and in the part of its study.
    """
    rows = one_row_per_grade(load_grades(data))
    rows["series_description"] = rows["condition"].map({word.value: word.sequence.value for word in Condition})
    if chosen.part:
        rows["split"] = rows["study_id"].map(split_parts(data).groupby(data.table["study_id"]).first())
    return apply(rows, chosen)


def _draw_dimension(dimension: Dimension, chosen: Filter) -> None:
    key = _key(dimension)
    st.session_state[key] = [value for value in dimension.words.values() if value in chosen.chosen(dimension)]
    st.multiselect(
        TITLES[dimension.name],
        list(dimension.words.values()),
        format_func=_display,
        placeholder="All",
        help=HELP.get(dimension.name),
        on_change=_take_chosen,
        key=key,
    )


def _take_chosen() -> None:
    write_filter(Filter(**{dimension.name: frozenset(st.session_state[_key(dimension)]) for dimension in DIMENSIONS}))


def _key(dimension: Dimension) -> str:
    return f"explore_{dimension.name}"


def _count(whole: pd.DataFrame, kept: pd.DataFrame) -> str:
    studies = counted(kept["study_id"].nunique(), "study", "studies")
    if len(kept) == len(whole):
        return f"All {counted(len(whole), 'point', 'points')} of {studies}. Choose above, or click a bar or a cell of a chart."
    return f"**{len(kept):,}** of {counted(len(whole), 'point', 'points')}, of {studies}."


def _display(value: str) -> str:
    return Condition(value).display if value in set(Condition) else value
