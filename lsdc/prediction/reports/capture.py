"""The marked slice as a DICOM image, for viewers that show no structured reports: a secondary capture."""

from __future__ import annotations

import io
import zipfile

import numpy as np
from highdicom import UID
from highdicom.sc import SCImage
from pydicom.sr.codedict import codes

from lsdc.dataset.dicom import DicomSlice
from lsdc.prediction.reports.identity import (
    code_item,
    comments,
    program_attributes,
    write_identity,
)
from lsdc.prediction.reports.picture import marked_slice
from lsdc.prediction.reports.references import source_reference
from lsdc.prediction.reports.report import Report

SERIES_NUMBER = 9002
# A fixed time, so that a zip says nothing of when it was made.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def as_capture(report: Report) -> bytes:
    """The marked slice as a DICOM file; of several slices a zip of such files."""
    series_uid = UID()
    files = [_file(report, image, series_uid, number) for number, image in enumerate(report.images, start=1)]
    if len(files) == 1:
        return files[0]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(files, start=1):
            archive.writestr(zipfile.ZipInfo(f"slice-{number}.dcm", _ZIP_TIME), content)
    return buffer.getvalue()


def _file(report: Report, image: DicomSlice, series_uid: UID, number: int) -> bytes:
    findings = report.on(image)
    pixels = np.asarray(marked_slice(image, findings))
    letters = image.plane.edge_letters if image.plane else None
    captured = SCImage(
        pixel_array=pixels,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        study_instance_uid=image.study_uid,
        series_instance_uid=series_uid,
        series_number=SERIES_NUMBER,
        sop_instance_uid=UID(),
        instance_number=number,
        patient_orientation=("L", "P"),  # highdicom takes no oblique ones; replaced below
        **program_attributes(report),
    )
    # PS3.3 C.7.6.1.1.1: where a row, then a column leads to; empty where nobody knows.
    captured.PatientOrientation = [letters.right, letters.bottom] if letters else []
    # By which a reader knows that the image as a whole has no laterality.
    captured.BodyPartExamined = "LSPINE"
    said = [f"{place}. {finding.title}: {finding.answer}." for place, finding in findings]
    captured.ImageComments = " ".join([*comments(report), *said])
    source = source_reference(image)
    source.PurposeOfReferenceCodeSequence = [code_item(codes.DCM.SourceImageForImageProcessingOperation)]
    captured.SourceImageSequence = [source]
    write_identity(captured, report)
    buffer = io.BytesIO()
    captured.save_as(buffer)
    return buffer.getvalue()
