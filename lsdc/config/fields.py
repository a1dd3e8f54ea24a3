"""Every hyperparameter, declared once, in the groups that the sidebar shows.

A declaration holds all that is known of a value: its range, its default, its name for people and what it does. The
defaults are the recipe that is recommended.
"""

from __future__ import annotations

from typing import Annotated, Any

from annotated_types import Ge, Le, Len
from pydantic import BaseModel, Field

from lsdc.config.choices import (
    NO_REVIEW,
    Activation,
    Backend,
    DeviceChoice,
    InputKind,
    LeaveOut,
    Loss,
    Optimizer,
    Pooling,
    Precision,
    Schedule,
    SideChoice,
    SplitStrategy,
    SplitUnit,
)
from lsdc.labels import Condition, Level

Units = Annotated[tuple[Annotated[int, Ge(1), Le(4096)], ...], Len(1, 6)]


def _widget(group: str, *, advanced: bool = False, **extra: Any) -> dict[str, Any]:
    return {"group": group, "advanced": advanced, **extra}


class DataFields(BaseModel, frozen=True, extra="forbid"):
    """Which rows."""

    conditions: Annotated[tuple[Condition, ...], Len(1, 3)] = Field(
        (Condition.SUBARTICULAR_STENOSIS,),
        title="Conditions",
        description="What is graded. Each condition is marked on a sequence of its own; with several, slice_attention is "
        "told which one a point stands for, and the other networks are not.",
        json_schema_extra=_widget("Data"),
    )
    side: SideChoice = Field(
        SideChoice.EITHER,
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
    label_review: str = Field(
        NO_REVIEW,
        min_length=1,
        title="Label review",
        description="The path of a CSV of decisions on labels, as Compare writes it: rows that it drops are left out of "
        "training. Validation and test rows stay, so that a run is not judged on easier ones. `none` leaves nothing out.",
        json_schema_extra=_widget("Data", advanced=True, choices="reviews"),
    )
    leave_out: LeaveOut = Field(
        LeaveOut.DROPPED,
        title="Leave out",
        description="Which decisions of the label review leave a row out of training; used with a label review.",
        json_schema_extra=_widget("Data", advanced=True),
    )


class SplitFields(BaseModel, frozen=True, extra="forbid"):
    """How they are divided."""

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
        description="Decides the split, the initial weights, the order of rows and everything drawn at random.",
        json_schema_extra=_widget("Split", advanced=True),
    )


class InputFields(BaseModel, frozen=True, extra="forbid"):
    """What the network sees."""

    input_kind: InputKind = Field(
        InputKind.CROP,
        title="Input",
        description="`crop` is a square of fixed physical size around the point; `whole` is the report's whole slice.",
        json_schema_extra=_widget("Input"),
    )
    image_px: int = Field(
        96,
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
    neighbours: int = Field(
        2,
        ge=0,
        le=7,
        title="Neighbouring slices",
        description="Slices taken on each side of the point's own, by position: 2 makes stacks of five. Needs a crop, and "
        "a network that looks at several slices.",
        json_schema_extra=_widget("Input"),
    )


class NetworkFields(BaseModel, frozen=True, extra="forbid"):
    """The network."""

    model: str = Field(
        "slice_attention",
        title="Network",
        description="An entry of the catalogue; `python -m lsdc models` lists them.",
        json_schema_extra=_widget("Network", choices="networks"),
    )
    encoder: str = Field(
        "small",
        title="Encoder",
        description="What slice_attention looks at each slice with: its own small encoder, or a backbone of the catalogue.",
        json_schema_extra=_widget("Network", choices="encoders"),
    )
    pooling: Pooling = Field(
        Pooling.ATTENTION,
        title="Pooling",
        description="How slice_attention joins its slices. Only `attention` tells which slice decided.",
        json_schema_extra=_widget("Network"),
    )
    tell_level: bool = Field(
        True,
        title="Tell the level",
        description="Gives slice_attention the disc level, as an embedding.",
        json_schema_extra=_widget("Network"),
    )
    tell_side: bool = Field(
        True,
        title="Tell the side",
        description="Gives slice_attention the side, as an embedding.",
        json_schema_extra=_widget("Network"),
    )
    tell_position: bool = Field(
        False,
        title="Tell the position",
        description="Gives slice_attention the point's position on the whole slice; the other networks always get it.",
        json_schema_extra=_widget("Network", advanced=True),
    )
    pretrained: str = Field(
        "none",
        min_length=1,
        title="Pretrained weights",
        description="Where a backbone begins: `none` draws weights at random, `imagenet` downloads them, anything else is "
        "the path of a weights file. report_cnn and the small encoder have none.",
        json_schema_extra=_widget("Network", choices="pretrained"),
    )
    freeze_depth: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        title="Freeze depth",
        description="Share of a backbone's layers, counted from the image, whose pretrained weights stay as they are.",
        json_schema_extra=_widget("Network", advanced=True),
    )
    conv_filters: Units = Field(
        (16, 24, 48, 96),
        title="Convolution filters",
        description="Filters of each convolution, comma-separated; every convolution halves the image. Used by report_cnn "
        "and the small encoder.",
        json_schema_extra=_widget("Network"),
    )
    coordinate_units: Units = Field(
        (64, 32),
        title="Coordinate units",
        description="Nodes of each dense layer that reads the point's position, comma-separated.",
        json_schema_extra=_widget("Network", advanced=True),
    )
    dense_units: Units = Field(
        (64,),
        title="Dense units",
        description="Nodes of each dense layer of the head, after everything is joined, comma-separated.",
        json_schema_extra=_widget("Network"),
    )
    dropout: float = Field(
        0.3,
        ge=0.0,
        le=0.8,
        title="Dropout",
        description="Share of joined features left out at each training step.",
        json_schema_extra=_widget("Network"),
    )
    norm_momentum: float = Field(
        0.9,
        ge=0.5,
        le=0.999,
        title="Normalisation memory",
        description="Share that batch normalisation keeps of its running mean at each step. With few steps in all, 0.99 lags "
        "behind, and validation looks worse than it is. Backbones keep their own.",
        json_schema_extra=_widget("Network", advanced=True),
    )
    activation: Activation = Field(
        Activation.RELU,
        title="Activation",
        description="Nonlinearity of the hidden layers; backbones keep their own.",
        json_schema_extra=_widget("Network"),
    )


class LossFields(BaseModel, frozen=True, extra="forbid"):
    """What is minimised, and what becomes of the probabilities afterwards."""

    loss: Loss = Field(
        Loss.CROSS_ENTROPY,
        title="Loss",
        description="What a wrong probability costs: every row alike, by the rarity of its grade, 1/2/4 by its severity as "
        "in the challenge, or less where the network is sure already (focal).",
        json_schema_extra=_widget("Loss"),
    )
    focal_gamma: float = Field(
        2.0,
        ge=0.0,
        le=5.0,
        title="Focal exponent",
        description="How much less a row counts that is graded well; used by the focal loss.",
        json_schema_extra=_widget("Loss", advanced=True, step=0.5),
    )
    label_smoothing: float = Field(
        0.0,
        ge=0.0,
        le=0.3,
        title="Label smoothing",
        description="Share of each label that is spread evenly over all grades.",
        json_schema_extra=_widget("Loss", advanced=True),
    )
    calibrate: bool = Field(
        True,
        title="Calibrate",
        description="Takes the loss's weights out of the probabilities and fits one temperature on the validation rows, "
        "before probabilities are stored and exported.",
        json_schema_extra=_widget("Loss"),
    )


class AugmentationFields(BaseModel, frozen=True, extra="forbid"):
    """What is changed at random in training, and never otherwise."""

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
        10.0,
        ge=0.0,
        le=45.0,
        title="Rotation (degrees)",
        description="Largest random rotation.",
        json_schema_extra=_widget("Augmentation", advanced=True, step=5.0),
    )
    augment_intensity: float = Field(
        0.15,
        ge=0.0,
        le=0.5,
        title="Intensity",
        description="Largest random change of contrast and of brightness, as a share.",
        json_schema_extra=_widget("Augmentation"),
    )
    point_jitter_mm: float = Field(
        1.0,
        ge=0.0,
        le=10.0,
        title="Point jitter (mm)",
        description="Standard deviation of a random shift of the point along rows and columns, as between two people's "
        "clicks; used by the crop input.",
        json_schema_extra=_widget("Augmentation", step=0.5),
    )
    hide_neighbours: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        title="Hide neighbours",
        description="Share of the rows of a step that see fewer neighbours than there are: any number of the nearest, none "
        "included, with equal chance. A person often uploads one slice.",
        json_schema_extra=_widget("Augmentation"),
    )
    mixup: float = Field(
        0.0,
        ge=0.0,
        le=2.0,
        title="Mixup",
        description="Blends each image and its label with another of the same condition, side and level; the parameter of "
        "the beta distribution that draws the shares. 0 blends nothing.",
        json_schema_extra=_widget("Augmentation", advanced=True, step=0.1),
    )


class OptimizationFields(BaseModel, frozen=True, extra="forbid"):
    """How the weights are found."""

    epochs: int = Field(
        20,
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
        2e-3,
        ge=1e-6,
        le=1.0,
        title="Learning rate",
        description="Largest step size of the optimizer.",
        json_schema_extra=_widget("Optimization", scale="log"),
    )
    optimizer: Optimizer = Field(
        Optimizer.ADAMW,
        title="Optimizer",
        description="The rule that turns gradients into steps.",
        json_schema_extra=_widget("Optimization"),
    )
    weight_decay: float = Field(
        0.01,
        ge=0.0,
        le=0.5,
        title="Weight decay",
        description="Decoupled shrinkage of the weights at each step.",
        json_schema_extra=_widget("Optimization", advanced=True, step=0.01),
    )
    schedule: Schedule = Field(
        Schedule.COSINE,
        title="Schedule",
        description="How the learning rate changes: `plateau` reduces it when the validation loss stalls, `cosine` raises it "
        "over the warm-up and lowers it to zero over all epochs.",
        json_schema_extra=_widget("Optimization"),
    )
    warmup_epochs: int = Field(
        1,
        ge=0,
        le=50,
        title="Warm-up (epochs)",
        description="Epochs in which the learning rate rises from nearly nothing, at most all but the last; used by the cosine "
        "schedule.",
        json_schema_extra=_widget("Optimization", advanced=True),
    )
    reduce_lr_factor: float = Field(
        0.5,
        gt=0.0,
        lt=1.0,
        title="Reduce learning rate by",
        description="Factor applied to the learning rate; used by the plateau schedule.",
        json_schema_extra=_widget("Optimization", advanced=True),
    )
    reduce_lr_patience: int = Field(
        2,
        ge=1,
        le=100,
        title="Plateau (epochs)",
        description="Epochs without a better validation loss before the learning rate is reduced; used by the plateau "
        "schedule.",
        json_schema_extra=_widget("Optimization", advanced=True),
    )
    early_stopping_patience: int = Field(
        0,
        ge=0,
        le=100,
        title="Early stopping (epochs)",
        description="Ends the run after so many epochs without a better validation loss; 0 never does.",
        json_schema_extra=_widget("Optimization"),
    )
    ema_momentum: float = Field(
        0.0,
        ge=0.0,
        le=0.9999,
        title="Averaged weights",
        description="Share that a running average of the weights keeps at each step; validation and the saved network use "
        "the average. 0 uses the weights themselves.",
        json_schema_extra=_widget("Optimization", advanced=True, step=0.01),
    )
    head_epochs: int = Field(
        0,
        ge=0,
        le=100,
        title="Second stage (epochs)",
        description="Epochs after the others in which the encoder is frozen and the head learns with class weights; 0 trains "
        "in one stage.",
        json_schema_extra=_widget("Optimization", advanced=True),
    )


class MachineFields(BaseModel, frozen=True, extra="forbid"):
    """Where it runs."""

    device: DeviceChoice = Field(
        DeviceChoice.AUTO,
        title="Device",
        description="`auto` takes a GPU where there is one. `gpu` is refused on a machine without one.",
        json_schema_extra=_widget("Machine"),
    )
    precision: Precision = Field(
        Precision.AUTO,
        title="Precision",
        description="`mixed` computes with bfloat16 where that is safe; it speeds some networks up and slows others down. "
        "`auto` times 20 steps of each and takes `mixed` if it is clearly faster.",
        json_schema_extra=_widget("Machine"),
    )
    backend: Backend = Field(
        Backend.TENSORFLOW,
        title="Backend",
        description="What Keras computes with. jax and torch are refused where they are not installed.",
        json_schema_extra=_widget("Machine", advanced=True),
    )
