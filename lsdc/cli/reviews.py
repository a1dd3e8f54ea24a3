"""`python -m lsdc reviews …`: labels that runs doubt, decisions on them, and whether two reviewers agree."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsdc import settings
from lsdc.cli.options import DataOption, JsonOption, data_root, parse_target, parse_word, print_json
from lsdc.dataset.review_files import review_file, sole_reviewer
from lsdc.dataset.reviews import LABEL_KEYS, Decision, Review
from lsdc.dataset.tables import data_fingerprint, load_label_table, write_table
from lsdc.errors import TableError
from lsdc.evaluation.doubtful_labels import doubtful_labels
from lsdc.evaluation.reviewers import agreement
from lsdc.labels import Level
from lsdc.runs import open_run

PRINTED_ROWS = 20

ReviewArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV of decisions, as Compare writes it.")]

app = typer.Typer(help="Rank labels that runs doubt, decide on them, and compare reviewers.", no_args_is_help=True)


@app.command()
def rank(
    names: Annotated[
        list[str], typer.Argument(metavar="RUN…", help="Runs of one data set; an ensemble's members speak for it.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Write all of them, as .csv or .parquet.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the labels that held-out runs disagree with most, by the mean of their log losses."""
    opened = [open_run(settings.runs_root(), name) for name in names]
    # An ensemble would say what its members say a second time.
    runs = list({run.path: run for named in opened for run in named.networks()}.values())
    if len({run.data["fingerprint"] for run in runs}) > 1:
        raise TableError(
            "These runs learned from different data.",
            "Runs that speak of the same labels have the same fingerprint.",
            "Name runs of one data set.",
        )
    labels = doubtful_labels([run.predictions() for run in runs])
    if out:
        write_table(labels, out)
    if as_json:
        print_json({"labels": labels.to_dict("records")})
        return
    for row in labels.head(PRINTED_ROWS).itertuples():
        print(f"{row.loss:6.2f}  {row.runs} run(s)  {row.study_id} {row.condition} {row.side} {row.level}: {row.label}")
    print(f"{len(labels)} labels are held out; the first {min(PRINTED_ROWS, len(labels))} are above.")


@app.command()
def decide(
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="keep, drop or doubt.")],
    reviewer: Annotated[str, typer.Option(help="Who decides; it names the file.")],
    study: Annotated[int, typer.Option(help="The study's number.")],
    condition: Annotated[str, typer.Option(help="One of the five, such as left_subarticular_stenosis.")],
    level: Annotated[str, typer.Option(help="Such as l4_l5.")],
    reason: Annotated[str, typer.Option(help="In a few words.")] = "",
    data: DataOption = None,
) -> None:
    """Decide on one label, in the same file as on Compare; prints its path."""
    target = parse_target(condition)
    wanted = parse_word(Level, [word.slug for word in Level], level, "level")
    key = (study, target.condition.value, target.side.value, wanted.value)
    root = data_root(data)
    table = load_label_table(root)
    if not (table[list(LABEL_KEYS)] == list(key)).all(axis=1).any():
        raise TableError(
            f"There is no label {' '.join(map(str, key))}.",
            f"Expected a row of the label table of {root}.",
            "Look it up: python -m lsdc labels --out labels.csv.",
        )
    file = review_file(settings.reviews_root(), data_fingerprint(table, root), reviewer)
    file.decide(key, parse_word(Decision, Decision, decision, "decision"), reason)
    print(file.path)


@app.command()
def check(path: ReviewArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Say what a file decides; refuse one that training would refuse."""
    review = Review.read(path)
    review.refuse_unknown_labels(load_label_table(data_root(data)))
    counts = {decision.value: int((review.table["decision"] == decision).sum()) for decision in Decision}
    if as_json:
        print_json({"labels": len(review.table), **counts, "sha256": review.sha256})
    else:
        print(f"{len(review.table)} labels: " + ", ".join(f"{count} {word}" for word, count in counts.items()))


@app.command(name="import")
def import_(path: ReviewArgument, data: DataOption = None) -> None:
    """Add a file to the decisions of the reviewer whom it names; of two on a label the later one counts."""
    review, root = Review.read(path), data_root(data)
    table = load_label_table(root)
    review.refuse_unknown_labels(table)
    file = review_file(settings.reviews_root(), data_fingerprint(table, root), sole_reviewer(review))
    print(f"{file.take_in(review)} of {len(review.table)} decisions taken in: {file.path}")


@app.command()
def agree(first: ReviewArgument, second: ReviewArgument, as_json: JsonOption = False) -> None:
    """Print how far two reviewers agree on the labels that both decided on."""
    result = agreement(Review.read(first).table, Review.read(second).table)
    if as_json:
        counts = {str(word): dict(row) for word, row in result.counts.to_dict("index").items()}
        print_json({"labels": result.labels, "agreed": result.agreed, "kappa": result.kappa, "counts": counts})
        return
    kappa = "undefined" if result.kappa is None else f"{result.kappa:.3f}"
    print(f"{result.labels} labels, alike on {result.agreed}; Cohen's kappa, unweighted: {kappa}")
    print(f"{first.stem} in rows, {second.stem} in columns")
    print(result.counts.to_string(index_names=False))
