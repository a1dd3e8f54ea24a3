"""`python -m lsdc readers`: kappas of runs by condition, beside the agreement of human readers as published."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from lsdc import settings
from lsdc.cli.options import JsonOption, parse_word, print_json
from lsdc.evaluation.human_agreement import CAVEAT, KAPPAS, PUBLISHED, KappaKind, published
from lsdc.evaluation.predictions import scored_rows
from lsdc.evaluation.strata import Stratum, metric_by_stratum
from lsdc.runs import open_run

SLUGS = [kind.name.lower() for kind in KappaKind]


def readers(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN]…", help="Runs; none prints what was published.")
    ] = None,
    kappa: Annotated[str, typer.Option(help=f"One of {', '.join(SLUGS)}.")] = SLUGS[0],
    as_json: JsonOption = False,
) -> None:
    """Print a kappa of runs by condition, with intervals, and the published values of the same kind."""
    kind = parse_word(KappaKind, SLUGS, kappa, "kappa")
    values = published(kind) if names else PUBLISHED
    kappas = {name: _kappas(name, kind) for name in names or ()}
    if as_json:
        print_json({"kappas": kappas, "published": [asdict(value) for value in values], "caveat": CAVEAT})
        return
    for name, parts in kappas.items():
        for part in parts:
            print(
                f"{name}  {part['part']:<28} {_number(part['value'])} ({_number(part['low'])} to {_number(part['high'])})"
            )
    for value in values:
        kind_words = value.kind or "kind not said"
        print(f"{value.zone.display:<28} {value.as_printed}; {kind_words}; {value.source}, {value.url}")
    print(CAVEAT)


def _kappas(name: str, kind: KappaKind) -> list[dict[str, Any]]:
    rows = scored_rows(open_run(settings.runs_root(), name).predictions())[1]
    table = metric_by_stratum(rows, Stratum.CONDITION, KAPPAS[kind])
    # JSON has no NaN.
    rows_of_parts = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows_of_parts]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
