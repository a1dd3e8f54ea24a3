"""A series as pages page through it: its slices in the order of the patient, their pixels when they are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from lsdc.dataset.dicom import DicomSlice, SliceHeader
from lsdc.dataset.geometry import Plane
from lsdc.dataset.series import StudyOfPatient, has_other_tilts, neighbours_among, order_around, study_of
from lsdc.ui.datasets import file_version, load_series, load_slice, load_slices_around


class ShownSeries(Protocol):
    """The slices of one series, from the patient's right to the left, the front to the back, or the feet to the head."""

    @property
    def key(self) -> str:
        """Names the series and its content."""

    @property
    def description(self) -> str:
        """What the scanner or the data set calls it; may be empty."""

    @property
    def headers(self) -> Sequence[SliceHeader | DicomSlice]:
        """Of each slice."""

    def load(self, place: int) -> tuple[str, DicomSlice]:
        """What names the pixels of a slice, and the slice."""

    def around(self, place: int, count: int) -> list[DicomSlice | None]:
        """A slice with the `count` slices on each side of it; None where there is none."""

    def why_no_more(self, place: int) -> str:
        """Why a slice may have fewer neighbours than a model looks at, as the end of a sentence."""


@dataclass(frozen=True, kw_only=True, eq=False)
class UploadedSeries:
    """A series in memory.

    Args:
        headers: The slices.
        image_ids: What names the pixels of each.
    """

    headers: Sequence[DicomSlice]
    image_ids: Sequence[str]

    @cached_property
    def key(self) -> str:
        """Of all its slices: other files are another choice, which begins afresh."""
        return hashlib.sha256(" ".join(self.image_ids).encode()).hexdigest()

    @property
    def description(self) -> str:
        """As the header has it."""
        return self.headers[0].series_description

    def load(self, place: int) -> tuple[str, DicomSlice]:
        """What names the pixels of a slice, and the slice."""
        return self.image_ids[place], self.headers[place]

    def around(self, place: int, count: int) -> list[DicomSlice | None]:
        """As `neighbours_among`."""
        return neighbours_among(self.headers, self.headers[place], count)

    def why_no_more(self, place: int) -> str:
        """That no more were uploaded, or that what was uploaded cannot be told to be of its series."""
        own = self.headers[place]
        if not own.series_uid and own.frame_number is None:
            return "the file does not say its series, so that no other is known to be of it"
        return f"no more{_at_this_tilt(self, place)} were uploaded"


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredSeries:
    """A series of the data set in use, in its folder.

    Args:
        folder: Holds its files.
        description: As the data set's table has it, or else the header.
    """

    folder: Path
    description: str

    @cached_property
    def key(self) -> str:
        """Of its files as they are: a series that was changed on the disk is another one."""
        return hashlib.sha256(repr([file_version(path) for path in self.paths]).encode()).hexdigest()

    @cached_property
    def paths(self) -> list[Path]:
        """The files that hold a slice, in the order of the patient."""
        return [member.path for member in load_series(self.folder).in_patient_order]

    @cached_property
    def headers(self) -> list[SliceHeader]:
        """Of each slice."""
        infos = {member.path: member.info for member in load_series(self.folder).members}
        return [infos[path] for path in self.paths]

    def load(self, place: int) -> tuple[str, DicomSlice]:
        """What names the pixels of a slice, and the slice; errors as `load_slice`."""
        return load_slice(self.paths[place])

    def around(self, place: int, count: int) -> list[DicomSlice | None]:
        """As `load_slices_around`."""
        return load_slices_around(self.paths[place], count)

    def why_no_more(self, place: int) -> str:
        """That the folder has no more of them."""
        return f"its series has no more{_at_this_tilt(self, place)} that can be read"


def stored_study(root: Path, study: int, descriptions: dict[int, str]) -> list[StoredSeries]:
    """The series of a study of a data set that have a readable slice.

    Args:
        root: Of the data set.
        study: The number of the study.
        descriptions: What the data set calls its series.
    """
    folders = sorted(path for path in (root / "train_images" / str(study)).glob("*") if path.is_dir())
    found = []
    for folder in folders:
        members = load_series(folder).members
        if members:
            known = descriptions.get(int(folder.name)) if folder.name.isdecimal() else None
            found.append(StoredSeries(folder=folder, description=known or members[0].info.series_description))
    return found


def plane_of(series: ShownSeries) -> Plane | None:
    """The plane of a series' first slice; None if it does not say how it lies."""
    plane = series.headers[0].plane
    return plane.plane if plane else None


def series_names(series: Sequence[ShownSeries]) -> list[str]:
    """What a list to choose from says of each, no two alike: a page finds what was chosen by what the list says.

    Series of several patients or studies are numbered by them, in the order in which they come; nothing that names a
    patient is shown.
    """
    of = [study_of(one.headers[0]) for one in series]
    studies = list(dict.fromkeys(of))
    word, _ = _words_for(studies)
    numbers = [f"{word} {studies.index(study) + 1}" if len(studies) > 1 else "" for study in of]
    names = [" · ".join(filter(None, (series_name(one), number))) for one, number in zip(series, numbers, strict=True)]
    earlier = [names[:place].count(name) for place, name in enumerate(names)]
    return [f"{name} ({count + 1})" if count else name for name, count in zip(names, earlier, strict=True)]


def several_studies(series: Sequence[ShownSeries]) -> str:
    """Of how many patients or studies series are, in words such as “2 patients”; empty if of one."""
    studies = {study_of(one.headers[0]) for one in series}
    return f"{len(studies)} {_words_for(studies)[1]}" if len(studies) > 1 else ""


def _words_for(studies: Collection[StudyOfPatient]) -> tuple[str, str]:
    """What counts them: patients if each has one study, else studies; one of them, and many."""
    each_has_one = len({study.patient for study in studies}) == len(studies)
    return ("patient", "patients") if each_has_one else ("study", "studies")


def series_name(series: ShownSeries) -> str:
    """What a series is, in a few words, which another one may share; a list to choose from takes `series_names`."""
    plane, count = plane_of(series), len(series.headers)
    said = plane or "no position"
    words = "" if plane and plane.value in series.description.lower() else said
    return " · ".join(part for part in (series.description, words, f"{count} slice" + "s" * (count > 1)) if part)


def _at_this_tilt(series: ShownSeries, place: int) -> str:
    return " at this tilt" if has_other_tilts(series.headers, place) else ""


def places_around(series: ShownSeries, place: int, count: int) -> tuple[int, ...]:
    """The places of the slices that a model looks at, which looks at `count` on each side of the one at `place`."""
    ordered = order_around(series.headers, place)
    middle = ordered.index(place)
    return tuple(ordered[max(middle - count, 0) : middle + count + 1])
