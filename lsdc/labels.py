"""The vocabulary of the challenge: grades, conditions, sides, levels, sequences, and the names of label columns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """A grade; the order of the members is the order of severity."""

    NORMAL_MILD = "Normal/Mild"
    MODERATE = "Moderate"
    SEVERE = "Severe"

    @property
    def rank(self) -> int:
        """0 for Normal/Mild, 1 for Moderate, 2 for Severe: the class index of every network and table."""
        return list(Severity).index(self)

    @property
    def probability_column(self) -> str:
        """The column of a predictions table with its probability, such as `p_normal_mild`."""
        return "p_" + self.value.lower().replace("/", "_")


class Condition(StrEnum):
    """What is graded. The side is told apart from it, see `Target`."""

    SPINAL_CANAL_STENOSIS = "spinal_canal_stenosis"
    NEURAL_FORAMINAL_NARROWING = "neural_foraminal_narrowing"
    SUBARTICULAR_STENOSIS = "subarticular_stenosis"

    @property
    def display(self) -> str:
        """The words of the challenge, such as `Subarticular Stenosis`."""
        return self.value.replace("_", " ").title()

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides on which it is graded: both, but for the canal, which has none."""
        if self is Condition.SPINAL_CANAL_STENOSIS:
            return (Side.MIDLINE,)
        return (Side.LEFT, Side.RIGHT)

    @property
    def sequence(self) -> Sequence:
        """The sequence on which the challenge marks its points."""
        return {
            Condition.SPINAL_CANAL_STENOSIS: Sequence.SAGITTAL_T2,
            Condition.NEURAL_FORAMINAL_NARROWING: Sequence.SAGITTAL_T1,
            Condition.SUBARTICULAR_STENOSIS: Sequence.AXIAL_T2,
        }[self]


class Side(StrEnum):
    """The patient's side, never the image's."""

    LEFT = "left"
    RIGHT = "right"
    MIDLINE = "midline"


class Level(StrEnum):
    """A disc level, from the head down."""

    L1_L2 = "L1/L2"
    L2_L3 = "L2/L3"
    L3_L4 = "L3/L4"
    L4_L5 = "L4/L5"
    L5_S1 = "L5/S1"

    @property
    def slug(self) -> str:
        """The form used in column names and on the command line, such as `l4_l5`."""
        return self.value.lower().replace("/", "_")

    @property
    def rank(self) -> int:
        """0 for L1/L2 down to 4 for L5/S1."""
        return list(Level).index(self)


class Sequence(StrEnum):
    """A series description of the challenge: plane and contrast."""

    AXIAL_T2 = "Axial T2"
    SAGITTAL_T1 = "Sagittal T1"
    SAGITTAL_T2 = "Sagittal T2/STIR"

    @property
    def slug(self) -> str:
        """The form used on the command line, such as `axial_t2`."""
        return {"Axial T2": "axial_t2", "Sagittal T1": "sagittal_t1", "Sagittal T2/STIR": "sagittal_t2"}[self.value]


@dataclass(frozen=True, order=True)
class Target:
    """A condition on a side: one of the five things that the challenge grades at each level."""

    condition: Condition
    side: Side

    @property
    def slug(self) -> str:
        """As in the columns of train.csv, such as `left_subarticular_stenosis`."""
        if self.side is Side.MIDLINE:
            return self.condition.value
        return f"{self.side.value}_{self.condition.value}"

    @property
    def title(self) -> str:
        """As in train_label_coordinates.csv, such as `Left Subarticular Stenosis`."""
        return self.slug.replace("_", " ").title()

    def column(self, level: Level) -> str:
        """The column of train.csv with its grade at `level`, such as `left_subarticular_stenosis_l4_l5`."""
        return f"{self.slug}_{level.slug}"


TARGETS: tuple[Target, ...] = tuple(Target(condition, side) for condition in Condition for side in condition.sides)
