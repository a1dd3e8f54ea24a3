"""What every report says, whatever its format."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lsdc import __version__
from lsdc.dataset.dicom import DicomSlice, PatientHeader
from lsdc.dataset.series import study_of
from lsdc.errors import ReportError
from lsdc.prediction.finding import Finding
from lsdc.prediction.grade import Grade
from lsdc.prediction.neighbours import Nearest

PROGRAM = "Lumbar workbench"
NOTICE = "Research use only; not a medical device."
SYNTHETIC_NOTICE = "SYNTHETIC: the image is a phantom that a program drew, not a patient."


@dataclass(frozen=True, kw_only=True, eq=False)
class Report:
    """Findings to be written down.

    Args:
        findings: At least one.
        with_identifiers: Whether it says whose images they are. Only if somebody asked for it.

    Raises:
        ReportError: If there is nothing to report, or if the findings are of several patients or studies.
    """

    findings: tuple[Finding, ...]
    with_identifiers: bool = False

    def __post_init__(self) -> None:
        if not self.findings:
            raise ReportError("There is nothing to report.", "Expected a graded point.", "Grade a point first.")
        if len({study_of(image) for image in self.images}) > 1:
            raise ReportError(
                "The findings are of several patients or studies.",
                "Expected those of one: a report does not tell whose each of them is.",
                "Report each study for itself.",
            )

    @property
    def images(self) -> tuple[DicomSlice, ...]:
        """The slices with findings, each once."""
        return tuple(dict.fromkeys(finding.image for finding in self.findings))

    @property
    def synthetic(self) -> bool:
        """Whether a phantom is among the images."""
        return any(image.synthetic for image in self.images)

    @property
    def patient(self) -> PatientHeader | None:
        """Whose images they are; None unless somebody asked for it."""
        return self.images[0].patient if self.with_identifiers else None

    def on(self, image: DicomSlice) -> list[tuple[int, Finding]]:
        """The findings on a slice, with their numbers in the report, from 1."""
        numbered = enumerate(self.findings, start=1)
        return [(number, finding) for number, finding in numbered if finding.image is image]

    def record(self) -> dict[str, Any]:
        """All of it as plain values."""
        patient = {"patient": asdict(self.patient)} if self.patient else {}
        return {
            "notice": NOTICE,
            "synthetic": self.synthetic,
            "program": {"name": PROGRAM, "version": __version__},
            "identifiers": "included" if self.with_identifiers else "removed",
            **patient,
            "findings": [finding_record(finding) for finding in self.findings],
        }


def finding_record(finding: Finding) -> dict[str, Any]:
    """A finding as plain values, without anything that the header writes in free text."""
    grade, image = finding.grade, finding.image
    return {
        "run": finding.run.run_id,
        "condition": finding.condition.value,
        "side": finding.side.value,
        "level": finding.level.value,
        "severity": grade.severity.value,
        "sure": finding.sure,
        "probabilities": _rounded(grade.probabilities),
        "members": {member: _rounded(shares) for member, shares in grade.by_member.items()},
        "slices": grade.num_slices,
        "real_slices": grade.num_real,
        "attention": attention_as_given(grade),
        "warnings": list(grade.warnings),
        "synthetic_model": finding.run.data["synthetic"],
        "milliseconds": round(grade.milliseconds, 2),
        "distance_percentile": grade.nearest and round(grade.nearest.percentile, 2),
        "nearest": grade.nearest and _nearest_record(grade.nearest),
        "x": round(finding.point.col, 3),
        "y": round(finding.point.row, 3),
        "image": {
            "study_uid": image.study_uid,
            "series_uid": image.series_uid,
            "sop_class_uid": image.sop_class_uid,
            "sop_instance_uid": image.sop_instance_uid,
            "frame_number": image.frame_number,
            "instance_number": image.instance_number,
            "synthetic": image.synthetic,
        },
    }


def attention_as_given(grade: Grade) -> list[float] | None:
    """The weights of the slices from the patient's right or feet."""
    if grade.attention is None:
        return None
    return [round(grade.attention[place], 6) for place in grade.given_order]


def _nearest_record(nearest: Nearest) -> list[dict[str, Any]]:
    rows = nearest.rows.assign(distance=nearest.rows["distance"].round(4))
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict(orient="records")]


def _rounded(shares: dict[Any, float]) -> dict[str, float]:
    return {severity.value: round(share, 6) for severity, share in shares.items()}
