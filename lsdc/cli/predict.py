"""`python -m lsdc predict`: grade one point of one DICOM file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lsdc import settings
from lsdc.cli.options import JsonOption, parse_word, print_json
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.untrusted import read_untrusted_slice
from lsdc.errors import MissingFileError
from lsdc.labels import Condition, Level, Side
from lsdc.prediction.grader import Grade, load_grader
from lsdc.runs import RunFolder, open_run


def predict(
    run: Annotated[str, typer.Option(help="The run, as `python -m lsdc runs` lists it.")],
    dicom: Annotated[Path, typer.Option(help="A DICOM file with one slice.")],
    x: Annotated[float, typer.Option(help="Column of the point in pixels; 0 is the centre of the first.")],
    y: Annotated[float, typer.Option(help="Row of the point in pixels.")],
    level: Annotated[str, typer.Option(help="l1_l2 to l5_s1.")],
    side: Annotated[str, typer.Option(help="The patient's side: left, right, or midline for the canal.")] = "left",
    condition: Annotated[
        str | None, typer.Option(help="Needed only if the run learned several.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Grade one point: the severity, its probabilities, and what may be wrong with them."""
    folder = open_run(settings.runs_root(), run)
    wanted_level = parse_word(Level, [word.slug for word in Level], level, "level")
    wanted_side = parse_word(Side, Side, side, "side")
    wanted_condition = (
        parse_word(Condition, Condition, condition, "condition") if condition else folder.config.conditions[0]
    )
    grade = load_grader(folder).grade(
        read_untrusted_slice(_read(dicom)),
        PixelPoint.from_xy(x, y),
        condition=wanted_condition,
        level=wanted_level,
        side=wanted_side,
    )
    if as_json:
        print_json(_as_dict(folder, wanted_condition, wanted_side, wanted_level, grade))
    else:
        _print(grade)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MissingFileError(
            f"{path} cannot be read: {error.strerror}.", "A DICOM file with one slice.", "Check the path."
        ) from error


def _as_dict(run: RunFolder, condition: Condition, side: Side, level: Level, grade: Grade) -> dict[str, Any]:
    return {
        "run": run.run_id,
        "condition": condition.value,
        "side": side.value,
        "level": level.value,
        "severity": grade.severity.value,
        "probabilities": {severity.value: round(share, 6) for severity, share in grade.probabilities.items()},
        "warnings": list(grade.warnings),
        "synthetic_model": run.data["synthetic"],
        "milliseconds": round(grade.milliseconds, 2),
        "notice": "Research use only; not a medical device.",
    }


def _print(grade: Grade) -> None:
    print(grade.severity.value)
    for severity, share in grade.probabilities.items():
        print(f"  {severity.value:<12} {share:6.1%}")
    for warning in grade.warnings:
        print(f"  {warning}")
    print("  Research use only; not a medical device.")
