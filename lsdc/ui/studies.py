"""The series of one study as a reader pages through them, with the points that are marked on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from lsdc.dataset.dicom import SliceHeader
from lsdc.dataset.series import Member, SkippedFile
from lsdc.errors import MissingFileError
from lsdc.ui.datasets import DataSet, load_series, load_series_names


@dataclass(frozen=True, kw_only=True, eq=False)
class StudySeries:
    """A series of a study.

    Args:
        number: As the tables call it.
        description: Of the table of series.
        slices: As a person pages through them; empty if there are none that can be read.
        skipped: The files that are no slices, each with the reason.
        problem: Why there are no slices; empty if there are.
        points: Its rows of the label table, under their index.
    """

    number: int
    description: str
    slices: Sequence[Member]
    skipped: Sequence[SkippedFile]
    problem: str
    points: pd.DataFrame

    @property
    def headers(self) -> list[SliceHeader]:
        """What the slices say of themselves."""
        return [member.info for member in self.slices]

    @property
    def name(self) -> str:
        """What a list to choose from says of it."""
        slices = f"{len(self.slices)} slices" if self.slices else "no images"
        points = f"{len(self.points)} points" if len(self.points) else "no points"
        return f"{self.description} · {slices} · {points} · {self.number}"

    @property
    def marked(self) -> set[int]:
        """The instance numbers of the slices that carry points."""
        return set(self.points["instance_number"])

    def reason_without(self, instance_number: int | str) -> str:
        """Why a slice is not among `slices`."""
        reasons = {skipped.path.stem: skipped.reason for skipped in self.skipped}
        said = reasons.get(str(instance_number), "There is no such file.")
        return f"Slice {instance_number} of series {self.number} cannot be shown. {said}"

    def place_of(self, instance_number: int | str) -> int | None:
        """The place of a slice among `slices`; None if it is not there."""
        places = {str(member.number): place for place, member in enumerate(self.slices)}
        return places.get(str(instance_number))


def load_study(data: DataSet, study: int) -> list[StudySeries]:
    """All series of a study, by their descriptions."""
    names = load_series_names(data)
    names = names[names["study_id"] == study].sort_values(["series_description", "series_id"])
    points = data.table[data.table["study_id"] == study]
    return [
        _load_series(data, study, int(number), description, points[points["series_id"] == number])
        for number, description in zip(names["series_id"], names["series_description"], strict=True)
    ]


def _load_series(data: DataSet, study: int, number: int, description: str, points: pd.DataFrame) -> StudySeries:
    slices: Sequence[Member] = ()
    skipped: Sequence[SkippedFile] = ()
    try:
        stack = load_series(data.root / "train_images" / str(study) / str(number))
    except MissingFileError:
        problem = "Its folder is missing."
    else:
        # The tables can speak of a slice only by the number in its name.
        slices = [member for member in stack.in_patient_order if member.number is not None]
        unnamed = [member.path for member in stack.members if member.number is None]
        skipped = [*stack.skipped, *(SkippedFile(path=path, reason="Its name is no number.") for path in unnamed)]
        nothing = "None of its files can be read." if skipped else "Its folder is empty."
        problem = "" if slices else nothing
    return StudySeries(
        number=number, description=description, slices=slices, skipped=skipped, problem=problem, points=points
    )
