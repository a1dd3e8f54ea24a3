"""`python -m lsdc labels`: the label table, counted and written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsdc.cli.options import DataOption, JsonOption, data_root, parse_target, parse_word, print_json
from lsdc.dataset.summary import LabelSummary, summarize
from lsdc.dataset.tables import balance, load_label_table, select_rows, write_table
from lsdc.labels import Sequence


def labels(
    data: DataOption = None,
    condition: Annotated[
        str | None, typer.Option(help="One of the five, such as left_subarticular_stenosis; all without it.")
    ] = None,
    plane: Annotated[str | None, typer.Option(help="axial_t2, sagittal_t1 or sagittal_t2.")] = None,
    balance_studies: Annotated[
        bool, typer.Option("--balance", help="Drop unlabelled rows, and studies whose five levels are all Normal/Mild.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Also write the rows, as .csv or .parquet.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Count rows, studies, series, levels and severities of the label table."""
    sequence = parse_word(Sequence, [word.slug for word in Sequence], plane, "plane") if plane else None
    targets = [parse_target(condition)] if condition else None
    table = select_rows(load_label_table(data_root(data)), targets=targets, sequence=sequence)
    if balance_studies:
        table = balance(table)
    if out:
        write_table(table, out)
    summary = summarize(table)
    if as_json:
        print_json(summary.to_dict())
    else:
        _print(summary)


def _print(summary: LabelSummary) -> None:
    print(f"rows {summary.rows}: {summary.labelled} labelled, {summary.unlabelled} unlabelled")
    print(f"studies {summary.studies}, series {summary.series}")
    for title, counts in (("level", summary.by_level), ("severity", summary.by_severity)):
        print(f"by {title}")
        for word, count in counts.items():
            print(f"  {word:<12} {count:>7}")
