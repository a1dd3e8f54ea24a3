"""What the help “What am I looking at?” says and shows: levels, planes, sequences, conditions and grades on phantoms.

The pictures are made by `docs/make_help_pictures.py`. The words are Markdown.
"""

from __future__ import annotations

from pathlib import Path

from lsdc.labels import Condition, Sequence, Severity

PICTURES = Path(__file__).parent / "pictures"

SEQUENCES = {
    Sequence.SAGITTAL_T2: "**Sagittal T2**: a cut from front to back, seen from the patient's side. Fluid is bright: "
    "the canal with its fluid is a white band behind the bones, and healthy discs are brighter than worn ones. The five "
    "disc levels are counted from the head down, L1/L2 to L5/S1; each is the disc between two vertebrae.",
    Sequence.SAGITTAL_T1: "**Sagittal T1**, beside the middle: fat is bright and fluid is dark. In each foramen, the gap "
    "between two vertebrae where a nerve leaves, the nerve is a dark dot in bright fat.",
    Sequence.AXIAL_T2: "**Axial T2**: a cut across the body, seen from the feet. The patient's left is on the image's "
    "right. In the middle lies the canal; on each side of it the recess through which a nerve goes down.",
}
SYNTHETIC = "All pictures are synthetic: phantoms, drawn by this program. Real images vary far more."
CONDITIONS = {
    Condition.SPINAL_CANAL_STENOSIS: "The canal in the middle is narrowed, and its bright fluid is pressed away. It has "
    "no side. Marked on sagittal T2.",
    Condition.NEURAL_FORAMINAL_NARROWING: "The gap where a nerve leaves the spine, left or right, is narrowed, and the "
    "bright fat around the nerve is lost. Marked on sagittal T1.",
    Condition.SUBARTICULAR_STENOSIS: "The recess beside the canal, left or right, is narrowed, and the nerve in it is "
    "pressed. Marked on axial T2.",
}


def sequence_picture(sequence: Sequence) -> Path:
    """A slice with its points."""
    return PICTURES / f"{sequence.slug}.webp"


def grade_picture(condition: Condition, severity: Severity) -> Path:
    """A crop around a point of that grade."""
    return PICTURES / f"{condition.value}_{severity.rank}.webp"


def condition_words(condition: Condition) -> str:
    """What a condition is."""
    sides = f", {' and '.join(condition.sides)}" if len(condition.sides) > 1 else ""
    return f"**{condition.display}**{sides}. {CONDITIONS[condition]}"
