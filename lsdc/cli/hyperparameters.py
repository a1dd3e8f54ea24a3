"""`python -m lsdc hyperparameters`: what can be set, generated from the config; `docs/hyperparameters.md` is its output."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from itertools import groupby
from typing import Any, get_args

from pydantic.fields import FieldInfo

from lsdc.config import NO_REVIEW, PRESETS, TrainingConfig
from lsdc.models.catalogue import CATALOG, ENCODERS, IMAGENET, NO_WEIGHTS

HEADER = """# Hyperparameters

Generated from `lsdc/config/fields/` by `python -m lsdc hyperparameters`. On the command line: `--set name=value`; lists
are comma-separated. The groups are those of the sidebar; impossible combinations are refused before a run starts.
"""
CHOICES = {
    "networks": ", ".join(CATALOG),
    "encoders": ", ".join(ENCODERS),
    "reviews": f"{NO_REVIEW}, or a path",
    "pretrained": f"{NO_WEIGHTS}, {IMAGENET}, or a path",
}


def hyperparameters() -> None:
    """Print all hyperparameters and presets as Markdown."""
    print(HEADER, end="")
    for group, fields in groupby(TrainingConfig.model_fields.items(), key=lambda item: _hints(item[1])["group"]):
        print(f"\n## {group}\n\n| name | range | default | what it does |\n|---|---|---|---|")
        for name, field in fields:
            print(f"| `{name}` | {_range(field)} | {_word(field.default)} | {field.description} |")
    print("\n## Presets\n\nWhat each sets apart from the defaults.\n\n| preset | sets |\n|---|---|")
    defaults = TrainingConfig()
    for preset, config in PRESETS.items():
        changes = [f"`{name}` = {_word(value)}" for name, value in config if value != getattr(defaults, name)]
        print(f"| `{preset}` | {', '.join(changes) or 'these are the defaults'} |")


def _range(field: FieldInfo) -> str:
    if choices := _hints(field).get("choices"):
        return CHOICES[choices]
    words = _vocabulary(field.annotation)
    if words:
        return ", ".join(words)
    if field.annotation is bool:
        return "yes, no"
    limits = {
        key: getattr(part, key) for part in field.metadata for key in ("ge", "gt", "le", "lt") if hasattr(part, key)
    }
    if not limits:
        return _list_range(field)
    lowest = limits["ge"] if "ge" in limits else f"above {limits['gt']:g}"
    highest = limits["le"] if "le" in limits else f"below {limits['lt']:g}"
    return f"{lowest} to {highest}"


def _hints(field: FieldInfo) -> dict[str, Any]:
    extra = field.json_schema_extra
    return extra if isinstance(extra, dict) else {}


def _list_range(field: FieldInfo) -> str:
    (item, *_), (lowest, highest) = get_args(field.annotation), _bounds(field.metadata, "min_length", "max_length")
    smallest, largest = _bounds(get_args(item)[1:], "ge", "le")
    return f"{lowest} to {highest} whole numbers from {smallest} to {largest}"


def _bounds(metadata: Iterable[Any], *names: str) -> list[Any]:
    return [getattr(part, name) for name in names for part in metadata if hasattr(part, name)]


def _vocabulary(annotation: Any) -> list[str]:
    kinds = [annotation, *get_args(annotation)]
    return [word.value for kind in kinds if isinstance(kind, type) and issubclass(kind, StrEnum) for word in kind]


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
