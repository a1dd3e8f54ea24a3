"""“What am I looking at?”: levels, planes, sequences, conditions and grades, each on a picture of a phantom."""

from __future__ import annotations

import streamlit as st

from lsdc.charts.help import SEQUENCES, SYNTHETIC, condition_words, grade_picture, sequence_picture
from lsdc.labels import Condition, Severity


def offer_help(*, key: str) -> None:
    """Draw the button that opens the panel."""
    if st.button("What am I looking at?", icon=":material/help:", type="tertiary", key=f"help_{key}"):
        _show_help()


@st.dialog("What am I looking at?", width="large")
def _show_help() -> None:
    planes, conditions = st.tabs(["Levels and planes", "Conditions and grades"])
    with planes:
        for sequence, column in zip(SEQUENCES, st.columns(len(SEQUENCES)), strict=True):
            with column:
                st.image(sequence_picture(sequence), alt=f"A phantom's {sequence} slice with its points.")
                st.caption(SEQUENCES[sequence])
    with conditions:
        for condition in Condition:
            st.markdown(condition_words(condition))
            with st.container(horizontal=True):
                for severity in Severity:
                    picture = grade_picture(condition, severity)
                    st.image(picture, caption=severity.value, width=180, alt=f"{condition.display}, {severity}.")
    st.caption(SYNTHETIC)
