"""The whole config of a run: all hyperparameters, and the combinations of them that cannot be run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError, model_validator

from lsdc.config.choices import NO_REVIEW, InputKind, SideChoice
from lsdc.config.fields import (
    AugmentationFields,
    DataFields,
    InputFields,
    LossFields,
    MachineFields,
    NetworkFields,
    OptimizationFields,
    SplitFields,
)
from lsdc.config.parts import CropConfig, SplitConfig
from lsdc.errors import ConfigError
from lsdc.labels import Side, Target


class TrainingConfig(
    # Fields come from the last of these first.
    MachineFields,
    OptimizationFields,
    AugmentationFields,
    LossFields,
    NetworkFields,
    InputFields,
    SplitFields,
    DataFields,
    frozen=True,
    extra="forbid",
):
    """Everything that decides what a run learns.

    What only a network can refuse, such as an image that is too small for it, `lsdc.models.catalogue` refuses.

    Raises:
        ConfigError: From `parse` and `changed`, if a value or a combination of values cannot be run.
    """

    @model_validator(mode="after")
    def _combinations_that_cannot_run(self) -> Self:
        for name in ("conditions", "levels"):
            if len(set(getattr(self, name))) < len(getattr(self, name)):
                raise ValueError(f"{name} names one of them twice.")
        if self.fold >= self.folds:
            raise ValueError(f"Validation fold {self.fold} is not one of {self.folds} folds, counted from 0.")
        if self.neighbours and self.input_kind is InputKind.WHOLE:
            raise ValueError("Neighbouring slices need the crop input; a whole slice is seen alone (neighbours = 0).")
        return self

    @property
    def targets(self) -> tuple[Target, ...]:
        """The conditions and sides whose points are rows of this run."""
        return tuple(
            Target(condition, side)
            for condition in self.conditions
            for side in condition.sides
            if side is Side.MIDLINE or self.side is SideChoice.EITHER or side.value == self.side.value
        )

    @property
    def crop(self) -> CropConfig:
        """How images become the network's input."""
        return CropConfig(
            input_kind=self.input_kind,
            side_px=self.image_px,
            side_mm=self.crop_mm,
            neighbours=self.neighbours,
            mirror_right=self.side is SideChoice.EITHER,
        )

    @property
    def split(self) -> SplitConfig:
        """How the rows are divided."""
        return SplitConfig(
            strategy=self.split_strategy,
            unit=self.split_unit,
            test_share=self.test_share,
            folds=self.folds,
            fold=self.fold,
            seed=self.seed,
        )

    @property
    def review_path(self) -> Path | None:
        """The label review that was asked for; a run keeps a copy of its own."""
        return None if self.label_review == NO_REVIEW else Path(self.label_review).expanduser()

    @property
    def all_epochs(self) -> int:
        """Epochs of both stages together."""
        return self.epochs + self.head_epochs

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Validate values from a form, a command line or a file."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise ConfigError(
                "These hyperparameters cannot be run: " + "; ".join(_explain(detail) for detail in error.errors()),
                "Every value must be in its range and fit the others.",
                "Change the named values.",
            ) from error

    def changed(self, **values: Any) -> Self:
        """A copy with some values replaced, validated again."""
        return self.parse({**self.model_dump(), **values})


def _explain(detail: Any) -> str:
    message = str(detail["msg"]).removeprefix("Value error, ")
    name = ".".join(str(part) for part in detail["loc"])
    return f"{name}: {message}" if name else message
