"""Options that several commands share, and how words become values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from lsdc import settings
from lsdc.errors import ConfigError
from lsdc.labels import TARGETS, Target

DataOption = Annotated[
    Path | None, typer.Option("--data", help="The data set; by default the one that the app uses.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

NameOption = Annotated[str | None, typer.Option("--name", help="What you call the run.", show_default=False)]
NoteOption = Annotated[str | None, typer.Option("--note", help="What you want to remember of it.", show_default=False)]
TagsOption = Annotated[list[str] | None, typer.Option("--tag", help="A word to find it by; may be repeated.")]

Word = TypeVar("Word", bound=StrEnum)


def data_root(data: Path | None) -> Path:
    """The folder named on the command line, else the one that the app uses."""
    return data.expanduser().resolve() if data else settings.data_root()


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
