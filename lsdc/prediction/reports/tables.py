"""Reports for programs and spreadsheets."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from lsdc.labels import Severity
from lsdc.prediction.finding import Finding
from lsdc.prediction.reports.report import NOTICE, Report, finding_record
from lsdc.spreadsheets import as_cell


def as_json(report: Report) -> bytes:
    """The whole report as one object."""
    return (json.dumps(report.record(), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def as_csv(report: Report) -> bytes:
    """A line for each finding, in UTF-8 with the mark by which spreadsheets know it."""
    patient = vars(report.patient) if report.patient else {}
    lines = [
        {"finding": number, **_line(finding), **patient} for number, finding in enumerate(report.findings, start=1)
    ]
    table = pd.DataFrame(lines).map(lambda cell: as_cell(cell) if isinstance(cell, str) else cell)
    return table.to_csv(index=False, lineterminator="\n").encode("utf-8-sig")


def _line(finding: Finding) -> dict[str, Any]:
    record = finding_record(finding)
    shares = {severity.probability_column: record["probabilities"][severity.value] for severity in Severity}
    return {
        **{name: record[name] for name in ("condition", "level", "side")},
        "answer": finding.answer,
        "severity": record["severity"],
        **shares,
        **{
            name: record[name]
            for name in ("x", "y", "slices", "real_slices", "distance_percentile", "run", "synthetic_model")
        },
        **record["image"],
        "warnings": " ".join(record["warnings"]),
        "notice": NOTICE,
    }
