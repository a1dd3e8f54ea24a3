"""The formats of a report, and who writes each."""

from __future__ import annotations

import importlib
from enum import StrEnum

from lsdc.prediction.reports.references import check_references
from lsdc.prediction.reports.report import Report


class ReportFormat(StrEnum):
    """A kind of file."""

    PDF = "pdf"
    JSON = "json"
    CSV = "csv"
    STRUCTURED = "structured"
    CAPTURE = "capture"

    @property
    def display(self) -> str:
        """What a reader chooses."""
        return {
            "pdf": "PDF",
            "json": "JSON",
            "csv": "CSV",
            "structured": "DICOM report",
            "capture": "DICOM image",
        }[self.value]

    def file_name(self, report: Report) -> str:
        """What the file is called; never after a patient."""
        if self is ReportFormat.CAPTURE:
            return "lumbar-report-slice.dcm" if len(report.images) == 1 else "lumbar-report-slices.zip"
        return {"structured": "lumbar-report-sr.dcm"}.get(self.value, f"lumbar-report.{self.value}")

    @property
    def has_references(self) -> bool:
        """Whether it refers to the source images by their UIDs, and so needs them."""
        return self in (ReportFormat.STRUCTURED, ReportFormat.CAPTURE)


# Imported when they are needed: two of them bring libraries that no other part of the program has a use for.
_WRITERS = {
    ReportFormat.PDF: ("pdf", "as_pdf"),
    ReportFormat.JSON: ("tables", "as_json"),
    ReportFormat.CSV: ("tables", "as_csv"),
    ReportFormat.STRUCTURED: ("structured", "as_structured_report"),
    ReportFormat.CAPTURE: ("capture", "as_capture"),
}


def check_report(report: Report, report_format: ReportFormat) -> None:
    """Refuse what cannot be written down in a format; much cheaper than writing it.

    Raises:
        ReportError: If a DICOM report cannot refer to its images.
    """
    if report_format.has_references:
        check_references(report)


def make_report(report: Report, report_format: ReportFormat) -> bytes:
    """Write a report down.

    Returns:
        The content of a file. Marked slices are one DICOM file, or a zip of them if there are several.

    Raises:
        ReportError: As `check_report`.
    """
    check_report(report, report_format)
    module, function = _WRITERS[report_format]
    writer = importlib.import_module(f"lsdc.prediction.reports.{module}")
    content: bytes = getattr(writer, function)(report)
    return content
