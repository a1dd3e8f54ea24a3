"""The Cases tab: the contact sheet, or one study. The address says which."""

from bisect import bisect_left, bisect_right

import pandas as pd
import streamlit as st

from lsdc.ui.case import StudyAddress
from lsdc.ui.datasets import DataSet, load_grades, load_series_names
from lsdc.ui.errors import as_text
from pages.explore.cut import choose_crop
from pages.explore.sheet import draw_sheet
from pages.explore.study import draw_study

STUDY = "explore_study"


def draw_cases(data: DataSet, table: pd.DataFrame) -> None:
    """Draw the choice of a study, and it or the contact sheet.

    Args:
        data: The data set in use.
        table: The rows of its label table that the filter keeps; any study can be asked for all the same.
    """
    address = StudyAddress.from_query()
    studies = [str(study) for study in table["study_id"].unique()]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _choose_study(studies, address)
        with st.container(width="content"):
            crop = choose_crop()
    if not address.study:
        draw_sheet(data, table, crop)
    elif address.study in _all_studies(data):
        if address.study not in studies:
            st.caption("The filters keep no point of this study. It is shown because the address names it.")
        draw_study(data, address, crop)
    else:
        st.warning(
            f"The data set {as_text(data.name)} has no study “{as_text(address.study)}”. The address may be meant for "
            "another data set: choose it under **Data** at the top, or another study here.",
            icon=":material/search_off:",
        )


def _choose_study(studies: list[str], address: StudyAddress) -> None:
    """Draw the box with the studies of the filter, in which any number can be typed, and the steps among them."""
    st.session_state[STUDY] = address.study or None
    st.selectbox(
        "Study",
        studies if address.study in ("", *studies) else [address.study, *studies],
        placeholder=f"One of {len(studies):,}, or any number",
        accept_new_options=True,
        on_change=_take_study,
        key=STUDY,
        width=280,
    )
    if not address.study:
        return
    if address.study.isdecimal():
        numbers, own = [int(study) for study in studies], int(address.study)
        before, after = numbers[: bisect_left(numbers, own)], numbers[bisect_right(numbers, own) :]
        _step("Previous", ":material/chevron_left:", before[-1] if before else None)
        _step("Next", ":material/chevron_right:", after[0] if after else None)
    st.button("Contact sheet", icon=":material/grid_view:", on_click=StudyAddress().go, key="explore_to_sheet")


def _step(label: str, icon: str, study: int | None) -> None:
    st.button(
        label,
        icon=icon,
        disabled=study is None,
        on_click=StudyAddress(study=str(study)).go,
        key=f"explore_{label.lower()}",
    )


def _take_study() -> None:
    StudyAddress(study=(st.session_state[STUDY] or "").strip()).go()


def _all_studies(data: DataSet) -> set[str]:
    return {
        str(study) for table in (load_grades(data), load_series_names(data)) for study in table["study_id"].unique()
    }
