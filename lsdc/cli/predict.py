"""`python -m lsdc predict`: grade one point of one slice, with its neighbours if they are given, or all points of a CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsdc import settings
from lsdc.cli.batch import grade_data_set
from lsdc.cli.one_point import AskedPoint, grade_point, say_answers
from lsdc.cli.options import JsonOption, incomplete, parse_word
from lsdc.cli.reports import CaptureOption, IdentifiersOption, ReportOption, report_formats, write_reports
from lsdc.dataset.geometry import PixelPoint
from lsdc.labels import Condition, Level, Side
from lsdc.runs import open_run


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
            help="Answer the surest so many percent of points, by the run's own rows; of the others: cannot tell.",
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
            raise incomplete("--points", "--out, the folder that the grades go to")
        grade_data_set(folders, points, dicom, out, coverage=coverage / 100, as_json=as_json)
        return
    if x is None or y is None or level is None:
        raise incomplete("One point", "--x, --y and --level; or --points and --out")
    asked = AskedPoint(
        dicom=dicom,
        frame=frame,
        series=series,
        point=PixelPoint.from_xy(x, y),
        condition=parse_word(Condition, Condition, condition, "condition") if condition else None,
        level=parse_word(Level, [word.slug for word in Level], level, "level"),
        side=parse_word(Side, Side, side, "side"),
    )
    answers = grade_point(asked, folders, coverage=coverage / 100, stability=stability)
    write_reports([finding for finding, _ in answers], formats, with_identifiers=with_identifiers)
    say_answers(answers, as_json=as_json)
