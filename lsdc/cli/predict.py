"""`python -m lsdc predict`: grade one point of one slice, with its neighbours if they are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from lsdc import settings
from lsdc.cli.batch import grade_data_set
from lsdc.cli.options import JsonOption, parse_word, print_json
from lsdc.cli.reports import CaptureOption, IdentifiersOption, ReportOption, report_formats, write_reports
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
from lsdc.prediction.reports.report import NOTICE, answer, attention_as_given, finding_record
from lsdc.prediction.stability import REACH_MM, Stability, click_stability
from lsdc.runs import RunFolder, open_run


def predict(
    run: Annotated[
        list[str],
        typer.Option(
            help="The run, as `python -m lsdc runs` lists it. Of several each grades the point; with --points the first that "
            "learned it does."
        ),
    ],
    dicom: Annotated[Path, typer.Option(help="A DICOM file; with --points the folder of all studies.")],
    x: Annotated[
        float | None,
        typer.Option(help="Column of the point in pixels; 0 is the centre of the first.", show_default=False),
    ] = None,
    y: Annotated[float | None, typer.Option(help="Row of the point in pixels.", show_default=False)] = None,
    level: Annotated[str | None, typer.Option(help="l1_l2 to l5_s1.", show_default=False)] = None,
    side: Annotated[str, typer.Option(help="The patient's side: left, right, or midline for the canal.")] = "left",
    condition: Annotated[
        str | None, typer.Option(help="Needed only if the run learned several.", show_default=False)
    ] = None,
    series: Annotated[
        Path | None,
        typer.Option(
            help="A folder with the other slices of its series, for models that look at several.", show_default=False
        ),
    ] = None,
    frame: Annotated[
        int | None,
        typer.Option(help="Which frame of a multi-frame file, from 1 on.", show_default=False),
    ] = None,
    stability: Annotated[
        bool,
        typer.Option(
            "--stability", help="Grade clicks up to 5 mm to each side of the point too, and say where they differ."
        ),
    ] = False,
    points: Annotated[
        Path | None,
        typer.Option(
            help="Instead of one point a CSV of many, in the form of train_label_coordinates.csv.", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="With --points: the folder for grades and submission.csv.", show_default=False),
    ] = None,
    coverage: Annotated[
        int,
        typer.Option(
            min=1,
            max=100,
            help="Answer the surest so many percent of points, by the run's own rows; else: cannot tell.",
        ),
    ] = 100,
    report: ReportOption = None,
    secondary_capture: CaptureOption = None,
    with_identifiers: IdentifiersOption = False,
    as_json: JsonOption = False,
) -> None:
    """Grade one point: the severity, its probabilities, and what may be wrong with them. Or all points of a CSV."""
    folders = [open_run(settings.runs_root(), name) for name in run]
    formats = report_formats(report, secondary_capture)
    if points:
        if not out:
            raise _incomplete("--points", "--out, the folder that the grades go to")
        if coverage < 100:
            raise ConfigError(
                "--coverage is for one point.", "The grades of --points carry their probabilities.", "Leave it out."
            )
        grade_data_set(folders, points, dicom, out, as_json=as_json)
        return
    if x is None or y is None or level is None:
        raise _incomplete("One point", "--x, --y and --level; or --points and --out")
    place = _Place(
        condition=parse_word(Condition, Condition, condition, "condition") if condition else None,
        level=parse_word(Level, [word.slug for word in Level], level, "level"),
        side=parse_word(Side, Side, side, "side"),
    )
    own, slices = _read_slices(dicom, frame, series)
    asked = _Asked(slices=slices, own=own, point=PixelPoint.from_xy(x, y), place=place)
    answers = [_grade(folder, asked, coverage=coverage / 100, stability=stability) for folder in folders]
    findings = [finding for finding, _ in answers]
    write_reports(findings, formats, with_identifiers=with_identifiers)
    if as_json:
        records = [
            finding_record(finding) | ({"stability": _stability_as_dict(around)} if around else {})
            for finding, around in answers
        ]
        print_json((records[0] if len(folders) == 1 else {"answers": records}) | {"notice": NOTICE})
        return
    for finding, around in answers:
        _print(finding, around, named=len(folders) > 1)
    print(f"  {NOTICE}")


@dataclass(frozen=True, kw_only=True)
class _Place:
    """What the point stands for; without a condition it is the first that a run learned."""

    condition: Condition | None
    level: Level
    side: Side


@dataclass(frozen=True, kw_only=True, eq=False)
class _Asked:
    """The point, on `own`, which is one of the slices that were given."""

    slices: Sequence[DicomSlice]
    own: DicomSlice
    point: PixelPoint
    place: _Place


def _grade(run: RunFolder, asked: _Asked, *, coverage: float, stability: bool) -> tuple[Finding, Stability | None]:
    """What a run says of the point, and of the clicks around it if that is asked."""
    own, point, place = asked.own, asked.point, asked.place
    around = neighbours_among(asked.slices, own, run.config.neighbours)
    condition = place.condition or run.config.conditions[0]
    words: dict[str, Any] = {"condition": condition, "level": place.level, "side": place.side}
    grader = load_grader(run)
    grade = grader.grade(around, point, **words)
    series = [image for image in asked.slices if image.series_uid == own.series_uid]
    if doubt := doubt_of_slice(own, series, place.side):
        grade = replace(grade, warnings=(*grade.warnings, doubt))
    threshold = threshold_for(read_calibration(run), coverage) if coverage < 1 else None
    sure = threshold is None or threshold.reached_by(grade.probabilities[grade.severity])
    finding = Finding(run=run, image=own, point=point, **words, grade=grade, sure=sure)
    return finding, click_stability(grader, around, point, **words) if stability else None


def _incomplete(what: str, needed: str) -> ConfigError:
    return ConfigError(f"{what} needs more to be said.", f"Expected {needed}.", "Add it.")


def _read_slices(dicom: Path, frame: int | None, series: Path | None) -> tuple[DicomSlice, list[DicomSlice]]:
    """The slice that was named, and all that its file and the folder hold."""
    data = _read(dicom)
    slices = read_untrusted_file(data)
    own = _chosen_frame(slices, frame)
    if series is not None:
        if not series.is_dir():
            raise MissingFileError(f"There is no folder {series}.", "A folder with DICOM files.", "Check the path.")
        contents = [_read(path) for path in sorted(series.iterdir()) if path.is_file()]
        for answer in read_untrusted_files(content for content in contents if content != data):
            # A file that is no slice is no neighbour; the answer says how many there were.
            slices += [] if isinstance(answer, DicomError) else answer
    return own, slices


def _chosen_frame(slices: Sequence[DicomSlice], frame: int | None) -> DicomSlice:
    if frame is None and len(slices) > 1:
        raise _incomplete(f"A file of {len(slices)} frames", f"--frame, from 1 to {len(slices)}")
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
    print(run + answer(finding))
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
