"""Two series of a study beside each other: which slices are shown, and what lies on one of them seen from the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lsdc.dataset.dicom import SliceHeader
from lsdc.dataset.geometry import PixelPoint, Plane
from lsdc.dataset.linking import crossing_line, nearest_slice, same_frame
from lsdc.ui.case import StudyAddress
from lsdc.ui.studies import StudySeries


@dataclass(frozen=True, kw_only=True, eq=False)
class Pane:
    """A series and its slice that is shown; the series has slices."""

    series: StudySeries
    place: int

    @property
    def header(self) -> SliceHeader:
        """Of the slice that is shown."""
        return self.series.headers[self.place]

    @property
    def number(self) -> int:
        """Of the slice that is shown, as the tables call it."""
        number = self.series.slices[self.place].number
        assert number is not None  # by the way in which a study is loaded
        return number

    def line_of(self, other: Pane) -> tuple[PixelPoint, PixelPoint] | None:
        """Where the slice of another pane cuts this one; None if it does not, or if nobody can tell."""
        shown, cutting = self.header, other.header
        if shown.plane is None or cutting.plane is None or not same_frame(shown, cutting):
            return None
        return crossing_line(shown.plane, shown.shape, cutting.plane, cutting.shape)

    def position_of(self, point: PixelPoint | None) -> np.ndarray | None:
        """Where a point of the slice lies in the patient; None if the slice does not say."""
        return None if point is None or self.header.plane is None else self.header.plane.to_patient(point)

    def find(self, position_mm: np.ndarray | None) -> PixelPoint | None:
        """A place of the patient on the slice that is shown; None if another slice is nearer, or it lies beside it."""
        if position_mm is None or nearest_slice(position_mm, self.series.headers) != self.place:
            return None
        point = self.header.plane.to_pixel(position_mm) if self.header.plane else None
        return point if point and is_on(point, self.header) else None


def is_on(point: PixelPoint, header: SliceHeader) -> bool:
    """Whether a point is on a slice."""
    rows, cols = header.shape
    return 0 <= point.row <= rows - 1 and 0 <= point.col <= cols - 1


def are_linked(own: StudySeries, other: StudySeries) -> bool:
    """Whether places on one series can be found on the other."""
    return bool(own.slices) and bool(other.slices) and same_frame(own.headers[0], other.headers[0])


def series_on_the_left(study: Sequence[StudySeries], address: StudyAddress) -> StudySeries:
    """The series that the address asks for; without one, the first with points, then with images."""
    asked = [series for series in study if str(series.number) == address.series]
    return min(asked or study, key=lambda series: (not series.slices, series.points.empty))


def series_on_the_right(study: Sequence[StudySeries], own: StudySeries, address: StudyAddress) -> StudySeries | None:
    """The series that the address asks for; without one, the best to see the own from the side. None if there is none."""
    others = [series for series in study if series is not own]
    asked = [series for series in others if str(series.number) == address.beside]
    return min(asked or others, key=lambda series: _rank_beside(own, series), default=None)


def _rank_beside(own: StudySeries, other: StudySeries) -> tuple[bool, bool, bool, bool]:
    return not other.slices, not are_linked(own, other), _plane(own) is _plane(other), other.points.empty


def _plane(series: StudySeries) -> Plane | None:
    plane = series.headers[0].plane if series.slices else None
    return None if plane is None else plane.plane


def first_place(series: StudySeries, asked: str) -> int:
    """The slice that is asked for; without it the first with a point, then the middle one."""
    place = series.place_of(asked)
    if place is not None:
        return place
    marked = [place for place, member in enumerate(series.slices) if member.number in series.marked]
    return marked[0] if marked else (len(series.slices) - 1) // 2


def pane_beside(own: Pane, series: StudySeries, asked: str, marked: PixelPoint | None) -> Pane:
    """The pane of another series: of the slice asked for, else of the nearest one to what is marked on the own.

    Args:
        own: The pane on the left.
        series: The other one; it has slices.
        asked: The number of a slice, or nothing.
        marked: On the slice of the own pane; None for its middle.
    """
    if series.place_of(asked) is None and are_linked(own.series, series):
        rows, cols = own.header.shape
        middle = PixelPoint(row=(rows - 1) / 2, col=(cols - 1) / 2)
        position_mm = own.position_of(marked or middle)
        nearest = None if position_mm is None else nearest_slice(position_mm, series.headers)
        if nearest is not None:
            return Pane(series=series, place=nearest)
    return Pane(series=series, place=first_place(series, asked))
