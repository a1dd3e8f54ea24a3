"""The codes of DICOM reports: SNOMED CT and DICOM's own where PS3.16 lists one that says the same, private ones elsewhere.

The standard lists no code for the three conditions, for “Normal/Mild” as one grade, or for the probability of a grade. Codes
of SNOMED CT that PS3.16 does not list are not used, since nobody here can check them against a release.
"""

from __future__ import annotations

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from highdicom.sr import CodedConcept
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from lsdc.labels import Condition, Level, Severity, Side

PRIVATE = "99LUMBAR"


def _private(value: str, meaning: str) -> CodedConcept:
    return CodedConcept(value=value, scheme_designator=PRIVATE, meaning=meaning)


PROCEDURE = _private("MR-LSPINE", "MRI of the lumbar spine")
MOST_PROBABLE = _private("MOST-PROBABLE", "Most probable grade")
CANNOT_TELL = _private("CANNOT-TELL", "Cannot tell")

CONDITIONS: dict[Condition, CodedConcept] = {
    Condition.SPINAL_CANAL_STENOSIS: _private("CANAL", "Spinal canal stenosis"),
    Condition.NEURAL_FORAMINAL_NARROWING: _private("FORAMINAL", "Neural foraminal narrowing"),
    Condition.SUBARTICULAR_STENOSIS: _private("SUBARTICULAR", "Subarticular stenosis"),
}
LEVELS: dict[Level, Code] = {
    Level.L1_L2: codes.SCT.LevelOfL1L2IntervertebralDisc,
    Level.L2_L3: codes.SCT.LevelOfL2L3IntervertebralDisc,
    Level.L3_L4: codes.SCT.LevelOfL3L4IntervertebralDisc,
    Level.L4_L5: codes.SCT.LevelOfL4L5IntervertebralDisc,
    Level.L5_S1: codes.SCT.LevelOfL5S1IntervertebralDisc,
}
# CID 244; the canal has no side.
SIDES: dict[Side, Code | None] = {Side.LEFT: codes.SCT.Left, Side.RIGHT: codes.SCT.Right, Side.MIDLINE: None}
GRADES: dict[Severity, Code | CodedConcept] = {
    Severity.NORMAL_MILD: _private("NORMAL-MILD", "Normal/Mild"),
    Severity.MODERATE: codes.SCT.Moderate,
    Severity.SEVERE: codes.SCT.Severe,
}
PROBABILITIES: dict[Severity, CodedConcept] = {
    Severity.NORMAL_MILD: _private("P-NORMAL-MILD", "Probability of Normal/Mild"),
    Severity.MODERATE: _private("P-MODERATE", "Probability of Moderate"),
    Severity.SEVERE: _private("P-SEVERE", "Probability of Severe"),
}


def coding_scheme() -> CodingSchemeIdentificationItem:
    """Who is behind the private codes (PS3.3 C.12.1.1.8)."""
    return CodingSchemeIdentificationItem(
        designator=PRIVATE, name="Lumbar workbench", responsible_organization="Lumbar workbench"
    )
