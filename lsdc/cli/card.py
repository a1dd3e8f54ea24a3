"""`python -m lsdc card`: what a run is, how good it is, and what it must not be used for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsdc import settings
from lsdc.errors import ConfigError
from lsdc.evaluation.card_page import card_page
from lsdc.files import write_text
from lsdc.runs import open_run


def card(
    run: Annotated[str, typer.Argument(metavar="RUN", help="As `python -m lsdc runs` lists it.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Write it there, as Markdown (.md) or as one web page (.html).", show_default=False),
    ] = None,
) -> None:
    """Print the model card of a run as Markdown, or write it to a file."""
    text = open_run(settings.runs_root(), run).model_card()
    if out is None:
        print(text, end="")
        return
    if out.suffix not in (".md", ".html"):
        raise ConfigError(
            f"A card cannot be written as {out.name}.", "Expected a name that ends in .md or .html.", "Change the name."
        )
    write_text(out, card_page(text) if out.suffix == ".html" else text)
    print(out)
