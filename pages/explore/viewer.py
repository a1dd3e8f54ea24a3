"""One series of a study: its slice with the labelled points, what pages through it, and what its header says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.series import order_around
from lsdc.errors import LsdcError
from lsdc.labels import Severity, Side
from lsdc.ui.datasets import load_slice
from lsdc.ui.errors import as_text, show_advice
from lsdc.ui.images import windowed_picture
from lsdc.ui.panes import Pane
from lsdc.ui.picker import Ring, Scene, show_scene


@dataclass(frozen=True, kw_only=True, eq=False)
class Actions:
    """What a reader can do in a viewer.

    Args:
        page: Called with the number of the slice that is wanted.
        pick: Called with the place that was clicked.
    """

    page: Callable[[int], None]
    pick: Callable[[PixelPoint], None]


def draw_viewer(
    pane: Pane, *, other: Pane | None, marker: PixelPoint | None, crop_mm: float | None, actions: Actions, key: str
) -> None:
    """Draw the slice of a pane.

    Args:
        pane: What is shown.
        other: The pane beside it, whose slice is drawn as a line where it cuts this one.
        marker: What is marked on the slice.
        crop_mm: Side of the square outlined around the marker; None for no outline.
        actions: What follows a click or a step.
        key: Prefix of the widgets' keys.
    """
    numbers = [int(member.path.stem) for member in pane.series.slices]
    points = pane.series.points[pane.series.points["instance_number"] == pane.number]
    image = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _draw_slider(pane, numbers, actions, key)
        contrast = st.popover("Contrast", icon=":material/contrast:")
    try:
        image_id, pixels = load_slice(pane.series.slices[pane.place].path)
    except LsdcError as error:
        with image:
            show_advice(error)
        return
    with contrast:
        picture = windowed_picture(pixels, image_id, key=f"{key}_{pane.series.number}")
    line = pane.line_of(other) if other else None
    scene = Scene(
        picture=picture,
        place=pane.place,
        count=len(numbers),
        point=marker,
        crop_mm=crop_mm,
        lines=(line,) if line else (),
        rings=tuple(_ring(point) for point in points.itertuples()),
    )
    with image:
        show_scene(
            scene,
            key=f"{key}_image_{pane.series.number}",
            on_picked=actions.pick,
            on_paged=lambda place: actions.page(numbers[place]),
        )
    st.caption(describe(pane))


def _draw_slider(pane: Pane, numbers: list[int], actions: Actions, key: str) -> None:
    if len(numbers) == 1:
        st.caption("The only slice.")
        return
    slider = f"{key}_slice"
    st.session_state[slider] = pane.number
    marked = pane.series.marked
    st.select_slider(
        "Slice",
        numbers,
        format_func=lambda number: f"{number} •" if number in marked else str(number),
        on_change=lambda: actions.page(st.session_state[slider]),
        key=slider,
        help="By position in the patient, under its instance number; a dot marks slices with labelled points.",
    )


def describe(pane: Pane) -> str:
    """What the header of the slice says, in one line."""
    header = pane.header
    rows, cols = header.shape
    facts = [f"Slice {pane.place + 1} of {len(pane.series.slices)}", f"{cols} × {rows} px"]
    if len({info.shape for info in pane.series.headers}) > 1:
        facts.append("sizes differ within the series")
    if header.spacing_mm:
        facts.append(" × ".join(f"{spacing:.2f}" for spacing in dict.fromkeys(header.spacing_mm[::-1])) + " mm pixels")
    else:
        facts.append("no pixel spacing")
    if header.thickness_mm is not None:
        facts.append(f"{header.thickness_mm:.1f} mm thick")
    if (gap_mm := _gap_mm(pane)) is not None:
        facts.append(f"{gap_mm:.1f} mm to the next")
    facts.append(_orientation(pane))
    return f"{', '.join(facts)}. Header: “{as_text(header.series_description)}”."


def _orientation(pane: Pane) -> str:
    plane = pane.header.plane
    if plane is None:
        return "no position"
    tilt = np.degrees(np.arccos(min(float(np.abs(plane.normal).max()), 1.0)))
    return f"{plane.plane}, tilted {tilt:.0f}°"


def _gap_mm(pane: Pane) -> float | None:
    """The distance to the next parallel slice, or to the one before the last."""
    ordered = order_around(pane.series.headers, pane.place)
    own = ordered.index(pane.place)
    neighbour = ordered[own + 1] if own + 1 < len(ordered) else ordered[own - 1]
    plane, beside = pane.header.plane, pane.series.headers[neighbour].plane
    if neighbour == pane.place or plane is None or beside is None:
        return None
    return abs(float((beside.position_mm - plane.position_mm) @ plane.normal))


def _ring(point: Any) -> Ring:
    side = "" if point.side == Side.MIDLINE else f" {point.side[0].upper()}"
    return Ring(
        point=PixelPoint.from_xy(point.x, point.y),
        label=f"{point.level}{side}",
        severity=None if pd.isna(point.severity) else Severity(point.severity),
    )
