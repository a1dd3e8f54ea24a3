"""The hyperparameters: one frozen, validated value, each field declared once.

The sidebar, the command line, the documentation and a run's `config.json` are all generated from `TrainingConfig`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from annotated_types import Ge, Le, Len
from pydantic import BaseModel, Field, ValidationError, model_validator

from lsdc.errors import ConfigError
from lsdc.labels import Condition, Level, Side, Target


class SideChoice(StrEnum):
    """Which sides are graded. With `either`, right-sided points are mirrored and graded as left ones."""

    LEFT = "left"
    RIGHT = "right"
    EITHER = "either"


class SplitStrategy(StrEnum):
    """How the rows that are not test rows are divided into training and validation."""

    RANDOM = "random 80:20"
    STRATIFIED = "stratified 80:20"
    BALANCED_TRAIN = "1:1:1 train"
    THREE_WAY = "80:10:10"
    K_FOLD = "k-fold"


class SplitUnit(StrEnum):
    """What is kept together. Splitting by row puts slices of one patient on both sides: it leaks."""

    STUDY = "study"
    ROW = "row"


class InputKind(StrEnum):
    """What the network sees: the whole slice, or a square of fixed physical size around the point."""

    WHOLE = "whole"
    CROP = "crop"


class Activation(StrEnum):
    """The nonlinearity of hidden layers."""

    RELU = "relu"
    LEAKY_RELU = "leaky_relu"
    TANH = "tanh"
    SIGMOID = "sigmoid"


class Optimizer(StrEnum):
    """The rule that turns gradients into steps."""

    ADAM = "adam"
    ADAMW = "adamw"
    SGD = "sgd"
    RMSPROP = "rmsprop"


class DeviceChoice(StrEnum):
    """Where a run computes. `gpu` is refused on a machine without one, never replaced by the CPU."""

    AUTO = "auto"
    CPU = "cpu"
    GPU = "gpu"


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


def _widget(group: str, *, advanced: bool = False, **extra: Any) -> dict[str, Any]:
    return {"group": group, "advanced": advanced, **extra}


Units = Annotated[tuple[Annotated[int, Ge(1), Le(4096)], ...], Len(1, 6)]


class TrainingConfig(BaseModel, frozen=True, extra="forbid"):
    """Everything that decides what a run learns.

    Raises:
        ConfigError: From `parse` and `changed`, if a value or a combination of values cannot be run.
    """

    # Which rows.
    conditions: Annotated[tuple[Condition, ...], Len(1, 3)] = Field(
        (Condition.SUBARTICULAR_STENOSIS,),
        title="Conditions",
        description="What is graded. Each condition is marked on a sequence of its own; with several, report_cnn is not told "
        "which one a point stands for.",
        json_schema_extra=_widget("Data"),
    )
    side: SideChoice = Field(
        SideChoice.LEFT,
        title="Side",
        description="The patient's side. `either` mirrors right-sided points and learns from both; the canal has no side.",
        json_schema_extra=_widget("Data"),
    )
    levels: Annotated[tuple[Level, ...], Len(1, 5)] = Field(
        tuple(Level),
        title="Levels",
        description="Disc levels to learn from.",
        json_schema_extra=_widget("Data", advanced=True),
    )
    balance: bool = Field(
        True,
        title="Drop all-normal studies",
        description="Leaves out every study whose five levels are all labelled Normal/Mild, as the report does.",
        json_schema_extra=_widget("Data"),
    )

    # How they are divided.
    split_strategy: SplitStrategy = Field(
        SplitStrategy.STRATIFIED,
        title="Split",
        description="How the rows that are not test rows are divided into training and validation.",
        json_schema_extra=_widget("Split"),
    )
    split_unit: SplitUnit = Field(
        SplitUnit.STUDY,
        title="Kept together",
        description="`study` keeps a patient's rows together. `row` is the report's split: it leaks, and is marked so.",
        json_schema_extra=_widget("Split"),
    )
    test_share: float = Field(
        0.15,
        ge=0.0,
        le=0.5,
        title="Test share",
        description="Share of studies set aside before anything else. With 0 a run is scored on rows it was chosen on.",
        json_schema_extra=_widget("Split"),
    )
    folds: int = Field(
        5,
        ge=2,
        le=20,
        title="Folds",
        description="Number of folds; used by the k-fold split.",
        json_schema_extra=_widget("Split", advanced=True),
    )
    fold: int = Field(
        0,
        ge=0,
        le=19,
        title="Validation fold",
        description="Which fold validates this run, counted from 0; used by the k-fold split.",
        json_schema_extra=_widget("Split", advanced=True),
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Decides the split, the initial weights, the order of rows and the augmentation.",
        json_schema_extra=_widget("Split", advanced=True),
    )

    # What the network sees.
    input_kind: InputKind = Field(
        InputKind.CROP,
        title="Input",
        description="`crop` is a square of fixed physical size around the point; `whole` is the report's whole slice.",
        json_schema_extra=_widget("Input"),
    )
    image_px: int = Field(
        128,
        ge=16,
        le=512,
        title="Image size (px)",
        description="Side of the square image that the network sees.",
        json_schema_extra=_widget("Input", step=16),
    )
    crop_mm: float = Field(
        50.0,
        ge=10.0,
        le=200.0,
        title="Crop size (mm)",
        description="Physical side of the crop; used by the crop input.",
        json_schema_extra=_widget("Input", step=5.0),
    )

    # The network.
    model: str = Field(
        "report_cnn",
        title="Network",
        description="An entry of the catalogue; `python -m lsdc models` lists them.",
        json_schema_extra=_widget("Network", choices="catalogue"),
    )
    conv_filters: Units = Field(
        (32, 64, 128),
        title="Convolution filters",
        description="Filters of each convolution, comma-separated; every convolution halves the image.",
        json_schema_extra=_widget("Network"),
    )
    coordinate_units: Units = Field(
        (64, 32),
        title="Coordinate units",
        description="Nodes of each dense layer that reads the point's position, comma-separated.",
        json_schema_extra=_widget("Network", advanced=True),
    )
    dense_units: Units = Field(
        (128, 64),
        title="Dense units",
        description="Nodes of each dense layer after image and position are joined, comma-separated.",
        json_schema_extra=_widget("Network"),
    )
    dropout: float = Field(
        0.0,
        ge=0.0,
        le=0.8,
        title="Dropout",
        description="Share of joined features left out at each training step.",
        json_schema_extra=_widget("Network"),
    )
    norm_momentum: float = Field(
        0.99,
        ge=0.5,
        le=0.999,
        title="Normalisation memory",
        description="Share that batch normalisation keeps of its running mean at each step. With few steps in all, 0.99 lags "
        "behind, and validation looks worse than it is.",
        json_schema_extra=_widget("Network", advanced=True),
    )
    activation: Activation = Field(
        Activation.RELU,
        title="Activation",
        description="Nonlinearity of the hidden layers.",
        json_schema_extra=_widget("Network"),
    )

    # Augmentation.
    augment_scale: float = Field(
        0.1,
        ge=0.0,
        le=0.5,
        title="Scale",
        description="Largest random magnification, as a share: 0.1 is 0.9 to 1.1 times.",
        json_schema_extra=_widget("Augmentation"),
    )
    augment_shift: float = Field(
        0.0,
        ge=0.0,
        le=0.3,
        title="Shift",
        description="Largest random shift, as a share of the image's side.",
        json_schema_extra=_widget("Augmentation", advanced=True),
    )
    augment_rotation: float = Field(
        0.0,
        ge=0.0,
        le=45.0,
        title="Rotation (degrees)",
        description="Largest random rotation.",
        json_schema_extra=_widget("Augmentation", advanced=True),
    )

    # Optimization.
    epochs: int = Field(
        10,
        ge=1,
        le=500,
        title="Epochs",
        description="Largest number of passes over the training rows.",
        json_schema_extra=_widget("Optimization"),
    )
    batch_size: int = Field(
        32,
        ge=1,
        le=1024,
        title="Batch size",
        description="Rows in one step.",
        json_schema_extra=_widget("Optimization"),
    )
    learning_rate: float = Field(
        1e-3,
        ge=1e-6,
        le=1.0,
        title="Learning rate",
        description="Initial step size of the optimizer.",
        json_schema_extra=_widget("Optimization", scale="log"),
    )
    optimizer: Optimizer = Field(
        Optimizer.ADAM,
        title="Optimizer",
        description="The rule that turns gradients into steps.",
        json_schema_extra=_widget("Optimization"),
    )
    weight_decay: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        title="Weight decay",
        description="Decoupled shrinkage of the weights at each step.",
        json_schema_extra=_widget("Optimization", advanced=True),
    )
    early_stopping_patience: int = Field(
        4,
        ge=0,
        le=100,
        title="Early stopping (epochs)",
        description="Ends the run after so many epochs without a better validation loss; 0 never does.",
        json_schema_extra=_widget("Optimization"),
    )
    reduce_lr_factor: float = Field(
        0.5,
        gt=0.0,
        lt=1.0,
        title="Reduce learning rate by",
        description="Factor applied to the learning rate on a plateau of the validation loss.",
        json_schema_extra=_widget("Optimization", advanced=True),
    )
    reduce_lr_patience: int = Field(
        2,
        ge=0,
        le=100,
        title="Plateau (epochs)",
        description="Epochs without a better validation loss before the learning rate is reduced; 0 never does.",
        json_schema_extra=_widget("Optimization", advanced=True),
    )

    # Where it runs.
    device: DeviceChoice = Field(
        DeviceChoice.AUTO,
        title="Device",
        description="`auto` takes a GPU where there is one. `gpu` is refused on a machine without one.",
        json_schema_extra=_widget("Machine"),
    )

    @model_validator(mode="after")
    def _combinations_that_cannot_run(self) -> Self:
        for name in ("conditions", "levels"):
            if len(set(getattr(self, name))) < len(getattr(self, name)):
                raise ValueError(f"{name} names one of them twice.")
        if self.fold >= self.folds:
            raise ValueError(f"Validation fold {self.fold} is not one of {self.folds} folds, counted from 0.")
        if self.image_px >> len(self.conv_filters) < 1:
            raise ValueError(
                f"{len(self.conv_filters)} convolutions halve {self.image_px} px to nothing; "
                f"the image must have at least {1 << len(self.conv_filters)} px."
            )
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
        """How an image becomes the network's input."""
        return CropConfig(
            input_kind=self.input_kind,
            side_px=self.image_px,
            side_mm=self.crop_mm,
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


# The first is the one that pages offer.
PRESETS: dict[str, TrainingConfig] = {
    # A minute on two cores: the report's network on a small crop. With so few steps the network's usual memory of 0.99
    # would still be filled with its beginnings, and grade every validation row alike.
    "quick": TrainingConfig(image_px=32, epochs=12, norm_momentum=0.9),
    # The report's network and recipe, divided by study and with test rows, so that its score can be believed.
    "report": TrainingConfig(input_kind=InputKind.WHOLE),
    # The same as it was published: by row and without test rows. It leaks; 1,289 validation rows on the real tables.
    "report-as-published": TrainingConfig(
        input_kind=InputKind.WHOLE,
        split_strategy=SplitStrategy.RANDOM,
        split_unit=SplitUnit.ROW,
        test_share=0.0,
    ),
}


def preset(name: str) -> TrainingConfig:
    """The preset of that name.

    Raises:
        ConfigError: If there is none.
    """
    if name not in PRESETS:
        raise ConfigError(f"There is no preset “{name}”.", f"Presets: {', '.join(PRESETS)}.", "Choose one of them.")
    return PRESETS[name]
