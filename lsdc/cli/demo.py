"""`python -m lsdc demo`: the phantom data set, and the demo runs that ship with the program."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lsdc import settings
from lsdc.dataset.phantom import parse_defects, write_full_tables, write_phantom
from lsdc.dataset.prepare import preparing
from lsdc.training.demo_runs import retrain_demo_runs


class Scale(StrEnum):
    """How much of a data set is written."""

    IMAGES = "images"
    FULL_TABLES = "full-tables"


def demo(
    out: Annotated[
        Path | None, typer.Option(help="The folder to make; by default the app's own.", show_default=False)
    ] = None,
    studies: Annotated[int | None, typer.Option(min=1, max=10_000, help="40, or 1975 with full tables.")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    image_px: Annotated[int, typer.Option(min=64, max=1024, help="Side of the images.")] = 256,
    full_size: Annotated[bool, typer.Option("--full-size", help="Sizes and slice counts of the real data.")] = False,
    scale: Annotated[
        Scale, typer.Option(help="full-tables writes label tables of real size and no image.")
    ] = Scale.IMAGES,
    defects: Annotated[str, typer.Option(help="all, or name:count,…; listed in defects.csv.")] = "",
    retrain: Annotated[
        bool, typer.Option("--retrain", help="Make the demo runs anew, on 400 studies that are then discarded.")
    ] = False,
) -> None:
    """Write a phantom data set: images and tables like the challenge's, with nobody's data in them."""
    if retrain:
        for run in retrain_demo_runs(_show):
            print(run.path)
        return
    folder = (out or settings.phantom_root()).expanduser().resolve()
    # The app makes its own folder in the background, and may be about to.
    with preparing(folder) if out is None else nullcontext():
        _write(folder, scale, studies, seed, image_px, full_size, defects)
    print(folder)


def _write(
    folder: Path, scale: Scale, studies: int | None, seed: int, image_px: int, full_size: bool, defects: str
) -> None:
    if scale is Scale.FULL_TABLES:
        write_full_tables(folder, studies=studies or 1975, seed=seed)
    else:
        write_phantom(
            folder,
            studies=studies or 40,
            seed=seed,
            image_px=image_px,
            full_size=full_size,
            defects=parse_defects(defects) if defects else None,
            report_progress=_show,
        )


def _show(done: int, total: int) -> None:
    end = "\n" if done == total else "\r"
    print(f"{done} of {total} studies", end=end, file=sys.stderr, flush=True)
