"""The model card to take away."""

from __future__ import annotations

import streamlit as st

from lsdc.evaluation.card_page import card_page
from lsdc.runs import RunFolder


def offer_card(run: RunFolder) -> None:
    """Draw the choice between the card as a web page and as Markdown; nothing for a run that has none yet."""
    if not run.has_model_card:
        return
    with st.popover("Model card", icon=":material/description:"):
        st.download_button(
            "Web page",
            data=lambda: card_page(run.model_card()),
            file_name=f"{run.run_id}.html",
            mime="text/html",
            icon=":material/download:",
            help="One file, to read, print and send.",
            on_click="ignore",
            width="stretch",
            key=f"card_html_{run.run_id}",
        )
        st.download_button(
            "Markdown",
            data=run.model_card,
            file_name=f"{run.run_id}.md",
            mime="text/markdown",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
            key=f"card_md_{run.run_id}",
        )
