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
from pages.explore.cut import describe_crop

PER_PAGE = 60
BY_STUDY, AT_RANDOM = "By study", "At random"
SEED = "explore_sheet_seed"


def draw_sheet(data: DataSet, table: pd.DataFrame, crop: CropConfig) -> None:
    """Draw a page of the sheet.

    Args:
        data: The data set in use.
        table: The rows of its label table that the filter keeps.
        crop: How the crops are cut.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        order = st.segmented_control(
            "Order",
            [BY_STUDY, AT_RANDOM],
            default=BY_STUDY,
            required=True,
            label_visibility="collapsed",
            key="explore_sheet_order",
            persist_state="session",
        )
        seed = _choose_seed() if order == AT_RANDOM else None
        sheet = sheet_order(table, seed=seed)
        # Other rows, or another order of them, begin at the first page.
        key = f"explore_sheet_page_{seed}_{len(table)}"
        per_grade = PER_PAGE // len(sheet)
        page = st.pagination(count_pages(sheet, per_grade), key=key, persist_state="session")
    groups = _groups(data, table, sheet, sheet_page(sheet, page, per_grade), crop)
    draw_contact_sheet(groups, key="explore_sheet")
    st.caption(
        f"{describe_crop(crop.model_copy(update={'neighbours': 0}))} Each with its level, the patient's side and the study; "
        "a click opens the case."
    )


def _choose_seed() -> int:
    seed = int(st.session_state.setdefault(SEED, 0))
    st.button("Another sample", icon=":material/shuffle:", on_click=_next_seed, key="explore_another_sample")
    return seed


def _next_seed() -> None:
    st.session_state[SEED] += 1


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
