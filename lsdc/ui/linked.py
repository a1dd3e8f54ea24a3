"""Two series of one patient side by side: a click on one is shown on the other, and each shows where the other cuts it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from lsdc.dataset.dicom import DicomSlice, SliceHeader
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.linking import crossing_line, nearest_slice, same_frame
from lsdc.errors import PointOutsideImageError
from lsdc.ui.images import windowed_picture
from lsdc.ui.picker import Ring, Scene, show_scene
from lsdc.ui.series import ShownSeries, places_around, plane_of

HINT = (
    "Click marks the point, the wheel pages, Ctrl and the wheel zooms, dragging pans. By keys: arrows (Shift: 10 px), "
    "Page Up and Down, plus, minus and 0."
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Spot:
    """A point marked on a slice of a series.

    Args:
        series: The series.
        place: Of the slice in it, from 0.
        image_id: Names the pixels of the slice.
        image: The slice.
        point: On `image`.
    """

    series: ShownSeries
    place: int
    image_id: str
    image: DicomSlice
    point: PixelPoint

    @property
    def in_the_middle(self) -> bool:
        """Whether the point is where it is before anybody has marked one."""
        return self.point == _middle(self.image.shape)


class Viewer:
    """A series, with the slice that is shown and the point that is marked on it, as the reader's session keeps them.

    The point stays where it is on the image while slices are paged.

    Args:
        series: What is paged through.
        key: Prefix of what the session keeps.
    """

    def __init__(self, series: ShownSeries, *, key: str) -> None:
        self.series = series
        self.key = f"{key}_{series.key}"
        first = (len(series.headers) - 1) // 2
        st.session_state.setdefault(f"{self.key}_place", first)
        st.session_state.setdefault(f"{self.key}_point", _middle(series.headers[first].shape))

    @property
    def place(self) -> int:
        """Of the slice that is shown, from 0."""
        return int(st.session_state[f"{self.key}_place"])

    @place.setter
    def place(self, place: int) -> None:
        st.session_state[f"{self.key}_place"] = place

    @property
    def header(self) -> SliceHeader | DicomSlice:
        """Of the slice that is shown."""
        return self.series.headers[self.place]

    @property
    def point(self) -> PixelPoint:
        """What is marked, on the slice that is shown; slices of one series may differ in size."""
        return _on_image(st.session_state[f"{self.key}_point"], self.header.shape)

    @point.setter
    def point(self, point: PixelPoint) -> None:
        st.session_state[f"{self.key}_point"] = PixelPoint(row=round(point.row, 1), col=round(point.col, 1))

    @property
    def position_mm(self) -> np.ndarray | None:
        """Where the point lies in the patient; None if the slice does not say how it lies."""
        plane = self.header.plane
        return None if plane is None else plane.to_patient(self.point)

    def go_to(self, place: int, point: PixelPoint) -> None:
        """Show a slice with a point marked on it.

        Raises:
            PointOutsideImageError: If the point is not on the slice.
        """
        rows, cols = self.series.headers[place].shape
        if not (0 <= point.row <= rows - 1 and 0 <= point.col <= cols - 1):
            raise PointOutsideImageError(
                f"The point (row {point.row:g}, col {point.col:g}) is not on the image.",
                f"Expected a row from 0 to {rows - 1} and a col from 0 to {cols - 1}.",
                "Choose another image; this one's label may belong to another slice.",
            )
        self.place, self.point = place, point

    def follow(self, position_mm: np.ndarray | None) -> None:
        """Show the slice on which a place in the patient lies, or that comes nearest, and mark the place on it."""
        nearest = None if position_mm is None else nearest_slice(position_mm, self.series.headers)
        if nearest is None:
            return
        self.place = nearest
        if self.header.plane is not None and position_mm is not None:
            self.point = _on_image(self.header.plane.to_pixel(position_mm), self.header.shape)

    def shows(self, position_mm: np.ndarray | None) -> bool:
        """Whether the slice that is shown is the one on which a place in the patient lies."""
        return position_mm is not None and nearest_slice(position_mm, self.series.headers) == self.place


def linkable(series: ShownSeries, others: Sequence[ShownSeries]) -> list[ShownSeries]:
    """The other series in the same frame of reference; those of another plane first, and of them the longest."""
    plane = plane_of(series)
    linked = [other for other in others if other is not series and same_frame(series.headers[0], other.headers[0])]
    return sorted(linked, key=lambda other: (plane_of(other) is plane, -len(other.headers)))


def draw_linked(
    own: Viewer, beside: Viewer | None, *, crop_mm: float | None, neighbours: int, rings: Sequence[Ring]
) -> Spot:
    """Draw the viewer of a series, and beside it that of another one which follows each point that is marked.

    Args:
        own: On which the point is marked.
        beside: In the same frame of reference; a click on it moves the point of `own` there. None for no other series.
        crop_mm: Side of the square outlined around the point; None for no outline.
        neighbours: Slices on each side that a model looks at, which are marked at the viewer's edge.
        rings: Points that were marked before on the slice of `own`.

    Returns:
        The point and its slice.
    """
    if beside is not None and f"{beside.key}_linked" not in st.session_state:
        st.session_state[f"{beside.key}_linked"] = True
        beside.follow(own.position_mm)

    def mark(point: PixelPoint) -> None:
        own.point = point
        if beside is not None:
            beside.follow(own.position_mm)

    columns = st.columns(1 if beside is None else 2)
    with columns[0]:
        image_id, image = _draw_viewer(
            own,
            "Slice",
            on_picked=mark,
            point=own.point,
            crop_mm=crop_mm,
            lines=() if beside is None else _crossing(own, beside),
            rings=rings,
            seen=places_around(own.series, own.place, neighbours) if neighbours else (),
        )
        _draw_numbers(own, mark)
        st.caption(HINT)
    if beside is not None:
        with columns[1]:
            _draw_beside(own, beside)
    return Spot(series=own.series, place=own.place, image_id=image_id, image=image, point=own.point)


def _draw_beside(own: Viewer, beside: Viewer) -> None:
    def mark(point: PixelPoint) -> None:
        beside.point = point
        own.follow(beside.position_mm)

    position_mm, plane = own.position_mm, beside.header.plane
    point = plane.to_pixel(position_mm) if plane is not None and position_mm is not None else None
    shown = point is not None and beside.shows(position_mm) and point == _on_image(point, beside.header.shape)
    lines = _crossing(beside, own)
    _draw_viewer(beside, "Slice beside", on_picked=mark, point=point if shown else None, lines=lines)
    said = (
        "The yellow line is where the other slice cuts this one." if lines else "The other slice does not cut this one."
    )
    st.caption(f"{said} A click here moves the point there.")


def _draw_viewer(
    viewer: Viewer,
    label: str,
    *,
    on_picked: Callable[[PixelPoint], None],
    point: PixelPoint | None,
    lines: Sequence[tuple[PixelPoint, PixelPoint]],
    crop_mm: float | None = None,
    rings: Sequence[Ring] = (),
    seen: Sequence[int] = (),
) -> tuple[str, DicomSlice]:
    """Draw a slice above what changes it; returns what names its pixels, and the slice."""
    picture_row, controls = st.container(), st.container(horizontal=True, vertical_alignment="bottom")
    image_id, image = viewer.series.load(viewer.place)
    with controls:
        _draw_slider(viewer, label)
        with st.popover("Contrast", icon=":material/contrast:", width="content"):
            picture = windowed_picture(image, image_id, key=viewer.key)
    scene = Scene(
        picture=picture,
        place=viewer.place,
        count=len(viewer.series.headers),
        point=point,
        crop_mm=crop_mm,
        lines=tuple(lines),
        rings=tuple(rings),
        seen=tuple(seen),
    )

    def page(place: int) -> None:
        viewer.place = place

    with picture_row:
        show_scene(scene, key=f"{viewer.key}_image", on_picked=on_picked, on_paged=page)
    return image_id, image


def _draw_slider(viewer: Viewer, label: str) -> None:
    count, key = len(viewer.series.headers), f"{viewer.key}_slider"
    if count == 1:
        return

    def page() -> None:
        viewer.place = st.session_state[key] - 1

    st.session_state[key] = viewer.place + 1
    st.slider(
        label,
        1,
        count,
        format=f"%d of {count}",
        key=key,
        on_change=page,
        help="By position: from the patient's right to the left, or from the feet to the head.",
    )


def _draw_numbers(viewer: Viewer, mark: Callable[[PixelPoint], None]) -> None:
    keys = {"row": f"{viewer.key}_y", "col": f"{viewer.key}_x"}

    def typed() -> None:
        mark(PixelPoint(**{name: st.session_state[key] for name, key in keys.items()}))

    rows, cols = viewer.header.shape
    with st.container(horizontal=True):
        for name, label, size in (("col", "x (column)", cols), ("row", "y (row)", rows)):
            st.session_state[keys[name]] = float(getattr(viewer.point, name))
            st.number_input(
                label,
                min_value=0.0,
                max_value=float(size - 1),
                step=1.0,
                format="%.1f",
                key=keys[name],
                on_change=typed,
                help="In pixels; 0 is the middle of the first one.",
            )


def _crossing(shown: Viewer, other: Viewer) -> tuple[tuple[PixelPoint, PixelPoint], ...]:
    if shown.header.plane is None or other.header.plane is None:
        return ()
    line = crossing_line(shown.header.plane, shown.header.shape, other.header.plane, other.header.shape)
    return () if line is None else (line,)


def _middle(shape: tuple[int, int]) -> PixelPoint:
    rows, cols = shape
    return PixelPoint(row=(rows - 1) / 2, col=(cols - 1) / 2)


def _on_image(point: PixelPoint, shape: tuple[int, int]) -> PixelPoint:
    rows, cols = shape
    return PixelPoint(row=float(np.clip(point.row, 0, rows - 1)), col=float(np.clip(point.col, 0, cols - 1)))
