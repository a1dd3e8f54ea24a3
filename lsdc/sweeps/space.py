"""What a sweep searches: for each of some hyperparameters, a few values or a range, taken from its declaration."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from lsdc.config import TrainingConfig
from lsdc.config.ranges import closed_bounds, hints, is_whole_numbers, parse_value, vocabulary
from lsdc.errors import ConfigError
from lsdc.models.catalogue import CATALOG, ENCODERS, IMAGENET, NO_WEIGHTS

_ROWS = "it decides which rows there are, and trials are compared on the same validation rows"
_LOSS = "it changes what the validation loss measures, by which trials are compared"
_MACHINE = "it decides where a run computes, and not what it learns"
# The hyperparameters that are the same for all trials of a sweep, and why.
FIXED_FOR_ALL: dict[str, str] = {
    **dict.fromkeys(("conditions", "side", "levels", "balance"), _ROWS),
    **dict.fromkeys(("split_unit", "test_share", "folds", "fold"), _ROWS),
    "input_kind": "an image that does not say its pixel spacing has no crop: trials would differ in their validation rows",
    **dict.fromkeys(("label_review", "leave_out"), "a review of labels is chosen for the whole sweep"),
    "seed": "the best of several seeds is the luckiest one, and not a better recipe",
    **dict.fromkeys(("loss", "focal_gamma", "label_smoothing", "head_epochs"), _LOSS),
    "calibrate": "it comes after training, and no validation loss depends on it",
    **dict.fromkeys(("device", "precision", "backend"), _MACHINE),
}
SEARCHABLE = tuple(name for name in TrainingConfig.model_fields if name not in FIXED_FOR_ALL)
_CATALOGUES = {"networks": tuple(CATALOG), "encoders": ENCODERS, "pretrained": (NO_WEIGHTS, IMAGENET)}


@dataclass(frozen=True, kw_only=True)
class Choices:
    """A few values.

    Args:
        values: At least two, all different, as a config holds them.
    """

    values: tuple[Any, ...]

    def dump(self) -> list[Any]:
        """As JSON and TOML write it."""
        return [list(value) if isinstance(value, tuple) else value for value in self.values]


@dataclass(frozen=True, kw_only=True)
class Range:
    """All numbers from one to another.

    Args:
        low: The lowest.
        high: The highest.
        log: Whether decades are alike, rather than differences.
        whole: Whether they are whole numbers.
    """

    low: float
    high: float
    log: bool
    whole: bool

    def dump(self) -> dict[str, Any]:
        """As JSON and TOML write it."""
        return {"low": self.low, "high": self.high, "log": self.log}


Dimension = Choices | Range


@dataclass(frozen=True, kw_only=True)
class SearchSpace:
    """The searched hyperparameters, by name."""

    dimensions: Mapping[str, Dimension]

    @classmethod
    def parse(cls, search: Mapping[str, Any]) -> Self:
        """Read a space from JSON or TOML: a list of values, or a table with `low`, `high` and perhaps `log`.

        Raises:
            ConfigError: If something cannot be searched, or a value is not in the range of its hyperparameter.
        """
        if not search:
            raise ConfigError(
                "Nothing is searched.", "A sweep varies at least one hyperparameter.", "Choose one, with its values."
            )
        return cls(dimensions={name: _parse_dimension(name, told) for name, told in search.items()})

    def dump(self) -> dict[str, Any]:
        """As JSON and TOML write it; `parse` reads it."""
        return {name: dimension.dump() for name, dimension in self.dimensions.items()}

    def values(self, config: TrainingConfig) -> dict[str, Any]:
        """What a config has of the searched hyperparameters."""
        return {name: getattr(config, name) for name in self.dimensions}

    def parse_values(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Values of the searched hyperparameters as JSON holds them, as a config holds them.

        Raises:
            ConfigError: If one is out of range.
        """
        return {name: _parse_listed(name, told[name]) for name in self.dimensions}

    @property
    def size(self) -> float:
        """How many combinations there are; infinite if a range is among them."""
        lists = [dimension for dimension in self.dimensions.values() if isinstance(dimension, Choices)]
        return math.prod(len(each.values) for each in lists) if len(lists) == len(self.dimensions) else math.inf


def suggested_dimension(name: str) -> Dimension | None:
    """What can be searched of a hyperparameter by its declaration: all its words, or its whole range.

    Returns:
        None for a list of numbers, of which a person must say some.
    """
    field = TrainingConfig.model_fields[name]
    values = _CATALOGUES.get(hints(name).get("choices", ""), vocabulary(field))
    if values:
        return Choices(values=values)
    if is_whole_numbers(field):
        return None
    low, high = closed_bounds(name)
    whole = field.annotation is int
    return Range(low=low, high=high, log=hints(name).get("scale") == "log", whole=whole)


def _parse_dimension(name: str, told: Any) -> Dimension:
    if name not in SEARCHABLE:
        why = FIXED_FOR_ALL.get(name, "there is no such hyperparameter")
        raise ConfigError(
            f"{name} cannot be searched: {why}.",
            f"Expected one of {', '.join(SEARCHABLE)}.",
            "Leave it out of the search; it may have one value for all trials.",
        )
    try:
        return _parse_choices(name, told) if isinstance(told, list | tuple) else _parse_range(name, told)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error.happened}", error.expected, error.fix) from error


def _parse_choices(name: str, told: list[Any] | tuple[Any, ...]) -> Choices:
    values = tuple(_parse_listed(name, value) for value in told)
    if len(set(values)) < max(2, len(values)):
        raise ConfigError(
            "There is nothing to choose among.", "Expected at least two values, each of them once.", "Add a value."
        )
    return Choices(values=values)


def _parse_listed(name: str, value: Any) -> Any:
    # JSON and TOML have no tuples.
    return parse_value(name, tuple(value) if isinstance(value, list) else value)


def _parse_range(name: str, told: Any) -> Range:
    suggested = suggested_dimension(name)
    keys = set(told) if isinstance(told, Mapping) else set()
    if not (isinstance(suggested, Range) and {"low", "high"} <= keys <= {"low", "high", "log"}):
        raise ConfigError(
            f"“{told}” says nothing that can be searched.",
            "Expected a list of values or, for a number, a table with low and high, and perhaps log.",
            "Write it like one of these.",
        )
    low, high = parse_value(name, told["low"]), parse_value(name, told["high"])
    log = bool(told.get("log", suggested.log))
    if not low < high or (log and low <= 0):
        raise ConfigError(
            f"There is nothing between {low:g} and {high:g}.",
            "Expected a low end below the high one; above 0 if decades are alike.",
            "Change one of the ends.",
        )
    return Range(low=low, high=high, log=log, whole=suggested.whole)
