"""The slices of one series in the order in which they lie in the patient, and who is beside whom."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from lsdc.dataset.dicom import SliceInfo, read_header
from lsdc.dataset.geometry import ImagePlane
from lsdc.errors import LsdcError, MissingFileError

# An axial series is often tilted anew at every disc; slices of another tilt are not neighbours.
SAME_ORIENTATION_DEGREES = 5.0
# Two slices closer than this lie at the same place, as after a repeated scan.
SAME_POSITION_MM = 0.01


@dataclass(frozen=True, kw_only=True)
class Member:
    """A slice of a series."""

    path: Path
    info: SliceInfo


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
        ordered, middle = self.ordered_around(instance_number)
        last = len(ordered) - 1
        places = range(middle - count, middle + count + 1)
        return [(ordered[min(max(place, 0), last)].path, 0 <= place <= last) for place in places]

    def ordered_around(self, instance_number: int) -> tuple[list[Member], int]:
        """The slices parallel to one, in the order of `neighbours`, and the index of that one among them.

        Without positions the order is that of the instance numbers. Of several slices at one place the first stays,
        or the one asked for.
        """
        own = self._member(instance_number)
        if own.info.plane is None:
            unplaced = [member for member in self.members if member.info.plane is None]
            return unplaced, unplaced.index(own)
        axis = _axis_through(own.info.plane)
        placed = [
            (float(plane.position_mm @ axis), member)
            for member in self.members
            if (plane := member.info.plane) is not None and plane.angle_to(own.info.plane) <= SAME_ORIENTATION_DEGREES
        ]
        ordered: list[Member] = []
        last_mm = -math.inf
        for position_mm, member in sorted(placed, key=lambda place: place[0]):
            if position_mm - last_mm > SAME_POSITION_MM:
                ordered.append(member)
                last_mm = position_mm
            elif member is own:
                ordered[-1] = member
        return ordered, ordered.index(own)

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


def _axis_through(plane: ImagePlane) -> np.ndarray:
    """The normal, turned towards the patient's left, back or head: the direction in which LPS coordinates grow."""
    normal = plane.normal
    return np.asarray(normal * np.sign(normal[np.argmax(np.abs(normal))]))


def _by_number(member: Member) -> tuple[bool, int, str]:
    number = member.info.instance_number
    return number is None, number or 0, member.path.name
