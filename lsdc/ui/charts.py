"""Charts on a page."""

from __future__ import annotations

from typing import Literal

import altair as alt
import streamlit as st

# As `textColor` in config.toml; numbers inside a chart are not reached by Streamlit's theme.
TEXT_COLORS = {"light": "#1c2429", "dark": "#e3e8ea"}


def show_chart(
    chart: alt.LayerChart, *, sentence: str, title: str = "", width: Literal["stretch", "content"] = "stretch"
) -> None:
    """Draw a chart under its title, with one sentence that says what it shows; it is the chart's text alternative too.

    Args:
        chart: What is drawn.
        sentence: What it shows.
        title: Above it.
        width: Whether the chart fills its column, or is as wide as it says itself.
    """
    if title:
        st.markdown(f"#### {title}")
    # The theme is unknown until the browser has told it.
    color = TEXT_COLORS[st.context.theme.type or "light"]
    st.altair_chart(chart.configure_text(color=color), alt=sentence, width=width)
    st.caption(sentence)
