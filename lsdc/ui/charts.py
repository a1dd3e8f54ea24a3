"""Charts on a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import altair as alt
import streamlit as st
from altair.utils import schemapi

# A chart is checked against Vega-Lite's schema when it is drawn; so are all its parts as they are made, unless told.
schemapi.disable_debug_mode()

# As `textColor` in config.toml; numbers inside a chart are not reached by Streamlit's theme.
TEXT_COLORS = {"light": "#1c2429", "dark": "#e3e8ea"}


def show_chart(
    chart: alt.LayerChart,
    *,
    sentence: str,
    title: str = "",
    key: str | None = None,
    on_select: Callable[[], None] | None = None,
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """Draw a chart under its title, with one sentence that says what it shows; it is the chart's text alternative too.

    Args:
        chart: The chart.
        sentence: What it shows.
        title: Stands above it.
        key: Of its state, where a click is told.
        on_select: Called after a click on a chart that lets one choose.
        width: Whether the chart fills its column, or is as wide as it says itself.
    """
    if title:
        st.markdown(f"#### {title}")
    # The theme is unknown until the browser has told it.
    color = TEXT_COLORS[st.context.theme.type or "light"]
    st.altair_chart(
        chart.configure_text(color=color), alt=sentence, key=key, on_select=on_select or "ignore", width=width
    )
    st.caption(sentence)
