"""A contact sheet: crops beside each other by grade, each of which can be opened."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from lsdc.charts.palette import REFERENCE, SEVERITY_COLORS
from lsdc.labels import Severity
from lsdc.ui.crops import PictureOfCrop

_PARTS = Path(__file__).parent / "components"

_component = st.components.v2.component(
    "contact_sheet",
    html=(_PARTS / "contact_sheet.html").read_text(encoding="utf-8"),
    css=(_PARTS / "contact_sheet.css").read_text(encoding="utf-8"),
    js=(_PARTS / "contact_sheet.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, kw_only=True)
class SheetCrop:
    """A crop on the sheet.

    Args:
        picture: The crop, or why there is none.
        title: All that is known of it, for the pointer and for readers who do not see it.
        words: The lines below it, the first of them first.
        open: Called when somebody opens it.
    """

    picture: PictureOfCrop
    title: str
    words: Sequence[str]
    open: Callable[[], None]


@dataclass(frozen=True, kw_only=True)
class SheetGroup:
    """The crops of one grade.

    Args:
        severity: None for points without a grade.
        rows: How many there are on all pages together.
        crops: Those of this page.
    """

    severity: Severity | None
    rows: int
    crops: Sequence[SheetCrop]


def draw_contact_sheet(groups: Sequence[SheetGroup], *, key: str) -> None:
    """Draw the groups beside each other, as many as fit."""
    crops = [crop for group in groups for crop in group.crops]
    _component(
        key=key,
        data={"groups": [_group_data(group) for group in groups]},
        on_opened_change=partial(_open, key, crops),
    )


def _group_data(group: SheetGroup) -> dict[str, object]:
    return {
        "title": group.severity or "No grade",
        "color": SEVERITY_COLORS[group.severity] if group.severity else REFERENCE,
        "count": f"{group.rows:,}",
        "none": "No more on this page.",
        "crops": [_crop_data(crop) for crop in group.crops],
    }


def _crop_data(crop: SheetCrop) -> dict[str, object]:
    png = crop.picture.png
    return {
        "image": png and "data:image/png;base64," + base64.b64encode(png).decode("ascii"),
        "reason": crop.picture.reason,
        "title": crop.title,
        "words": list(crop.words),
    }


def _open(key: str, crops: Sequence[SheetCrop]) -> None:
    place = st.session_state[key]["opened"]
    if place is not None:
        crops[int(place)].open()
