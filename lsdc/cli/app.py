"""The commands, one module each, and how a failure leaves the program."""

from __future__ import annotations

import sys

import typer

from lsdc.cli import (
    audit,
    card,
    compare,
    demo,
    ensemble,
    estimate,
    explore,
    export,
    hyperparameters,
    labels,
    models,
    predict,
    readers,
    reviews,
    runs,
    sweep,
    train,
)
from lsdc.errors import LsdcError

app = typer.Typer(
    help="The lumbar workbench: explore, train, compare and predict. Research software, not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(name="demo")(demo.demo)
app.command(name="labels")(labels.labels)
app.command(name="explore")(explore.explore)
app.command(name="audit")(audit.audit)
app.command(name="models")(models.models)
app.command(name="hyperparameters")(hyperparameters.hyperparameters)
app.command(name="estimate")(estimate.estimate)
app.command(name="train")(train.train)
app.add_typer(runs.app, name="runs")
app.add_typer(sweep.app, name="sweep")
app.command(name="compare")(compare.compare)
app.command(name="ensemble")(ensemble.ensemble)
app.command(name="card")(card.card)
app.command(name="readers")(readers.readers)
app.add_typer(reviews.app, name="reviews")
app.command(name="predict")(predict.predict)
app.command(name="export")(export.export)


def run() -> None:
    """Run one command; a failure raised on purpose becomes one paragraph on standard error and exit code 1."""
    try:
        app()
    except LsdcError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        # A full disk, a folder that may not be written: nothing of ours is wrong, and a traceback helps nobody.
        print(f"{error.filename or 'A file'}: {error.strerror}.", file=sys.stderr)
        sys.exit(1)
