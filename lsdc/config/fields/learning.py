"""Hyperparameters that say how the network learns, and on what machine."""

from __future__ import annotations

from pydantic import BaseModel, Field

from lsdc.config.choices import (
    Backend,
    DeviceChoice,
    Loss,
    Optimizer,
    Precision,
    Schedule,
)
from lsdc.config.fields.widget import widget


class LossFields(BaseModel, frozen=True, extra="forbid"):
    """What is minimised, and what becomes of the probabilities afterwards."""

    loss: Loss = Field(
        Loss.CROSS_ENTROPY,
        title="Loss",
        description="What a wrong probability costs: every row alike, by the rarity of its grade, 1/2/4 by its severity as "
        "in the challenge, or less where the network is sure already (focal).",
        json_schema_extra=widget("Loss"),
    )
    focal_gamma: float = Field(
        2.0,
        ge=0.0,
        le=5.0,
        title="Focal exponent",
        description="How much less a row counts that is graded well; used by the focal loss.",
        json_schema_extra=widget("Loss", advanced=True, step=0.5),
    )
    label_smoothing: float = Field(
        0.0,
        ge=0.0,
        le=0.3,
        title="Label smoothing",
        description="Share of each label that is spread evenly over all grades.",
        json_schema_extra=widget("Loss", advanced=True),
    )
    calibrate: bool = Field(
        True,
        title="Calibrate",
        description="Takes the loss's weights out of the probabilities and fits one temperature on the validation rows, "
        "before probabilities are stored and exported.",
        json_schema_extra=widget("Loss"),
    )


class AugmentationFields(BaseModel, frozen=True, extra="forbid"):
    """What is changed at random in training, and never otherwise."""

    augment_scale: float = Field(
        0.1,
        ge=0.0,
        le=0.5,
        title="Scale",
        description="Largest random magnification, as a share: 0.1 is 0.9 to 1.1 times.",
        json_schema_extra=widget("Augmentation"),
    )
    augment_shift: float = Field(
        0.0,
        ge=0.0,
        le=0.3,
        title="Shift",
        description="Largest random shift, as a share of the image's side.",
        json_schema_extra=widget("Augmentation", advanced=True),
    )
    augment_rotation: float = Field(
        10.0,
        ge=0.0,
        le=45.0,
        title="Rotation (degrees)",
        description="Largest random rotation.",
        json_schema_extra=widget("Augmentation", advanced=True, step=5.0),
    )
    augment_intensity: float = Field(
        0.15,
        ge=0.0,
        le=0.5,
        title="Intensity",
        description="Largest random change of contrast and of brightness, as a share.",
        json_schema_extra=widget("Augmentation"),
    )
    point_jitter_mm: float = Field(
        1.0,
        ge=0.0,
        le=10.0,
        title="Point jitter (mm)",
        description="Standard deviation of a random shift of the point along rows and columns, as between two people's "
        "clicks; used by the crop input.",
        json_schema_extra=widget("Augmentation", step=0.5),
    )
    hide_neighbours: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        title="Hide neighbours",
        description="Share of the rows of a step that see fewer neighbours than there are: any number of the nearest, none "
        "included, with equal chance. A person often uploads one slice.",
        json_schema_extra=widget("Augmentation"),
    )
    mixup: float = Field(
        0.0,
        ge=0.0,
        le=2.0,
        title="Mixup",
        description="Blends each image and its label with another of the same condition, side and level; the parameter of "
        "the beta distribution that draws the shares. 0 blends nothing.",
        json_schema_extra=widget("Augmentation", advanced=True, step=0.1),
    )


class OptimizationFields(BaseModel, frozen=True, extra="forbid"):
    """How the weights are found."""

    epochs: int = Field(
        20,
        ge=1,
        le=500,
        title="Epochs",
        description="Largest number of passes over the training rows.",
        json_schema_extra=widget("Optimization"),
    )
    batch_size: int = Field(
        32,
        ge=1,
        le=1024,
        title="Batch size",
        description="Rows in one step.",
        json_schema_extra=widget("Optimization"),
    )
    learning_rate: float = Field(
        2e-3,
        ge=1e-6,
        le=1.0,
        title="Learning rate",
        description="Largest step size of the optimizer.",
        json_schema_extra=widget("Optimization", scale="log"),
    )
    optimizer: Optimizer = Field(
        Optimizer.ADAMW,
        title="Optimizer",
        description="The rule that turns gradients into steps.",
        json_schema_extra=widget("Optimization"),
    )
    weight_decay: float = Field(
        0.01,
        ge=0.0,
        le=0.5,
        title="Weight decay",
        description="Decoupled shrinkage of the weights at each step.",
        json_schema_extra=widget("Optimization", advanced=True, step=0.01),
    )
    schedule: Schedule = Field(
        Schedule.COSINE,
        title="Schedule",
        description="How the learning rate changes: `plateau` reduces it when the validation loss stalls, `cosine` raises it "
        "over the warm-up and lowers it to zero over all epochs.",
        json_schema_extra=widget("Optimization"),
    )
    warmup_epochs: int = Field(
        1,
        ge=0,
        le=50,
        title="Warm-up (epochs)",
        description="Epochs in which the learning rate rises from nearly nothing, at most all but the last; used by the cosine "
        "schedule.",
        json_schema_extra=widget("Optimization", advanced=True),
    )
    reduce_lr_factor: float = Field(
        0.5,
        gt=0.0,
        lt=1.0,
        title="Reduce learning rate by",
        description="Factor applied to the learning rate; used by the plateau schedule.",
        json_schema_extra=widget("Optimization", advanced=True),
    )
    reduce_lr_patience: int = Field(
        2,
        ge=1,
        le=100,
        title="Plateau (epochs)",
        description="Epochs without a better validation loss before the learning rate is reduced; used by the plateau "
        "schedule.",
        json_schema_extra=widget("Optimization", advanced=True),
    )
    early_stopping_patience: int = Field(
        0,
        ge=0,
        le=100,
        title="Early stopping (epochs)",
        description="Ends the run after so many epochs without a better validation loss; 0 never does.",
        json_schema_extra=widget("Optimization"),
    )
    ema_momentum: float = Field(
        0.0,
        ge=0.0,
        le=0.9999,
        title="Averaged weights",
        description="Share that a running average of the weights keeps at each step; validation and the saved network use "
        "the average. 0 uses the weights themselves.",
        json_schema_extra=widget("Optimization", advanced=True, step=0.01),
    )
    head_epochs: int = Field(
        0,
        ge=0,
        le=100,
        title="Second stage (epochs)",
        description="Epochs after the others in which the encoder is frozen and the head learns with class weights; 0 trains "
        "in one stage.",
        json_schema_extra=widget("Optimization", advanced=True),
    )


class MachineFields(BaseModel, frozen=True, extra="forbid"):
    """Where it runs."""

    device: DeviceChoice = Field(
        DeviceChoice.AUTO,
        title="Device",
        description="`auto` takes a GPU where there is one. `gpu` is refused on a machine without one.",
        json_schema_extra=widget("Machine"),
    )
    precision: Precision = Field(
        Precision.AUTO,
        title="Precision",
        description="`mixed` computes with bfloat16 where that is safe; it speeds some networks up and slows others down. "
        "`auto` times 20 steps of each and takes `mixed` if it is clearly faster.",
        json_schema_extra=widget("Machine"),
    )
    backend: Backend = Field(
        Backend.TENSORFLOW,
        title="Backend",
        description="What Keras computes with. jax and torch are refused where they are not installed.",
        json_schema_extra=widget("Machine", advanced=True),
    )
