"""The DICOM structured report: a measurement report after template TID 1500, with a group for each finding."""

from __future__ import annotations

import io
import uuid
from typing import Any

import numpy as np
from highdicom import UID
from highdicom.sr import (
    AlgorithmIdentification,
    ComprehensiveSR,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    ImageRegion,
    Measurement,
    MeasurementReport,
    ObservationContext,
    ObserverContext,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForRegion,
    TextContentItem,
    TrackingIdentifier,
)
from pydicom import Dataset
from pydicom.sr.codedict import codes

from lsdc import __version__
from lsdc.dataset.dicom import DicomSlice
from lsdc.labels import Severity
from lsdc.prediction.finding import Finding
from lsdc.prediction.reports.codes import (
    CANNOT_TELL,
    CONDITIONS,
    GRADES,
    LEVELS,
    MOST_PROBABLE,
    PROBABILITIES,
    PROCEDURE,
    SIDES,
    coding_scheme,
)
from lsdc.prediction.reports.identity import comments, program_attributes, write_identity
from lsdc.prediction.reports.report import PROGRAM, Report

SERIES_NUMBER = 9001
# Names this version of the program as an observer, on whichever machine it runs.
_OBSERVER_UID = UID.from_uuid(str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:lumbar-workbench:{__version__}")))


def as_structured_report(report: Report) -> bytes:
    """The report as a DICOM file (Comprehensive SR, which every reader of measurement reports takes)."""
    groups = [_group(number, finding) for number, finding in enumerate(report.findings, start=1)]
    document = ComprehensiveSR(
        evidence=[_evidence(image) for image in report.images],
        content=MeasurementReport(
            observation_context=_observer(), procedure_reported=PROCEDURE, imaging_measurements=groups
        ),
        series_instance_uid=UID(),
        series_number=SERIES_NUMBER,
        sop_instance_uid=UID(),
        instance_number=1,
        is_complete=True,
        coding_schemes=[coding_scheme()],
        **program_attributes(report),
    )
    for said in comments(report):
        document.ContentSequence.append(_comment(said))
    write_identity(document, report)
    buffer = io.BytesIO()
    document.save_as(buffer)
    return buffer.getvalue()


def _group(number: int, finding: Finding) -> PlanarROIMeasurementsAndQualitativeEvaluations:
    group = PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=UID(), identifier=f"Finding {number}"),
        referenced_region=_region(finding),
        finding_type=CONDITIONS[finding.condition],
        finding_sites=[FindingSite(LEVELS[finding.level], laterality=SIDES[finding.side])],
        algorithm_id=_algorithm(finding),
        measurements=[
            Measurement(name=PROBABILITIES[severity], value=round(share, 6), unit=codes.UCUM.NoUnits)
            for severity, share in finding.grade.probabilities.items()
        ],
        qualitative_evaluations=_evaluations(finding),
    )
    for warning in finding.grade.warnings:
        group[0].ContentSequence.append(_comment(warning))
    return group


def _region(finding: Finding) -> ImageRegion:
    image = finding.image
    frames = None if image.frame_number is None else [image.frame_number]
    source = SourceImageForRegion(image.sop_class_uid, image.sop_instance_uid, frames)
    # PS3.3 C.18.6.1.2: column before row, and the top-left corner of the image, not the centre of its first pixel, is 0, 0.
    position = np.array([[finding.point.col + 0.5, finding.point.row + 0.5]])
    return ImageRegion(graphic_type="POINT", graphic_data=position, source_image=source)


def _algorithm(finding: Finding) -> AlgorithmIdentification:
    run = finding.run
    network = f"ensemble of {len(run.networks())} runs" if run.is_ensemble else str(run.config.model)
    learned_from = "SYNTHETIC phantoms" if run.data["synthetic"] else "images of patients"
    parameters = [f"Run: {run.run_id}", f"Network: {network}", f"Learned from: {learned_from}"]
    return AlgorithmIdentification(name=PROGRAM, version=__version__, parameters=parameters)


def _evaluations(finding: Finding) -> list[QualitativeEvaluation]:
    grade = GRADES[Severity(finding.grade.severity)]
    if finding.sure:
        return [QualitativeEvaluation(name=codes.SCT.Severity, value=grade)]
    return [
        QualitativeEvaluation(name=codes.SCT.Severity, value=CANNOT_TELL),
        QualitativeEvaluation(name=MOST_PROBABLE, value=grade),
    ]


def _observer() -> ObservationContext:
    device = DeviceObserverIdentifyingAttributes(uid=_OBSERVER_UID, name=PROGRAM, model_name=__version__)
    return ObservationContext(
        observer_device_context=ObserverContext(observer_type=codes.DCM.Device, observer_identifying_attributes=device)
    )


def _comment(words: str) -> TextContentItem:
    return TextContentItem(name=codes.DCM.Comment, value=words, relationship_type=RelationshipTypeValues.CONTAINS)


def _evidence(image: DicomSlice) -> Dataset:
    """What highdicom reads of a source image; without its patient, whom `write_identity` adds where it should."""
    evidence = Dataset()
    evidence.StudyInstanceUID, evidence.SeriesInstanceUID = image.study_uid, image.series_uid
    evidence.SOPClassUID, evidence.SOPInstanceUID = image.sop_class_uid, image.sop_instance_uid
    blank: dict[str, Any] = dict.fromkeys(
        ("PatientID", "PatientName", "PatientBirthDate", "PatientSex"), ""
    ) | dict.fromkeys(("AccessionNumber", "StudyID", "StudyDate", "StudyTime"), "")
    for keyword, value in blank.items():
        setattr(evidence, keyword, value)
    return evidence
