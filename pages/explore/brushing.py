"""Charts that filter: a click on a mark chooses its rows for all charts, one more takes that back."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from lsdc.charts.brushing import SELECTION, brushable
from lsdc.charts.titled import TitledLayers
from lsdc.dataset.filters import Filter
from lsdc.ui.case import CASES_TAB, StudyAddress
from lsdc.ui.charts import FinishedChart, Link, finish, show_chart
from lsdc.ui.datasets import DataSet, FileVersion, table_versions
from pages.explore.address import read_filter, write_filter, write_tab
from pages.explore.filters import filtered


def show_brushable(
    data: DataSet, chosen: Filter, draw: Callable[[pd.DataFrame], TitledLayers], *, by: Sequence[str], name: str
) -> None:
    """Draw a chart whose marks filter.

    It shows the rows beside the chosen ones too, so that another click can choose them.

    Args:
        data: The data set in use.
        chosen: The filter in use.
        draw: Makes the chart, which has the columns `by`, of the rows that the rest of the filter keeps.
        by: The dimensions that a click chooses, under their columns' names.
        name: Of the chart and, as a file, of its numbers.
    """
    chart, title, sentence = _finished(data.root, table_versions(data.root), chosen, tuple(by), name, data, draw)
    marked = [sorted(getattr(chosen, dimension)) for dimension in by]
    # Another choice makes another chart, in which nothing was clicked yet: each click is news.
    key = f"explore_{name}_{sorted(marked)}"
    show_chart(
        chart,
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


# A resource, not a copy for each reader: nobody writes into it.
@st.cache_resource(max_entries=128, show_spinner=False)
def _finished(
    root: Path,  # noqa: ARG001  # key
    versions: tuple[FileVersion, ...],  # noqa: ARG001  # key
    chosen: Filter,
    by: tuple[str, ...],
    name: str,  # noqa: ARG001  # key, which stands for `draw`
    _data: DataSet,
    _draw: Callable[[pd.DataFrame], TitledLayers],
) -> tuple[FinishedChart, str, str]:
    """The chart with its title and its sentence."""
    drawn = _draw(filtered(_data, chosen.without(*by)))
    marked = {dimension: getattr(chosen, dimension) for dimension in by}
    return finish(brushable(drawn.chart, marked)), drawn.title, drawn.sentence
