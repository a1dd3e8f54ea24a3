"""The parts of a config that other layers take: how crops are cut, and how rows are divided."""

from __future__ import annotations

from pydantic import BaseModel, Field

from lsdc.config.choices import InputKind, SplitStrategy, SplitUnit


class CropConfig(BaseModel, frozen=True, extra="forbid"):
    """What turns slices and a point into the array that a network sees; it travels in the run."""

    input_kind: InputKind
    side_px: int = Field(ge=8, le=1024)
    side_mm: float = Field(gt=0, description="Physical side of a crop; not used by whole slices.")
    neighbours: int = Field(0, ge=0, le=7, description="Slices taken on each side of the point's own.")
    mirror_right: bool = Field(False, description="Mirror right-sided points to the left.")

    @property
    def num_slices(self) -> int:
        """Slices in a stack: the point's own and its neighbours."""
        return 2 * self.neighbours + 1


class SplitConfig(BaseModel, frozen=True, extra="forbid"):
    """How rows are divided; the same value divides the same rows alike on every machine."""

    strategy: SplitStrategy
    unit: SplitUnit
    test_share: float
    folds: int
    fold: int
    seed: int
