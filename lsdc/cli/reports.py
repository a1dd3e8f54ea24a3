"""The options of `predict` that write reports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from lsdc.errors import ConfigError
from lsdc.files import replacing
from lsdc.prediction.finding import Finding
from lsdc.prediction.reports import Report, ReportFormat, make_report

_BY_SUFFIX = {
    ".json": ReportFormat.JSON,
    ".csv": ReportFormat.CSV,
    ".pdf": ReportFormat.PDF,
    ".dcm": ReportFormat.STRUCTURED,
}

ReportOption = Annotated[
    list[Path] | None,
    typer.Option("--report", help="Write a report: FILE.json, .csv, .pdf, or .dcm for a DICOM structured report."),
]
CaptureOption = Annotated[
    Path | None,
    typer.Option("--secondary-capture", help="Write the marked slice as a DICOM image.", show_default=False),
]
IdentifiersOption = Annotated[
    bool, typer.Option("--with-identifiers", help="Reports name the patient; without it they name nobody.")
]


def report_formats(reports: Sequence[Path] | None, capture: Path | None) -> dict[Path, ReportFormat]:
    """Which format each file gets.

    Raises:
        ConfigError: If the name of a file does not say it.
    """
    formats = {path: _format_of(path) for path in reports or ()}
    return formats | ({capture: ReportFormat.CAPTURE} if capture else {})


def write_reports(findings: Sequence[Finding], formats: dict[Path, ReportFormat], *, with_identifiers: bool) -> None:
    """Write findings to files.

    Raises:
        ReportError: If a DICOM report cannot refer to the image.
    """
    report = Report(findings=tuple(findings), with_identifiers=with_identifiers)
    for path, report_format in formats.items():
        content = make_report(report, report_format)
        with replacing(path) as draft:
            draft.write_bytes(content)


def _format_of(path: Path) -> ReportFormat:
    if path.suffix.lower() not in _BY_SUFFIX:
        raise ConfigError(
            f"{path.name} does not say which kind of report it is.",
            f"Expected a name that ends in {', '.join(_BY_SUFFIX)}.",
            "Give the file another name.",
        )
    return _BY_SUFFIX[path.suffix.lower()]
