"""Hyperparameters that say which rows a run learns from, and how they are divided."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Len
from pydantic import BaseModel, Field

from lsdc.config.choices import (
    NO_REVIEW,
    LeaveOut,
    SideChoice,
    SplitStrategy,
    SplitUnit,
)
from lsdc.config.fields.widget import widget
from lsdc.labels import Condition, Level


class DataFields(BaseModel, frozen=True, extra="forbid"):
    """Which rows."""

    conditions: Annotated[tuple[Condition, ...], Len(1, 3)] = Field(
        (Condition.SUBARTICULAR_STENOSIS,),
        title="Conditions",
        description="What is graded. Each condition is marked on a sequence of its own; with several, slice_attention is "
        "told which one a point stands for, and the other networks are not.",
        json_schema_extra=widget("Data"),
    )
    side: SideChoice = Field(
        SideChoice.EITHER,
        title="Side",
        description="The patient's side. `either` mirrors right-sided points and learns from both; the canal has no side.",
        json_schema_extra=widget("Data"),
    )
    levels: Annotated[tuple[Level, ...], Len(1, 5)] = Field(
        tuple(Level),
        title="Levels",
        description="Disc levels to learn from.",
        json_schema_extra=widget("Data", advanced=True),
    )
    balance: bool = Field(
        True,
        title="Drop all-normal studies",
        description="Leaves out every study whose five levels are all labelled Normal/Mild, as the report does.",
        json_schema_extra=widget("Data"),
    )
    label_review: str = Field(
        NO_REVIEW,
        min_length=1,
        title="Label review",
        description="The path of a CSV of decisions on labels, as Compare writes it: rows that it drops are left out of "
        "training. Validation and test rows stay, so that a run is not judged on easier ones. `none` leaves nothing out.",
        json_schema_extra=widget("Data", advanced=True, choices="reviews"),
    )
    leave_out: LeaveOut = Field(
        LeaveOut.DROPPED,
        title="Leave out",
        description="Which decisions of the label review leave a row out of training; used with a label review.",
        json_schema_extra=widget("Data", advanced=True),
    )


class SplitFields(BaseModel, frozen=True, extra="forbid"):
    """How they are divided."""

    split_strategy: SplitStrategy = Field(
        SplitStrategy.STRATIFIED,
        title="Split",
        description="How the rows that are not test rows are divided into training and validation.",
        json_schema_extra=widget("Split"),
    )
    split_unit: SplitUnit = Field(
        SplitUnit.STUDY,
        title="Kept together",
        description="`study` keeps a patient's rows together. `row` is the report's split: it leaks, and is marked so.",
        json_schema_extra=widget("Split"),
    )
    test_share: float = Field(
        0.15,
        ge=0.0,
        le=0.5,
        title="Test share",
        description="Share of studies set aside before anything else. With 0 a run is scored on rows it was chosen on.",
        json_schema_extra=widget("Split"),
    )
    folds: int = Field(
        5,
        ge=2,
        le=20,
        title="Folds",
        description="Number of folds; used by the k-fold split.",
        json_schema_extra=widget("Split", advanced=True),
    )
    fold: int = Field(
        0,
        ge=0,
        le=19,
        title="Validation fold",
        description="Which fold validates this run, counted from 0; used by the k-fold split.",
        json_schema_extra=widget("Split", advanced=True),
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Decides the split, the initial weights, the order of rows and everything drawn at random.",
        json_schema_extra=widget("Split", advanced=True),
    )
