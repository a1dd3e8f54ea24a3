"""Charts on a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, cast

import altair as alt
import pandas as pd
import streamlit as st
from altair.utils import schemapi

from lsdc.charts.titled import NoChart, TitledFacets, TitledLayers

# The parts of a chart would be checked against Vega-Lite's schema as they are made; tests check whole charts.
schemapi.disable_debug_mode()

# As `textColor` in config.toml; numbers inside a chart are not reached by Streamlit's theme.
TEXT_COLORS = {"light": "#1c2429", "dark": "#e3e8ea"}


@dataclass(frozen=True, kw_only=True)
class Link:
    """A button beside a chart's title.

    Args:
        label: What it says.
        icon: As `:material/name:`.
        on_click: What it does.
        key: Unique on the page.
    """

    label: str
    icon: str
    on_click: Callable[[], None]
    key: str


@dataclass(frozen=True, kw_only=True, eq=False)
class FinishedChart:
    """A chart that was made, to be drawn many times: making it costs more than all the rest of drawing it.

    Args:
        spec: In Vega-Lite, with its data.
        numbers: The rows that it shows.
    """

    spec: dict[str, Any]
    numbers: pd.DataFrame


def finish(chart: alt.LayerChart) -> FinishedChart:
    """Make a chart. Checking it against Vega-Lite's schema takes as long again, and tests do that."""
    return FinishedChart(spec=chart.to_dict(validate=False), numbers=cast(pd.DataFrame, chart.data))


def show_chart(
    chart: alt.LayerChart | alt.FacetChart | FinishedChart,
    *,
    sentence: str,
    title: str = "",
    key: str | None = None,
    on_select: Callable[[], None] | None = None,
    width: Literal["stretch", "content"] = "stretch",
    file_name: str | None = None,
    link: Link | None = None,
) -> None:
    """Draw a chart under its title, with one sentence that says what it shows; it is the chart's text alternative too.

    Args:
        chart: The chart.
        sentence: What it shows.
        title: Stands above it.
        key: Of its state, where a click is told.
        on_select: Called after a click on a chart that lets one choose.
        width: Whether the chart fills its column, or is as wide as it says itself.
        file_name: Under which the numbers of the chart are offered as CSV; None offers none.
        link: Stands beside the title too.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if title:
            st.markdown(f"#### {title}", width="stretch")
        if link:
            st.button(link.label, icon=link.icon, type="tertiary", on_click=link.on_click, key=link.key)
        if file_name:
            _offer_numbers(chart, file_name)
    # The theme is unknown until the browser has told it.
    color = TEXT_COLORS[st.context.theme.type or "light"]
    selected: Callable[[], None] | Literal["ignore"] = on_select or "ignore"
    if isinstance(chart, FinishedChart):
        # Streamlit writes into what it is given. Altair's own theme, which stands under `config`, is not Streamlit's.
        spec = deepcopy(chart.spec) | {"config": {"text": {"color": color}}}
        st.vega_lite_chart(spec, alt=sentence, key=key, on_select=selected, width=width)
    else:
        st.altair_chart(chart.configure_text(color=color), alt=sentence, key=key, on_select=selected, width=width)
    st.caption(sentence)


def show_titled(titled: TitledLayers | TitledFacets | NoChart) -> None:
    """Draw a chart that brings its words, or why there is none."""
    if isinstance(titled, NoChart):
        st.markdown(f"#### {titled.title}")
        st.info(titled.reason, icon=":material/info:")
        return
    show_chart(
        titled.chart,
        sentence=titled.sentence,
        title=titled.title,
        # Pictures beside each other say themselves how wide they are.
        width="content" if isinstance(titled.chart, alt.FacetChart) else "stretch",
        file_name=f"{titled.name}.csv",
    )


def show_in_columns(charts: Sequence[TitledLayers | NoChart]) -> None:
    """Draw charts in two columns, from left to right."""
    for column, own in zip(st.columns(2, gap="large"), (charts[::2], charts[1::2]), strict=True):
        with column:
            for titled in own:
                show_titled(titled)


def _offer_numbers(chart: alt.LayerChart | alt.FacetChart | FinishedChart, file_name: str) -> None:
    numbers = chart.numbers if isinstance(chart, FinishedChart) else cast(pd.DataFrame, chart.data)
    st.download_button(
        "CSV",
        # Written only when somebody asks.
        lambda: numbers.to_csv(index=False, lineterminator="\n"),
        file_name=file_name,
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        help="The numbers of this chart.",
        on_click="ignore",
        key=f"csv_{file_name}",
    )
