"""The contact sheet: crops of the points of the filter, by grade."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from lsdc.config import CropConfig
from lsdc.dataset.contact_sheet import (
    Sheet,
    count_pages,
    describe_point,
    point_words,
    sheet_order,
    sheet_page,
)
from lsdc.ui.case import StudyAddress
from lsdc.ui.contact_sheet import SheetCrop, SheetGroup, draw_contact_sheet
from lsdc.ui.crops import load_crops
from lsdc.ui.datasets import DataSet
from pages.explore.address import PAGE, read_number, write_word
from pages.explore.cut import describe_crop

PER_PAGE = 60
BY_STUDY, AT_RANDOM = "By study", "At random"
# The seed of a random order, in the address.
SAMPLE, MOST_SEED = "sample", 2**31 - 1
ORDER = "explore_sheet_order"


def draw_sheet(data: DataSet, table: pd.DataFrame, crop: CropConfig) -> None:
    """Draw a page of the sheet.

    Args:
        data: The data set in use.
        table: The rows of its label table that the filter keeps.
        crop: How the crops are cut.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        seed = _choose_order()
        sheet = sheet_order(table, seed=seed)
        per_grade = PER_PAGE // len(sheet)
        page = _choose_page(count_pages(sheet, per_grade))
    groups = _groups(data, table, sheet, sheet_page(sheet, page, per_grade), crop)
    draw_contact_sheet(groups, key="explore_sheet")
    st.caption(
        f"{describe_crop(crop.model_copy(update={'neighbours': 0}))} Each with its level, the patient's side and the study; "
        "a click opens the case."
    )


def _choose_order() -> int | None:
    """Draw the choice of the order; the seed of a random one, None for that of the studies."""
    seed = read_number(SAMPLE, -1, lowest=0, highest=MOST_SEED)
    st.session_state[ORDER] = BY_STUDY if seed < 0 else AT_RANDOM
    order = st.segmented_control(
        "Order",
        [BY_STUDY, AT_RANDOM],
        required=True,
        label_visibility="collapsed",
        on_change=_take_order,
        key=ORDER,
    )
    if order == BY_STUDY:
        return None
    st.button(
        "Another sample",
        icon=":material/shuffle:",
        on_click=_take_sample,
        args=((seed + 1) % MOST_SEED,),
        key="explore_another_sample",
    )
    return seed


def _take_order() -> None:
    _take_sample(0 if st.session_state[ORDER] == AT_RANDOM else None)


def _take_sample(seed: int | None) -> None:
    write_word(SAMPLE, None if seed is None else str(seed))
    # Another order begins at the first page.
    write_word(PAGE, None)


def _choose_page(pages: int) -> int:
    # Another number of pages is another widget: it may not hold a page that there is no more.
    key = f"explore_sheet_page_{pages}"
    st.session_state[key] = read_number(PAGE, 1, lowest=1, highest=pages)
    return st.pagination(pages, on_change=_take_page, args=(key,), key=key)


def _take_page(key: str) -> None:
    page = st.session_state[key]
    write_word(PAGE, None if page == 1 else str(page))


def _groups(data: DataSet, table: pd.DataFrame, sheet: Sheet, shown: Sheet, crop: CropConfig) -> list[SheetGroup]:
    points = {severity: table.iloc[places].to_dict(orient="records") for severity, places in shown.items()}
    several = len(table["condition"].unique()) > 1
    return [
        SheetGroup(severity=severity, rows=len(sheet[severity]), crops=_crops(data, rows, crop, several=several))
        for severity, rows in points.items()
    ]


def _crops(data: DataSet, points: Sequence[Mapping[str, Any]], crop: CropConfig, *, several: bool) -> list[SheetCrop]:
    return [
        SheetCrop(
            picture=picture,
            title=describe_point(point),
            words=point_words(point, several=several),
            open=StudyAddress.of_point(point).go,
        )
        for point, picture in zip(points, load_crops(data, points, crop), strict=True)
    ]
