"""What a sweep is asked to do: the search, what all trials share, and the budget. Read from TOML, or from a page."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, StringConstraints, ValidationError, model_validator

from lsdc.config import Loss, SplitConfig, TrainingConfig, preset
from lsdc.errors import ConfigError
from lsdc.sweeps.space import SearchSpace

READY_FOLDER = Path(__file__).parent / "ready"


class Sampler(StrEnum):
    """How the next trial is drawn: by what has been good so far (tree-structured Parzen estimators), or at random."""

    TPE = "tpe"
    RANDOM = "random"


class SweepDefinition(BaseModel, frozen=True, extra="forbid"):
    """A search over hyperparameters.

    Args:
        title: What people call it; its trials are named after it.
        preset: The preset that the shared hyperparameters began from.
        base: The hyperparameters of all trials, but for the searched ones.
        search: What is searched, as `SearchSpace.dump` writes it.
        trials: How many trials there are at most.
        minutes: No trial is begun after so many minutes of computing, all trials together; None sets no limit.
        parallel: How many trials are in the queue at a time; None is one for each slot.
        prune: Whether a trial is stopped when its validation loss is above the median of the others at that epoch.
        sampler: How the next trial is drawn.
        seed: Of the draws.
    """

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    preset: str
    base: TrainingConfig
    search: dict[str, Any]
    trials: int = Field(30, ge=1, le=1000)
    minutes: float | None = Field(None, gt=0)
    parallel: int | None = Field(None, ge=1, le=1000)
    prune: bool = True
    sampler: Sampler = Sampler.TPE
    seed: int = Field(0, ge=0, le=2**31 - 1)

    @model_validator(mode="after")
    def _what_cannot_be_compared(self) -> Self:
        weighted = self.base.loss is Loss.CLASS_WEIGHTED or self.base.head_epochs > 0
        if self.held_out and weighted:
            raise ValueError(
                "a loss that is weighted by class measures another thing for each split of the training rows"
            )
        if self.prune and self.base.head_epochs > 0:
            raise ValueError("poor trials cannot be told early, and be stopped, where training has two stages")
        return self

    @cached_property
    def space(self) -> SearchSpace:
        """What is searched."""
        return SearchSpace.parse(self.search)

    @property
    def held_out(self) -> SplitConfig | None:
        """What fixes the rows of validation and test if trials differ in their splits; else their one split does."""
        return self.base.split if "split_strategy" in self.search else None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Validate a definition.

        Raises:
            ConfigError: If a value is out of range, or something cannot be searched.
        """
        try:
            definition = cls.model_validate(dict(values))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ConfigError(
                f"This sweep cannot be run: {f'{place}: ' if place else ''}{first['msg'].removeprefix('Value error, ')}.",
                "Expected title, preset, what is searched, and a budget of trials or minutes.",
                "Change the named value.",
            ) from error
        space = definition.space
        return definition.model_copy(update={"search": space.dump()})

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read a definition from TOML: a preset, what differs from it for all trials (`fixed`), and what is searched.

        Raises:
            ConfigError: If it is no TOML, or no definition.
        """
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(
                f"The definition is no TOML: {error}.", "Expected a file as in lsdc/sweeps/ready.", "Correct the line."
            ) from error
        name, fixed = values.get("preset", ""), values.pop("fixed", {})
        if not (isinstance(name, str) and isinstance(fixed, dict)):
            raise ConfigError(
                "“preset” is no text, or “fixed” no table.", "Expected a file as in lsdc/sweeps/ready.", "Correct it."
            )
        lists = {key: tuple(value) if isinstance(value, list) else value for key, value in fixed.items()}
        return cls.parse({**values, "base": preset(name).changed(**lists)})


def ready_definitions() -> dict[str, SweepDefinition]:
    """The definitions that ship with the program, by name."""
    return {
        path.stem: SweepDefinition.from_toml(path.read_text("utf-8")) for path in sorted(READY_FOLDER.glob("*.toml"))
    }


def find_definition(name: str) -> SweepDefinition:
    """The definition that ships under a name, or that a TOML file holds.

    Raises:
        ConfigError: If there is none, or it cannot be read.
    """
    ready = ready_definitions()
    if name in ready:
        return ready[name]
    if Path(name).is_file():
        try:
            return SweepDefinition.from_toml(Path(name).read_text("utf-8"))
        except UnicodeDecodeError as error:
            raise ConfigError(f"{name} is no text in UTF-8.", "Expected a TOML file.", "Save it as UTF-8.") from error
    raise ConfigError(
        f"There is no sweep definition “{name}”.", f"Expected a TOML file, or one of {', '.join(ready)}.", "Name one."
    )
