"""One study: two of its series linked through the patient, all its labels, and what a model sees of one of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from lsdc.config import CropConfig, InputKind
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.linking import nearest_slice
from lsdc.dataset.study_labels import StudyLabel, study_labels
from lsdc.ui.case import StudyAddress
from lsdc.ui.datasets import DataSet, load_grades
from lsdc.ui.errors import as_text
from lsdc.ui.panes import Pane, are_linked, first_place, is_on, pane_beside, series_on_the_left, series_on_the_right
from lsdc.ui.studies import StudySeries, load_study
from pages.explore.labels import draw_labels, draw_point
from pages.explore.viewer import Actions, draw_viewer

# A click so near to a labelled point means the point.
NEAR_MM = 4.0


def draw_study(data: DataSet, address: StudyAddress, crop: CropConfig) -> None:
    """Draw the study that the address asks for, which the data set has.

    Args:
        data: The data set in use.
        address: What is asked for.
        crop: How the crops are cut.
    """
    points = data.table[data.table["study_id"] == int(address.study)]
    grades = load_grades(data)
    labels = study_labels(grades[grades["study_id"] == int(address.study)], points)
    chosen = next((label for label in labels if label.column == address.point), None)
    _warn_of_unknown(address, chosen)
    study = load_study(data, int(address.study))
    if study:
        _draw_series(study, address, points, chosen, crop)
    else:
        st.info("The data set lists no series for this study.", icon=":material/image_not_supported:")
    left, right = st.columns([3, 2], gap="large")
    with left:
        draw_labels(labels, points, address)
    with right:
        draw_point(data, chosen, points, crop)


def _warn_of_unknown(address: StudyAddress, chosen: StudyLabel | None) -> None:
    if address.point and chosen is None:
        st.warning(f"There is no label “{as_text(address.point)}”.", icon=":material/link_off:")


def _draw_series(
    study: Sequence[StudySeries],
    address: StudyAddress,
    points: pd.DataFrame,
    chosen: StudyLabel | None,
    crop: CropConfig,
) -> None:
    own = series_on_the_left(study, address)
    beside = series_on_the_right(study, own, address)
    left, right = st.columns(2, gap="medium")
    with left:
        _choose_series(study, own, address, name="series")
        pane = _left_pane(own, address)
    marker = None if pane is None else _marker(pane, address, points, chosen)
    with right:
        if beside is not None:
            _choose_series([series for series in study if series is not own], beside, address, name="beside")
            _about_files(beside, address.beside_slice)
    other = pane_beside(pane, beside, address.beside_slice, marker) if pane and beside and beside.slices else None
    if pane is None:
        return
    crop_mm = crop.side_mm if crop.input_kind is InputKind.CROP else None
    position_mm = pane.position_of(marker)
    with left:
        actions = Actions(
            page=lambda number: replace(address, series=str(own.number), slice=str(number), x="", y="").go(),
            pick=lambda place: _pick(address, pane, place, points).go(),
        )
        draw_viewer(pane, other=other, marker=marker, crop_mm=crop_mm, actions=actions, key="explore_left")
    with right:
        if other is not None:
            actions = Actions(
                page=lambda number: replace(address, beside=str(other.series.number), beside_slice=str(number)).go(),
                pick=lambda place: _pick_beside(address, pane, other, place).go(),
            )
            seen = other.find(position_mm) if are_linked(own, other.series) else None
            draw_viewer(other, other=pane, marker=seen, crop_mm=None, actions=actions, key="explore_right")
            st.caption(_about_link(pane, other))


def _left_pane(own: StudySeries, address: StudyAddress) -> Pane | None:
    _about_files(own, address.slice)
    return Pane(series=own, place=first_place(own, address.slice)) if own.slices else None


def _choose_series(study: Sequence[StudySeries], shown: StudySeries, address: StudyAddress, *, name: str) -> None:
    by_number = {str(series.number): series for series in study}
    asked = getattr(address, name)
    if asked and asked not in by_number:
        st.warning(f"The study has no series “{as_text(asked)}”; another one is shown.", icon=":material/link_off:")
    key = f"explore_{name}"
    st.session_state[key] = str(shown.number)

    def take() -> None:
        others = {"slice": "", "x": "", "y": ""} if name == "series" else {"beside_slice": ""}
        replace(address, **{name: st.session_state[key]}, **others).go()

    st.selectbox(
        "Series" if name == "series" else "Beside it",
        list(by_number),
        format_func=lambda number: by_number[number].name,
        on_change=take,
        key=key,
    )


def _about_files(series: StudySeries, asked: str) -> None:
    """Say which files of a series cannot be shown, and why."""
    if series.problem:
        st.warning(
            f"There are no images of series {series.number}. {series.problem} Its points stand in the tables.",
            icon=":material/broken_image:",
        )
    elif asked and series.place_of(asked) is None:
        st.warning(as_text(series.reason_without(asked)), icon=":material/broken_image:")
    if series.skipped:
        count = len(series.skipped)
        with st.expander(
            f"{count} file{'s' * (count > 1)} of the series cannot be read", icon=":material/broken_image:"
        ):
            for skipped in series.skipped:
                st.markdown(f"**{as_text(skipped.path.name)}**  \n{as_text(skipped.reason)}")


def _marker(pane: Pane, address: StudyAddress, points: pd.DataFrame, chosen: StudyLabel | None) -> PixelPoint | None:
    """What is marked on the left: the place that the address says, or the labelled point where it is on the slice."""
    place = _place_of(address)
    if place is None and chosen is not None and chosen.point is not None:
        point = points.loc[chosen.point]
        if (point["series_id"], point["instance_number"]) == (pane.series.number, pane.number):
            place = PixelPoint.from_xy(float(point["x"]), float(point["y"]))
    return place if place and is_on(place, pane.header) else None


def _place_of(address: StudyAddress) -> PixelPoint | None:
    try:
        return PixelPoint.from_xy(float(address.x), float(address.y))
    except ValueError:
        return None  # nothing is marked, or somebody wrote the address by hand


def _pick(address: StudyAddress, pane: Pane, place: PixelPoint, points: pd.DataFrame) -> StudyAddress:
    """Where a click on the left leads: to the labelled point that it means, or to the place itself."""
    shown = replace(address, series=str(pane.series.number), slice=str(pane.number), beside_slice="")
    near = _nearest_point(pane, place, points)
    if near is None:
        return replace(shown, x=f"{place.col:.1f}", y=f"{place.row:.1f}", point="")
    return replace(shown, x="", y="", point=StudyAddress.of_point(near).point)


def _nearest_point(pane: Pane, place: PixelPoint, points: pd.DataFrame) -> dict[str, object] | None:
    here = points[(points["series_id"] == pane.series.number) & (points["instance_number"] == pane.number)]
    if here.empty:
        return None
    between_rows, between_cols = pane.header.spacing_mm or (1.0, 1.0)
    distances = np.hypot((here["x"] - place.col) * between_cols, (here["y"] - place.row) * between_rows)
    return here.loc[distances.idxmin()].to_dict() if distances.min() <= NEAR_MM else None


def _pick_beside(address: StudyAddress, pane: Pane, other: Pane, place: PixelPoint) -> StudyAddress:
    """Where a click on the right leads: the left shows the nearest slice, with the place on it."""
    kept = replace(address, beside=str(other.series.number), beside_slice=str(other.number), point="")
    position_mm = other.position_of(place)
    if position_mm is None or not are_linked(pane.series, other.series):
        return kept
    nearest = nearest_slice(position_mm, pane.series.headers)
    if nearest is None:
        return kept
    found = Pane(series=pane.series, place=nearest)
    point = found.find(position_mm)
    words = {"x": f"{point.col:.1f}", "y": f"{point.row:.1f}"} if point else {"x": "", "y": ""}
    return replace(kept, series=str(pane.series.number), slice=str(found.number), **words)


def _about_link(pane: Pane, other: Pane) -> str:
    if not are_linked(pane.series, other.series):
        return "These two series do not share a frame of reference: places on one cannot be found on the other."
    if other.line_of(pane) is None:
        return "The slice on the left does not cut this one."
    return "The yellow line is where the other slice cuts this one. A click shows its place on both."
