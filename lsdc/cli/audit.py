"""`python -m lsdc audit`: what is wrong in a data set, for people and for scripts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from lsdc import settings
from lsdc.cli.options import DataOption, JsonOption, data_root, print_json
from lsdc.dataset.audit import AuditFinding, Importance, as_review, audit_data_set, finding_rows
from lsdc.dataset.headers import IMAGES_FOLDER, scan_headers
from lsdc.dataset.reviews import as_csv
from lsdc.dataset.tables import load_label_table, write_table
from lsdc.files import write_with

FOUND_SOMETHING = 3


class FailOn(StrEnum):
    """From which findings on the exit code tells of them."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


def audit(
    data: DataOption = None,
    as_json: JsonOption = False,
    csv: Annotated[
        Path | None,
        typer.Option(help="Write what a run is to leave out: --set label_review=FILE.", show_default=False),
    ] = None,
    cases: Annotated[
        Path | None, typer.Option(help="Write every case, as .csv or .parquet.", show_default=False)
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option(help=f"Exit with {FOUND_SOMETHING} if there is such a finding, or a graver one.")
    ] = FailOn.ERROR,
) -> None:
    """Check a data set: files, points, levels, sides, series; without images its tables alone. Exits with 0 if all is well, 3 if not, 1 if it cannot."""
    root = data_root(data)
    # Before the images, which take minutes: what is no data set is said at once.
    points = load_label_table(root)
    headers = read_headers(root)
    findings = audit_data_set(root, headers)
    if csv:
        review = as_csv(as_review(findings, points))
        write_with(csv, lambda path: path.write_bytes(review))
    if cases:
        write_table(finding_rows(findings), cases)
    if as_json:
        print_json(
            {
                "images": 0 if headers is None else len(headers),
                "findings": [_as_fields(finding) for finding in findings],
            }
        )
    else:
        _print(findings, headers)
    if fail_on is not FailOn.NEVER and any(
        finding.kind.importance.rank <= Importance(fail_on.value).rank for finding in findings
    ):
        raise typer.Exit(FOUND_SOMETHING)


def read_headers(root: Path) -> pd.DataFrame | None:
    """The headers of all images of a data set, with their progress told; None if it holds none."""
    if not (root / IMAGES_FOLDER).is_dir():
        return None
    return scan_headers(root, settings.headers_root(), report=show_progress)


def _as_fields(finding: AuditFinding) -> dict[str, object]:
    kind = finding.kind
    rows = [
        {name: value for name, value in row.items() if value is not None}
        for row in finding.rows.astype(object).where(finding.rows.notna(), None).to_dict("records")
    ]
    return {
        "kind": kind.slug,
        "importance": kind.importance.value,
        "title": kind.title,
        "meaning": kind.meaning,
        "training": kind.training,
        "count": finding.count,
        "rows": rows,
    }


def _print(findings: Sequence[AuditFinding], headers: pd.DataFrame | None) -> None:
    for finding in findings:
        kind = finding.kind
        print(
            f"{kind.importance.upper():<8} {finding.count:>6}  {kind.title}\n{'':17}{kind.meaning}\n{'':17}{kind.training}"
        )
    counts = {word: sum(f.count for f in findings if f.kind.importance is word) for word in Importance}
    checked = "No images, so only the tables were" if headers is None else f"{len(headers):,} images"
    print(f"{checked} checked: " + ", ".join(f"{count:,} {word.value}s" for word, count in counts.items()) + ".")


def show_progress(done: int, total: int) -> None:
    """Say how many headers are known."""
    end = "\n" if done == total else "\r"
    print(f"{done:,} of {total:,} headers", end=end, file=sys.stderr, flush=True)
