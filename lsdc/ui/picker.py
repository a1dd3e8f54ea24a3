"""A point chosen on an image: by a click, by arrow keys, or by typing its position."""

from __future__ import annotations

import base64
from dataclasses import asdict
from functools import partial
from pathlib import Path

import streamlit as st

from lsdc.dataset.geometry import PixelPoint
from lsdc.errors import PointOutsideImageError
from lsdc.ui.images import SCALE_BAR_MM, Picture

_PARTS = Path(__file__).parent / "components"
MAX_HEIGHT_PX = 620

_component = st.components.v2.component(
    "point_picker",
    html=(_PARTS / "point_picker.html").read_text(encoding="utf-8"),
    css=(_PARTS / "point_picker.css").read_text(encoding="utf-8"),
    js=(_PARTS / "point_picker.js").read_text(encoding="utf-8"),
)


def pick_point(picture: Picture, *, crop_mm: float | None, start: PixelPoint | None, key: str) -> PixelPoint:
    """Draw the image with its marker and two number inputs that follow each other.

    Args:
        picture: What is shown; positions are in its source pixels.
        crop_mm: Side of the outlined square, or None for no outline.
        start: Where the marker is at first; None is the middle.
        key: Unique to this image, so that another image starts afresh.

    Raises:
        PointOutsideImageError: If `start` is not on the picture.
    """
    if start is not None:
        _check_start(picture, start)
    first = start or PixelPoint(row=(picture.rows - 1) / 2, col=(picture.cols - 1) / 2)
    st.session_state.setdefault(f"{key}_x", round(first.col, 1))
    st.session_state.setdefault(f"{key}_y", round(first.row, 1))
    image, numbers = st.container(), st.container(horizontal=True)
    with numbers:
        col = _position("x (column)", picture.cols, key=f"{key}_x")
        row = _position("y (row)", picture.rows, key=f"{key}_y")
    point = PixelPoint(row=row, col=col)
    with image:
        _component(
            key=f"{key}_image",
            data=_component_data(picture, point, crop_mm),
            on_picked_change=partial(_take_picked, key),
        )
        st.caption("Click the image, or focus it and press the arrow keys; Shift moves by 10 px.")
    return point


def _check_start(picture: Picture, start: PixelPoint) -> None:
    # Streamlit would drop a value beyond a number input's bounds, and the marker would stand at 0 without a word.
    if not (0 <= start.row <= picture.rows - 1 and 0 <= start.col <= picture.cols - 1):
        raise PointOutsideImageError(
            f"The point (row {start.row:g}, col {start.col:g}) is not on the image.",
            f"Expected a row from 0 to {picture.rows - 1} and a col from 0 to {picture.cols - 1}.",
            "Choose another image; this one's label may belong to another slice.",
        )


def _position(label: str, size: int, *, key: str) -> float:
    return float(
        st.number_input(
            label,
            min_value=0.0,
            max_value=float(size - 1),
            step=1.0,
            format="%.1f",
            key=key,
            help="In pixels; 0 is the middle of the first one.",
        )
    )


def _take_picked(key: str) -> None:
    picked = st.session_state[f"{key}_image"]["picked"]
    if picked is not None:
        st.session_state[f"{key}_x"] = float(picked["col"])
        st.session_state[f"{key}_y"] = float(picked["row"])


def _component_data(picture: Picture, point: PixelPoint, crop_mm: float | None) -> dict[str, object]:
    return {
        "image": "data:image/png;base64," + base64.b64encode(picture.png).decode("ascii"),
        "rows": picture.rows,
        "cols": picture.cols,
        "aspect": picture.aspect,
        "max_height_px": MAX_HEIGHT_PX,
        "point": {"row": point.row, "col": point.col},
        "crop": _crop_size(picture, crop_mm),
        "letters": asdict(picture.letters) if picture.letters else {},
        "scale_bar": picture.scale_bar and {"share": picture.scale_bar, "label": f"{SCALE_BAR_MM} mm"},
        "label": f"Image of {picture.cols} by {picture.rows} pixels. Marker at x {point.col:g}, y {point.row:g}. "
        "Arrow keys move it.",
    }


def _crop_size(picture: Picture, crop_mm: float | None) -> dict[str, float] | None:
    if crop_mm is None or picture.spacing_mm is None:
        return None
    between_rows, between_cols = picture.spacing_mm
    return {"rows": crop_mm / between_rows, "cols": crop_mm / between_cols}
