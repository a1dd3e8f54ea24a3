"""The slices of one series in the order in which they lie in the patient, and who is beside whom."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from lsdc.dataset.dicom import DicomSlice, SliceHeader, SliceInfo, read_header, read_slice
from lsdc.dataset.geometry import ImagePlane, PixelPoint
from lsdc.errors import DicomError, LsdcError, MissingFileError

# An axial series is often tilted anew at every disc; slices of another tilt are not neighbours.
SAME_ORIENTATION_DEGREES = 5.0
# Two slices closer than this lie at the same place, as after a repeated scan.
SAME_POSITION_MM = 0.01

# Whether the instance number is missing, the number, and that of the frame.
_Number = tuple[bool, int, int]


@dataclass(frozen=True, kw_only=True)
class Member:
    """A slice of a series."""

    path: Path
    info: SliceHeader

    @property
    def number(self) -> int | None:
        """What the challenge's tables call it: the name of its file, if that is a number."""
        return int(self.path.stem) if self.path.stem.isdecimal() else None


@dataclass(frozen=True, kw_only=True)
class SkippedFile:
    """A file in the folder of a series that is no slice of it."""

    path: Path
    reason: str


@dataclass(frozen=True, kw_only=True)
class SeriesStack:
    """The slices of a series.

    Args:
        members: The readable slices, in the order of their instance numbers, then of their names.
        skipped: The other files, each with the reason.
    """

    members: tuple[Member, ...]
    skipped: tuple[SkippedFile, ...]

    @classmethod
    def from_members(cls, members: Iterable[Member], skipped: Iterable[SkippedFile] = ()) -> Self:
        """From slices that were read already."""
        return cls(members=tuple(sorted(members, key=_by_number)), skipped=tuple(skipped))

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """From the headers of all `.dcm` files of a folder.

        Raises:
            MissingFileError: If there is no such folder.
        """
        if not folder.is_dir():
            raise MissingFileError(
                f"The series folder {folder} does not exist.",
                "Expected the folder train_images/<study>/<series> of the data set.",
                "Copy the images of this series, or leave its rows out.",
            )
        members, skipped = [], []
        for path in sorted(folder.glob("*.dcm")):
            try:
                members.append(Member(path=path, info=read_header(path)))
            except LsdcError as error:
                skipped.append(SkippedFile(path=path, reason=error.happened))
        return cls.from_members(members, skipped)

    @property
    def in_patient_order(self) -> list[Member]:
        """The slices as a person pages through them, see `group_by_series`."""
        return sorted(self.members, key=lambda member: place_in_patient(member.info))

    def neighbours(self, instance_number: int, count: int) -> list[tuple[Path, bool]]:
        """A slice with the `count` slices on each side of it.

        They are ordered from the patient's right to the left (sagittal), from the front to the back (coronal), or from
        the feet to the head (axial), whichever way the files are numbered or stored.

        Returns:
            2 × count + 1 paths with the slice itself in the middle, each with True. Beyond the ends of the series the
            last slice repeats, with False.

        Raises:
            MissingFileError: If no readable slice has this instance number.
        """
        own = self.members.index(self._member(instance_number))
        ordered = order_around([member.info for member in self.members], own)
        middle, last = ordered.index(own), len(ordered) - 1
        places = range(middle - count, middle + count + 1)
        return [(self.members[ordered[min(max(place, 0), last)]].path, 0 <= place <= last) for place in places]

    def read_around(
        self, instance_number: int, count: int, read: Callable[[Path], DicomSlice] = read_slice
    ) -> list[DicomSlice | None]:
        """The slices of `neighbours`; None where there is none, or none whose pixels can be read.

        Raises:
            DicomError: If the slice in the middle cannot be read.
        """
        around = self.neighbours(instance_number, count)
        slices: list[DicomSlice | None] = []
        for place, (path, real) in enumerate(around):
            try:
                slices.append(read(path) if real else None)
            except DicomError:  # a header without readable pixels
                if place == count:
                    raise
                slices.append(None)
        return slices

    def _member(self, instance_number: int) -> Member:
        # The challenge names a file by its instance number; uploaded files may have any name.
        named = [member for member in self.members if member.path.name == f"{instance_number}.dcm"]
        numbered = [member for member in self.members if member.info.instance_number == instance_number]
        if named or numbered:
            return (named or numbered)[0]
        raise MissingFileError(
            f"The series has no readable slice {instance_number}.",
            f"It has {len(self.members)} readable slices; {len(self.skipped)} files were skipped.",
            "Copy the image of this slice again, or leave its rows out.",
        )


def neighbours_among(slices: Sequence[DicomSlice], own: DicomSlice, count: int) -> list[DicomSlice | None]:
    """A slice with the `count` slices on each side of it, as `SeriesStack.neighbours`, among slices in memory.

    Args:
        slices: Of any series; only those of the series of `own` are its neighbours.
        own: One of them.
        count: Slices on each side.

    Returns:
        2 × count + 1 slices with `own` in the middle; None beyond the ends.
    """
    series = [image for image in slices if image is own or _of_one_series(image, own)]
    ordered = [series[place] for place in order_around(series, series.index(own))]
    middle = ordered.index(own)
    places = range(middle - count, middle + count + 1)
    return [ordered[place] if 0 <= place < len(ordered) else None for place in places]


def _of_one_series(image: SliceInfo, other: SliceInfo) -> bool:
    if study_of(image) != study_of(other):
        return False
    # A slice that does not say its series may be of anybody, unless it is a frame of the same file.
    if not image.series_uid and image.frame_number is not None and other.frame_number is not None:
        return bool(image.sop_instance_uid) and image.sop_instance_uid == other.sop_instance_uid
    return bool(image.series_uid) and image.series_uid == other.series_uid


def order_around(slices: Sequence[SliceInfo], own: int) -> list[int]:
    """Which slices are parallel to one, in the order of `SeriesStack.neighbours`.

    Without positions the order is that of the instance numbers, and of the frames of a file. Of several slices at one place the first stays, or the
    one asked for.

    Args:
        slices: The slices of one series.
        own: The index of the slice asked for.

    Returns:
        Indices of `slices`; `own` is among them.
    """
    own_plane = slices[own].plane
    if own_plane is None:
        unplaced = [place for place, image in enumerate(slices) if image.plane is None]
        return sorted(unplaced, key=lambda place: _number_key(slices[place]))
    axis = _axis_through(own_plane)
    placed = [
        (float(image.plane.position_mm @ axis), place)
        for place, image in enumerate(slices)
        if image.plane is not None and _parallel(image.plane, own_plane)
    ]
    ordered: list[int] = []
    last_mm = -math.inf
    for position_mm, place in sorted(placed, key=lambda item: item[0]):
        if position_mm - last_mm > SAME_POSITION_MM:
            ordered.append(place)
            last_mm = position_mm
        elif place == own:
            ordered[-1] = place
    return ordered


@dataclass(frozen=True, kw_only=True, repr=False)
class StudyOfPatient:
    """Of which study and patient an image is, as its header says it. Its repr shows neither.

    Args:
        study_uid: Empty if absent, as the others.
        patient: The number and the name.
    """

    study_uid: str
    patient: tuple[str, str]


def study_of(image: SliceInfo) -> StudyOfPatient:
    """Of which study and patient an image is; two that say neither cannot be told apart."""
    return StudyOfPatient(study_uid=image.study_uid, patient=(image.patient.patient_id, image.patient.name))


def has_other_tilts(slices: Sequence[SliceInfo], own: int) -> bool:
    """Whether there are slices in a series that are no neighbours of one of them because they are tilted against it."""
    plane = slices[own].plane
    return plane is not None and any(image.plane and not _parallel(image.plane, plane) for image in slices)


def _parallel(plane: ImagePlane, other: ImagePlane) -> bool:
    return plane.angle_to(other) <= SAME_ORIENTATION_DEGREES


def group_by_series(slices: Iterable[DicomSlice]) -> list[list[DicomSlice]]:
    """Slices of any series, apart by patient, study and series, as a person pages through them.

    Those of a series go from the patient's right to the left, from the front to the back, or from the feet to the head;
    slices of several tilts stand among each other, by their middles.
    """
    by_series: dict[tuple[StudyOfPatient, str], list[DicomSlice]] = {}
    for image in slices:
        by_series.setdefault((study_of(image), image.series_uid), []).append(image)
    return [sorted(series, key=place_in_patient) for series in by_series.values()]


def place_in_patient(image: DicomSlice | SliceHeader) -> tuple[str, float, _Number]:
    """What sorts the slices of a series for paging.

    The plane, the distance along the patient's axis across it, and the number; those without position come first.
    """
    if image.plane is None:
        return "", 0.0, _number_key(image)
    rows, cols = image.shape
    middle = image.plane.to_patient(PixelPoint(row=(rows - 1) / 2, col=(cols - 1) / 2))
    return image.plane.plane, float(middle[np.argmax(np.abs(image.plane.normal))]), _number_key(image)


def _axis_through(plane: ImagePlane) -> np.ndarray:
    """The normal, turned towards the patient's left, back or head: the direction in which LPS coordinates grow."""
    normal = plane.normal
    return np.asarray(normal * np.sign(normal[np.argmax(np.abs(normal))]))


def _by_number(member: Member) -> tuple[_Number, str]:
    return _number_key(member.info), member.path.name


def _number_key(image: SliceInfo) -> _Number:
    return image.instance_number is None, image.instance_number or 0, image.frame_number or 0
