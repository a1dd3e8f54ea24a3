"""Whose images they are, in the header of a DICOM report: written if somebody asked for it, else removed and said so.

Removed means: after the Basic Application Level Confidentiality Profile with the Retain UIDs Option (PS3.15 Annex E), see
decision 16. The reports are written from nothing rather than cleaned, so that what is not set here is not there.
"""

from __future__ import annotations

from typing import Any

from pydicom import Dataset
from pydicom.config import RAISE
from pydicom.datadict import dictionary_VR
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.valuerep import validate_value

from lsdc import __version__
from lsdc.dataset.dicom import PatientHeader
from lsdc.prediction.reports.report import NOTICE, PROGRAM, SYNTHETIC_NOTICE, Report

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


def _is_valid(keyword: str, value: str) -> bool:
    # The header was read as it is; what the standard does not allow is not written on.
    try:
        validate_value(dictionary_VR(keyword), value, RAISE)
    except ValueError:
        return False
    return True
