"""Whose images they are, in the header of a DICOM report: written if somebody asked for it, else removed and said so.

Removed means: after the Basic Application Level Confidentiality Profile with the Retain UIDs Option (PS3.15 Annex E), see
decision 16. The reports are written from nothing rather than cleaned, so that what is not set here is not there.
"""

from __future__ import annotations

import re
from typing import Any

from pydicom import Dataset
from pydicom.config import RAISE
from pydicom.datadict import dictionary_VR
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.valuerep import validate_value

from lsdc import __version__
from lsdc.dataset.dicom import DicomSlice, PatientHeader
from lsdc.errors import ReportError
from lsdc.prediction.reports.report import NOTICE, PROGRAM, SYNTHETIC_NOTICE, Report

# PS3.5 9.1.
UID_LETTERS = 64
_UID = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))*", re.ASCII)

# What stands where the profile asks for a dummy and the standard for a value.
DUMMY_DATE, DUMMY_TIME = "19000101", "000000"
_TIMES = ("InstanceCreationDate", "InstanceCreationTime", "DateOfSecondaryCapture", "TimeOfSecondaryCapture")
_KEYWORDS = {
    "name": "PatientName",
    "patient_id": "PatientID",
    "birth_date": "PatientBirthDate",
    "sex": "PatientSex",
    "study_date": "StudyDate",
    "study_time": "StudyTime",
    "accession_number": "AccessionNumber",
    "study_id": "StudyID",
    "referring_physician": "ReferringPhysicianName",
}
# By which a report refers to a slice, and what a reader calls them.
_REFERENCES = {
    "study_uid": "Study Instance UID",
    "series_uid": "Series Instance UID",
    "sop_class_uid": "SOP Class UID",
    "sop_instance_uid": "SOP Instance UID",
}


def check_references(report: Report) -> None:
    """Refuse images that a DICOM report cannot refer to, or that are of several studies.

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
    if len({image.study_uid for image in report.images}) > 1:
        raise ReportError(
            "The findings are of several studies.",
            "Expected those of one: a DICOM report belongs to one study.",
            "Report each study for itself.",
        )


def program_attributes(report: Report) -> dict[str, Any]:
    """What both kinds of DICOM report say of the program, as their constructors take it."""
    mark = "SYNTHETIC phantom; research use only" if report.synthetic else "Research use only"
    return {
        "series_description": mark,
        "manufacturer": PROGRAM,
        "manufacturer_model_name": PROGRAM,
        "software_versions": __version__,
        "specific_character_set": "ISO_IR 192",
    }


def write_identity(dataset: Dataset, report: Report) -> None:
    """Complete the header of a report that was made without a patient."""
    if report.synthetic:
        # PS3.3 C.7.1.1: the subject is a phantom.
        dataset.QualityControlSubject = "YES"
    if report.patient:
        _write_patient(dataset, report.patient)
    else:
        _say_that_it_is_removed(dataset)


def comments(report: Report) -> list[str]:
    """What is said of the whole report in free text."""
    return [NOTICE, *([SYNTHETIC_NOTICE] if report.synthetic else [])]


def source_reference(image: DicomSlice) -> Dataset:
    """The SOP class and instance of a slice."""
    reference = Dataset()
    reference.ReferencedSOPClassUID = image.sop_class_uid
    reference.ReferencedSOPInstanceUID = image.sop_instance_uid
    if image.frame_number is not None:
        reference.ReferencedFrameNumber = image.frame_number
    return reference


def _write_patient(dataset: Dataset, patient: PatientHeader) -> None:
    for field, keyword in _KEYWORDS.items():
        value = getattr(patient, field)
        setattr(dataset, keyword, value if _is_valid(keyword, value) else "")


def _say_that_it_is_removed(dataset: Dataset) -> None:
    for keyword in _KEYWORDS.values():
        setattr(dataset, keyword, "")
    for keyword in _TIMES:
        if keyword in dataset:
            delattr(dataset, keyword)
    for keyword, dummy in {"ContentDate": DUMMY_DATE, "ContentTime": DUMMY_TIME}.items():
        if keyword in dataset:
            setattr(dataset, keyword, dummy)
    for equipment in dataset.get("ContributingEquipmentSequence", []):
        del equipment.ContributionDateTime
    dataset.PatientIdentityRemoved = "YES"
    dataset.LongitudinalTemporalInformationModified = "REMOVED"
    methods = (codes.DCM.BasicApplicationConfidentialityProfile, codes.DCM.RetainUidsOption)
    dataset.DeidentificationMethod = [method.meaning for method in methods]
    dataset.DeidentificationMethodCodeSequence = [code_item(method) for method in methods]


def code_item(code: Code) -> Dataset:
    """A code as an item of a sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme_designator, code.meaning
    return item


def _is_uid(value: str) -> bool:
    return len(value) <= UID_LETTERS and _UID.fullmatch(value) is not None


def _is_valid(keyword: str, value: str) -> bool:
    # The header was read as it is; what the standard does not allow is not written on.
    try:
        validate_value(dictionary_VR(keyword), value, RAISE)
    except ValueError:
        return False
    return True
