"""One point of `python -m lsdc predict`: its slices are read, runs are asked of it, and their answers printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lsdc.cli.options import incomplete, print_json
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.series import neighbours_among
from lsdc.dataset.untrusted import read_untrusted_file, read_untrusted_files
from lsdc.errors import ConfigError, DicomError, MissingFileError
from lsdc.evaluation.calibration_file import read_calibration
from lsdc.evaluation.confidence import threshold_for
from lsdc.labels import Condition, Level, Side
from lsdc.prediction.doubts import doubt_of_slice
from lsdc.prediction.finding import Finding
from lsdc.prediction.grader import load_grader
from lsdc.prediction.reports.report import NOTICE, attention_as_given, finding_record
from lsdc.prediction.stability import REACH_MM, Stability, click_stability
from lsdc.runs import RunFolder


@dataclass(frozen=True, kw_only=True, eq=False)
class AskedPoint:
    """A point, and what it stands for.

    Args:
        dicom: The file of its slice.
        frame: Which frame of it, from 1 on; None if it holds one.
        series: A folder with the other slices of the series, if there is one.
        point: On the slice.
        condition: None for the first that a run learned.
        level: The disc level.
        side: The patient's side.
    """

    dicom: Path
    frame: int | None
    series: Path | None
    point: PixelPoint
    condition: Condition | None
    level: Level
    side: Side


def grade_point(
    asked: AskedPoint, runs: Sequence[RunFolder], *, coverage: float, stability: bool
) -> list[tuple[Finding, Stability | None]]:
    """What each run says of a point, and of the clicks around it if that is asked.

    Args:
        asked: The point.
        runs: What grades.
        coverage: How many points a run is to answer, the surest, by its own scored rows: from 0 to 1.
        stability: Whether they are asked of the clicks around the point too.

    Raises:
        LsdcError: If the slices cannot be read, or a run cannot grade the point, or does not say how sure it must be.
    """
    own, slices = _read_slices(asked)
    return [_grade(run, asked, own, slices, coverage=coverage, stability=stability) for run in runs]


def _grade(
    run: RunFolder,
    asked: AskedPoint,
    own: DicomSlice,
    slices: Sequence[DicomSlice],
    *,
    coverage: float,
    stability: bool,
) -> tuple[Finding, Stability | None]:
    point = asked.point
    around = neighbours_among(slices, own, run.config.neighbours)
    condition = asked.condition or run.config.conditions[0]
    words: dict[str, Any] = {"condition": condition, "level": asked.level, "side": asked.side}
    grader = load_grader(run)
    grade = grader.grade(around, point, **words)
    series = [image for image in slices if image.series_uid == own.series_uid]
    if doubt := doubt_of_slice(own, series, asked.side):
        grade = replace(grade, warnings=(*grade.warnings, doubt))
    threshold = threshold_for(read_calibration(run), coverage) if coverage < 1 else None
    sure = threshold is None or threshold.reached_by(grade.probabilities[grade.severity])
    finding = Finding(run=run, image=own, point=point, **words, grade=grade, sure=sure)
    return finding, click_stability(grader, around, point, **words) if stability else None


def _read_slices(asked: AskedPoint) -> tuple[DicomSlice, list[DicomSlice]]:
    """The slice of the point, and all that its file and the folder hold."""
    data = _read(asked.dicom)
    slices = read_untrusted_file(data)
    own = _chosen_frame(slices, asked.frame)
    if asked.series is not None:
        if not asked.series.is_dir():
            raise MissingFileError(
                f"There is no folder {asked.series}.", "A folder with DICOM files.", "Check the path."
            )
        contents = [_read(path) for path in sorted(asked.series.iterdir()) if path.is_file()]
        for answer in read_untrusted_files(content for content in contents if content != data):
            # A file that is no slice is no neighbour; the answer says how many there were.
            slices += [] if isinstance(answer, DicomError) else answer
    return own, slices


def _chosen_frame(slices: Sequence[DicomSlice], frame: int | None) -> DicomSlice:
    if frame is None and len(slices) > 1:
        raise incomplete(f"A file of {len(slices)} frames", f"--frame, from 1 to {len(slices)}")
    if not 1 <= (frame or 1) <= len(slices):
        raise ConfigError(
            f"The file has no frame {frame}.", f"Expected a number from 1 to {len(slices)}.", "Choose another frame."
        )
    return slices[(frame or 1) - 1]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MissingFileError(
            f"{path} cannot be read: {error.strerror}.", "A DICOM file.", "Check the path."
        ) from error


def say_answers(answers: Sequence[tuple[Finding, Stability | None]], *, as_json: bool) -> None:
    """Print what the runs answered: as text, or as one JSON object."""
    if as_json:
        records = [
            finding_record(finding) | ({"stability": _stability_as_dict(around)} if around else {})
            for finding, around in answers
        ]
        print_json((records[0] if len(records) == 1 else {"answers": records}) | {"notice": NOTICE})
        return
    for finding, around in answers:
        _print(finding, around, named=len(answers) > 1)
    print(f"  {NOTICE}")


def _stability_as_dict(stability: Stability) -> dict[str, Any]:
    distance_mm, other = stability.flip or (None, None)
    return {
        "reach_mm": REACH_MM,
        "share_alike": round(stability.share_alike, 6),
        "nearest_other_mm": None if distance_mm is None else round(distance_mm, 2),
        "nearest_other": other and other.value,
    }


def _print(finding: Finding, stability: Stability | None, *, named: bool) -> None:
    grade = finding.grade
    run = f"{finding.run.run_id}: " if named else ""
    print(run + finding.answer)
    for severity, share in grade.probabilities.items():
        print(f"  {severity.value:<12} {share:6.1%}")
    for member, shares in grade.by_member.items():
        print(f"  {member}: {', '.join(f'{severity.value} {share:.1%}' for severity, share in shares.items())}")
    if grade.num_slices > 1:
        print(f"  Made from {grade.num_real} of {grade.num_slices} slices.")
    if attention := attention_as_given(grade):
        weights = ", ".join(f"{weight:.0%}" for weight in attention)
        print(f"  Weights of the slices, from the patient's right or feet; the middle one has the point: {weights}.")
    if stability:
        nearest = "" if stability.flip is None else f"; {stability.flip[1]} from {stability.flip[0]:.1f} mm on"
        print(
            f"  Of the clicks up to {REACH_MM:g} mm to each side, {stability.share_alike:.0%} give this grade{nearest}."
        )
    if grade.nearest:
        labels = ", ".join(grade.nearest.rows["label"])
        print(f"  Nearest training cases: {labels}. Of all of them, {grade.nearest.percentile:.0f}% lie nearer.")
    for warning in grade.warnings:
        print(f"  {warning}")
