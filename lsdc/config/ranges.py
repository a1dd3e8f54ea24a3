"""What the declaration of a hyperparameter says of its values, for whoever draws widgets or searches."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from lsdc.config.training import TrainingConfig
from lsdc.errors import ConfigError


def hints(name: str) -> dict[str, Any]:
    """What the declaration says of the widget: `group`, `advanced`, and at times `scale`, `step` or `choices`."""
    extra = TrainingConfig.model_fields[name].json_schema_extra
    return extra if isinstance(extra, dict) else {}


def bounds(field: FieldInfo) -> tuple[float, float]:
    """The lowest and highest value that the declaration names."""
    low = [item.ge if isinstance(item, Ge) else item.gt for item in field.metadata if isinstance(item, Ge | Gt)]
    high = [item.le if isinstance(item, Le) else item.lt for item in field.metadata if isinstance(item, Le | Lt)]
    return float(low[0]), float(high[0])  # type: ignore[arg-type]  # annotated_types allows more than numbers


def step_size(name: str) -> float:
    """By how much a number is changed at a time."""
    return float(hints(name).get("step", 1 if TrainingConfig.model_fields[name].annotation is int else 0.05))


def closed_bounds(name: str) -> tuple[float, float]:
    """The same, where a bound that is itself excluded is one step away."""
    field = TrainingConfig.model_fields[name]
    (low, high), step = bounds(field), step_size(name)
    excluded = {kind for item in field.metadata for kind in (Gt, Lt) if isinstance(item, kind)}
    return low + step * (Gt in excluded), high - step * (Lt in excluded)


def is_whole_numbers(field: FieldInfo) -> bool:
    """Whether it is a list of whole numbers, such as the filters of convolutions."""
    # `tuple[Annotated[int, …], ...]`: the item keeps its own annotation.
    items = get_args(field.annotation)
    return get_origin(field.annotation) is tuple and int in get_args(items[0])


def vocabulary(field: FieldInfo) -> tuple[Any, ...]:
    """The values of a field that has few: words, or yes and no; empty for all others."""
    kind = field.annotation
    if kind is bool:
        return (False, True)
    return tuple(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else ()


def parse_value(name: str, value: Any) -> Any:
    """A value of one hyperparameter, as a config holds it.

    Raises:
        ConfigError: If it is out of range, or of another kind.
    """
    field = TrainingConfig.model_fields[name]
    try:
        # A field's declaration is a type only when the program runs, so that a type checker cannot follow.
        return TypeAdapter(Annotated[field.annotation, field]).validate_python(value)  # type: ignore[arg-type]
    except ValidationError as error:
        reason = error.errors()[0]["msg"].replace("Input should", "Each should").replace("Tuple", "The choice")
        raise ConfigError(f"{reason}.", field.description or "", "Change it.") from error
