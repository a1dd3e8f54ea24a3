"""Options that several commands share, and how words become values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_origin

import typer

from lsdc import settings
from lsdc.config import PRESETS, TrainingConfig, preset
from lsdc.errors import ConfigError
from lsdc.labels import TARGETS, Target

DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data set; by default the one that the app uses.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

PresetOption = Annotated[str, typer.Option("--preset", help=f"One of {', '.join(PRESETS)}.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Replace a hyperparameter; lists are comma-separated."),
]

NameOption = Annotated[str | None, typer.Option("--name", help="What you call the run.", show_default=False)]
NoteOption = Annotated[str | None, typer.Option("--note", help="What you want to remember of it.", show_default=False)]
TagsOption = Annotated[list[str] | None, typer.Option("--tag", help="A word to find it by; may be repeated.")]

Word = TypeVar("Word", bound=StrEnum)


def data_root(data: Path | None) -> Path:
    """The folder named on the command line, else the one that the app uses."""
    return data.expanduser().resolve() if data else settings.data_root()


def chosen_config(preset_name: str, values: Iterable[str] | None) -> TrainingConfig:
    """A preset, with the hyperparameters replaced that were set on the command line.

    Raises:
        ConfigError: If there is no such preset or hyperparameter, or a value cannot be run.
    """
    return preset(preset_name).changed(**dict(_parse_value(text) for text in values or ()))


def incomplete(what: str, needed: str) -> ConfigError:
    """The error for a command that leaves open what it needs to know."""
    return ConfigError(f"{what} needs more to be said.", f"Expected {needed}.", "Add it.")


def parse_word(words: Iterable[Word], slugs: Iterable[str], text: str, what: str) -> Word:
    """The word whose slug was typed.

    Raises:
        ConfigError: If it is none of them.
    """
    by_slug = dict(zip(slugs, words, strict=True))
    if text.lower() not in by_slug:
        raise ConfigError(
            f"“{text}” is no {what}.", f"Expected one of {', '.join(by_slug)}.", "Type one of these words."
        )
    return by_slug[text.lower()]


def parse_target(text: str) -> Target:
    """The condition and side whose slug was typed, such as left_subarticular_stenosis.

    Raises:
        ConfigError: If it is none of the five.
    """
    by_slug = {target.slug: target for target in TARGETS}
    if text not in by_slug:
        raise ConfigError(
            f"“{text}” is no condition.", f"Expected one of {', '.join(by_slug)}.", "Type one of these words."
        )
    return by_slug[text]


def print_json(value: Any) -> None:
    """One JSON object on standard output."""
    print(json.dumps(value, ensure_ascii=False, allow_nan=False))


def _parse_value(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or name not in TrainingConfig.model_fields:
        raise ConfigError(
            f"“{text}” sets no hyperparameter.",
            f"Expected NAME=VALUE with one of {', '.join(TrainingConfig.model_fields)}.",
            "Correct the name.",
        )
    is_list = get_origin(TrainingConfig.model_fields[name].annotation) is tuple
    return name, tuple(part.strip() for part in value.split(",")) if is_list else value
