"""How a DICOM report refers to its images, and which images it cannot refer to."""

from __future__ import annotations

import re

from pydicom import Dataset
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    EnhancedMRColorImageStorage,
    EnhancedMRImageStorage,
    LegacyConvertedEnhancedCTImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    MRImageStorage,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    SecondaryCaptureImageStorage,
)

from lsdc.dataset.dicom import DicomSlice
from lsdc.errors import ReportError
from lsdc.prediction.reports.report import Report

# PS3.5 9.1.
UID_LETTERS = 64
_UID = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))*", re.ASCII)

# By which a report refers to a slice, and what a reader calls them.
_REFERENCES = {
    "study_uid": "Study Instance UID",
    "series_uid": "Series Instance UID",
    "sop_class_uid": "SOP Class UID",
    "sop_instance_uid": "SOP Instance UID",
}

# Classes whose modules the library behind the structured report knows, as far as they hold slices of a spine.
_CLASSES = (
    MRImageStorage,
    EnhancedMRImageStorage,
    EnhancedMRColorImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    CTImageStorage,
    EnhancedCTImageStorage,
    LegacyConvertedEnhancedCTImageStorage,
    SecondaryCaptureImageStorage,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
)


def check_references(report: Report) -> None:
    """Refuse images that a DICOM report cannot refer to.

    Raises:
        ReportError: What is missing, and what works without.
    """
    for image in report.images:
        missing = [name for field, name in _REFERENCES.items() if not _is_uid(getattr(image, field))]
        if missing:
            raise ReportError(
                f"An image has no valid {', '.join(missing)}.",
                "A DICOM report refers to its images by them.",
                "Take the PDF, JSON or CSV, or the original images of the scanner.",
            )
        if image.sop_class_uid not in _CLASSES:
            raise ReportError(
                f"An image is of a kind that a DICOM report does not refer to here (SOP class {image.sop_class_uid}).",
                "Expected a slice as MR or CT scanners make it.",
                "Take the PDF, JSON or CSV, or the original images of the scanner.",
            )


def source_reference(image: DicomSlice) -> Dataset:
    """The SOP class and instance of a slice."""
    reference = Dataset()
    reference.ReferencedSOPClassUID = image.sop_class_uid
    reference.ReferencedSOPInstanceUID = image.sop_instance_uid
    if image.frame_number is not None:
        reference.ReferencedFrameNumber = image.frame_number
    return reference


def _is_uid(value: str) -> bool:
    return len(value) <= UID_LETTERS and _UID.fullmatch(value) is not None
