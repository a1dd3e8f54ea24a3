"""Charts that filter: a click on a mark chooses its rows for all charts, one more takes that back."""

from collections.abc import Sequence
from functools import partial

import altair as alt
import streamlit as st

from lsdc.charts.brushing import SELECTION, brushable
from lsdc.dataset.filters import Filter
from lsdc.ui.case import CASES_TAB, StudyAddress
from lsdc.ui.charts import Link, show_chart
from pages.explore.address import read_filter, write_filter, write_tab


def show_brushable(
    chart: alt.LayerChart, *, by: Sequence[str], chosen: Filter, sentence: str, title: str, name: str
) -> None:
    """Draw a chart whose marks filter.

    Args:
        chart: Its rows have the columns `by`.
        by: The dimensions that a click chooses, under their columns' names.
        chosen: The filter in use.
        sentence: What the chart shows.
        title: Stands above it.
        name: Of its numbers as a file.
    """
    marked = {dimension: getattr(chosen, dimension) for dimension in by}
    # Another choice makes another chart, in which nothing was clicked yet: each click is news.
    key = f"explore_{name}_{sorted(map(sorted, marked.values()))}"
    show_chart(
        brushable(chart, marked),
        sentence=sentence,
        title=title,
        key=key,
        on_select=partial(_take_picked, key),
        file_name=f"{name}.csv",
        link=cases_link(name),
    )


def cases_link(name: str) -> Link:
    """Leads from the chart of that name to the cases of the filter in use."""
    return Link(
        label="See the cases",
        icon=":material/image_search:",
        on_click=_go_to_sheet,
        key=f"explore_cases_{name}",
    )


def _go_to_sheet() -> None:
    StudyAddress().go()
    write_tab(CASES_TAB)


def _take_picked(key: str) -> None:
    picked = st.session_state[key]["selection"][SELECTION]
    if picked:
        write_filter(read_filter()[0].toggled(picked[0]))
