"""Hyperparameters that say what the network sees, and how it is built."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Le, Len
from pydantic import BaseModel, Field

from lsdc.config.choices import (
    Activation,
    InputKind,
    Pooling,
)
from lsdc.config.fields.widget import widget

Units = Annotated[tuple[Annotated[int, Ge(1), Le(4096)], ...], Len(1, 6)]


class InputFields(BaseModel, frozen=True, extra="forbid"):
    """What the network sees."""

    input_kind: InputKind = Field(
        InputKind.CROP,
        title="Input",
        description="`crop` is a square of fixed physical size around the point; `whole` is the report's whole slice.",
        json_schema_extra=widget("Input"),
    )
    image_px: int = Field(
        96,
        ge=16,
        le=512,
        title="Image size (px)",
        description="Side of the square image that the network sees.",
        json_schema_extra=widget("Input", step=16),
    )
    crop_mm: float = Field(
        50.0,
        ge=10.0,
        le=200.0,
        title="Crop size (mm)",
        description="Physical side of the crop; used by the crop input.",
        json_schema_extra=widget("Input", step=5.0),
    )
    neighbours: int = Field(
        2,
        ge=0,
        le=7,
        title="Neighbouring slices",
        description="Slices taken on each side of the point's own, by position: 2 makes stacks of five. Needs a crop, and "
        "a network that looks at several slices.",
        json_schema_extra=widget("Input"),
    )


class NetworkFields(BaseModel, frozen=True, extra="forbid"):
    """The network."""

    model: str = Field(
        "slice_attention",
        title="Network",
        description="An entry of the catalogue; `python -m lsdc models` lists them.",
        json_schema_extra=widget("Network", choices="networks"),
    )
    encoder: str = Field(
        "small",
        title="Encoder",
        description="What slice_attention looks at each slice with: its own small encoder, or a backbone of the catalogue.",
        json_schema_extra=widget("Network", choices="encoders"),
    )
    pooling: Pooling = Field(
        Pooling.ATTENTION,
        title="Pooling",
        description="How slice_attention joins its slices. Only `attention` tells which slice decided.",
        json_schema_extra=widget("Network"),
    )
    tell_level: bool = Field(
        True,
        title="Tell the level",
        description="Gives slice_attention the disc level, as an embedding.",
        json_schema_extra=widget("Network"),
    )
    tell_side: bool = Field(
        True,
        title="Tell the side",
        description="Gives slice_attention the side, as an embedding.",
        json_schema_extra=widget("Network"),
    )
    tell_position: bool = Field(
        False,
        title="Tell the position",
        description="Gives slice_attention the point's position on the whole slice; the other networks always get it.",
        json_schema_extra=widget("Network", advanced=True),
    )
    pretrained: str = Field(
        "none",
        min_length=1,
        title="Pretrained weights",
        description="Where a backbone begins: `none` draws weights at random, `imagenet` downloads them, anything else is "
        "the path of a weights file. report_cnn and the small encoder have none.",
        json_schema_extra=widget("Network", choices="pretrained"),
    )
    freeze_depth: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        title="Freeze depth",
        description="Share of a backbone's layers, counted from the image, whose pretrained weights stay as they are.",
        json_schema_extra=widget("Network", advanced=True),
    )
    conv_filters: Units = Field(
        (16, 24, 48, 96),
        title="Convolution filters",
        description="Filters of each convolution, comma-separated; every convolution halves the image. Used by report_cnn "
        "and the small encoder.",
        json_schema_extra=widget("Network"),
    )
    coordinate_units: Units = Field(
        (64, 32),
        title="Coordinate units",
        description="Nodes of each dense layer that reads the point's position, comma-separated.",
        json_schema_extra=widget("Network", advanced=True),
    )
    dense_units: Units = Field(
        (64,),
        title="Dense units",
        description="Nodes of each dense layer of the head, after everything is joined, comma-separated.",
        json_schema_extra=widget("Network"),
    )
    dropout: float = Field(
        0.3,
        ge=0.0,
        le=0.8,
        title="Dropout",
        description="Share of joined features left out at each training step.",
        json_schema_extra=widget("Network"),
    )
    norm_momentum: float = Field(
        0.9,
        ge=0.5,
        le=0.999,
        title="Normalisation memory",
        description="Share that batch normalisation keeps of its running mean at each step. With few steps in all, 0.99 lags "
        "behind, and validation looks worse than it is. Backbones keep their own.",
        json_schema_extra=widget("Network", advanced=True),
    )
    activation: Activation = Field(
        Activation.RELU,
        title="Activation",
        description="Nonlinearity of the hidden layers; backbones keep their own.",
        json_schema_extra=widget("Network"),
    )
