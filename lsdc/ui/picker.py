"""The viewer of one slice in the browser: what it shows, and what a person did there by mouse or keys."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from lsdc.charts.palette import SEVERITY_COLORS
from lsdc.dataset.geometry import PixelPoint
from lsdc.labels import Severity
from lsdc.ui.images import Picture

_PARTS = Path(__file__).parent / "components"
MAX_HEIGHT_PX = 620

_component = st.components.v2.component(
    "point_picker",
    html=(_PARTS / "point_picker.html").read_text(encoding="utf-8"),
    css=(_PARTS / "point_picker.css").read_text(encoding="utf-8"),
    js=(_PARTS / "point_picker.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, kw_only=True)
class Ring:
    """A point that was marked before, with a word on it, and its grade where that is told by colour."""

    point: PixelPoint
    label: str
    severity: Severity | None = None


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the viewer shows; positions are in source pixels.

    Args:
        picture: The slice.
        place: Of the slice in its series, from 0.
        count: Slices of the series.
        point: Where the marker stands; None for no marker.
        crop_mm: Side of the square outlined around it; None for no outline.
        lines: The ends of the lines in which other slices cut through this one.
        rings: Points that were marked before.
        seen: Places of the slices that a model looks at.
    """

    picture: Picture
    place: int = 0
    count: int = 1
    point: PixelPoint | None = None
    crop_mm: float | None = None
    lines: tuple[tuple[PixelPoint, PixelPoint], ...] = ()
    rings: tuple[Ring, ...] = ()
    seen: tuple[int, ...] = ()


def show_scene(
    scene: Scene, *, key: str, on_picked: Callable[[PixelPoint], None], on_paged: Callable[[int], None]
) -> None:
    """Draw a slice on which a point is picked and slices are paged: by click and wheel, or by keys.

    Args:
        scene: What is shown.
        key: Unique to the series, so that zoom and focus stay while its slices are paged through.
        on_picked: Called before the page runs again, with the point.
        on_paged: Called before the page runs again, with the place of the slice in the series.
    """

    def take_picked() -> None:
        if picked := st.session_state[key]["picked"]:
            on_picked(PixelPoint(row=float(picked["row"]), col=float(picked["col"])))

    def take_paged() -> None:
        place = st.session_state[key]["paged"]
        if place is not None:
            on_paged(int(place))

    _component(key=key, data=_component_data(scene), on_picked_change=take_picked, on_paged_change=take_paged)


def _component_data(scene: Scene) -> dict[str, object]:
    picture = scene.picture
    return {
        "image": "data:image/png;base64," + base64.b64encode(picture.png).decode("ascii"),
        "rows": picture.rows,
        "cols": picture.cols,
        "aspect": picture.aspect,
        "max_height_px": MAX_HEIGHT_PX,
        "place": scene.place,
        "count": scene.count,
        "seen": list(scene.seen),
        "point": scene.point and asdict(scene.point),
        "crop": _crop_size(picture, scene.crop_mm),
        "lines": [[asdict(start), asdict(end)] for start, end in scene.lines],
        "marks": [_mark(ring) for ring in scene.rings],
        "letters": asdict(picture.letters) if picture.letters else {},
        "width_mm": picture.width_mm,
        "label": _label(scene),
    }


def _mark(ring: Ring) -> dict[str, object]:
    color = SEVERITY_COLORS[ring.severity] if ring.severity else None
    return {**asdict(ring.point), "label": ring.label, "color": color}


def _label(scene: Scene) -> str:
    picture, point = scene.picture, scene.point
    slices = f"Slice {scene.place + 1} of {scene.count}; Page Up and Page Down change it. " if scene.count > 1 else ""
    marker = f"Marker at x {point.col:g}, y {point.row:g}. " if point else "No marker. "
    return (
        f"Image of {picture.cols} by {picture.rows} pixels. {slices}{marker}Arrow keys move the marker; "
        "plus and minus zoom, zero shows all."
    )


def _crop_size(picture: Picture, crop_mm: float | None) -> dict[str, float] | None:
    if crop_mm is None or picture.spacing_mm is None:
        return None
    between_rows, between_cols = picture.spacing_mm
    return {"rows": crop_mm / between_rows, "cols": crop_mm / between_cols}
