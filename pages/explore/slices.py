"""The images of a series, one slice at a time, with the labelled points on them."""

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint
from lsdc.labels import Condition, Severity
from lsdc.ui.datasets import DataSet, load_slice, slice_paths
from lsdc.ui.errors import as_text
from lsdc.ui.images import Mark, draw_marks, windowed_picture


def draw_slices(data: DataSet, table: pd.DataFrame) -> None:
    """Draw the choice of study, series and slice, then the slice with its points and what is known of it."""
    controls, picture = st.columns([2, 3], gap="large")
    with controls:
        points, path = _choose_slice(data, table)
    if path is None:
        return
    image_id, image = load_slice(path)
    with controls:
        windowed = windowed_picture(image, image_id, key=f"explore_{image_id}")
        _describe(image, points)
    with picture:
        st.image(draw_marks(windowed, [_mark(row) for row in points.itertuples()]), alt=_alt(points))


def _choose_slice(data: DataSet, table: pd.DataFrame) -> tuple[pd.DataFrame, Path | None]:
    study = st.selectbox("Study", sorted(table["study_id"].unique()), key="explore_study")
    rows = table[table["study_id"] == study]
    series_names = dict(zip(rows["series_id"], rows["series_description"], strict=True))
    series = st.selectbox(
        "Series",
        list(series_names),
        format_func=lambda number: f"{series_names[number]} · {number}",
        key="explore_series",
    )
    rows = rows[rows["series_id"] == series]
    paths = slice_paths(data.root, study, series)
    if not paths:
        st.warning(
            f"The folder of series {series} is missing or empty. Its points stand in the tables, its images are not here.",
            icon=":material/broken_image:",
        )
        return rows, None
    number = _choose_number(list(paths), set(rows["instance_number"]), key=f"explore_slice_{data.root}_{series}")
    return rows[rows["instance_number"] == number], paths[number]


def _choose_number(numbers: list[int], with_points: set[int], *, key: str) -> int:
    first = next((number for number in numbers if number in with_points), numbers[0])
    if len(numbers) == 1:
        return first
    # A data set that was made again in its place may have other slices.
    if st.session_state.get(key) not in numbers:
        st.session_state[key] = first
    return st.select_slider(
        "Slice",
        numbers,
        format_func=lambda number: f"{number} •" if number in with_points else str(number),
        key=key,
        help="By instance number; a dot marks slices with labelled points.",
    )


def _describe(image: DicomSlice, points: pd.DataFrame) -> None:
    rows, cols = image.pixels.shape
    spacing = "unknown spacing" if image.spacing_mm is None else f"{image.spacing_mm[0]:.2f} mm pixels"
    plane = "unknown plane" if image.plane is None else str(image.plane.plane)
    st.caption(f"{cols} × {rows} px, {spacing}, {plane}. Header: “{as_text(image.series_description)}”.")
    if points.empty:
        st.caption("No labelled point on this slice.")
        return
    st.dataframe(
        points[["level", "condition", "side", "severity", "x", "y"]].replace(
            {"condition": {condition.value: condition.display for condition in Condition}}
        ),
        hide_index=True,
        column_config={name: st.column_config.NumberColumn(format="%.1f") for name in ("x", "y")},
        key="explore_points",
    )


def _mark(row: Any) -> Mark:
    severity = None if pd.isna(row.severity) else Severity(row.severity)
    side = "" if row.side == "midline" else f" {row.side[0].upper()}"
    return Mark(point=PixelPoint.from_xy(row.x, row.y), label=f"{row.level}{side}", severity=severity)


def _alt(points: pd.DataFrame) -> str:
    marks = "; ".join(f"{row.level} {row.side} at x {row.x:.0f}, y {row.y:.0f}" for row in points.itertuples())
    return f"MRI slice with labelled points: {marks or 'none'}."
