"""Findings in, files out, as bytes in memory: JSON, CSV, PDF, a DICOM structured report, and marked images as DICOM.

A report leaves the program, so by default it names nobody; see `identity` and decision 16.
"""

from lsdc.prediction.reports.formats import ReportFormat, check_report, make_report
from lsdc.prediction.reports.report import Report

__all__ = ["Report", "ReportFormat", "check_report", "make_report"]
