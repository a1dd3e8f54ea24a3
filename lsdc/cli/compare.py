"""`python -m lsdc compare`: the scores of runs beside baselines that see no pixel, and which of them are better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from lsdc import settings
from lsdc.cli.options import JsonOption, print_json
from lsdc.errors import ConfigError, LsdcError
from lsdc.evaluation.comparison import HEADLINE, MOST_RUNS, Contender, PairTest, compare_all
from lsdc.evaluation.comparison import compare as compare_two
from lsdc.evaluation.metrics import METRICS, Metric
from lsdc.evaluation.metrics_file import Metrics, Score, Scores
from lsdc.evaluation.score_sheet import as_csv, as_markdown
from lsdc.evaluation.stored import current_metrics, rescore, stored_draws
from lsdc.files import write_text
from lsdc.runs import RunFolder, list_runs, open_run


def compare(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN]…", help=f"Runs; all that are scored without it. From two to {MOST_RUNS} are tested."
        ),
    ] = None,
    anew: Annotated[
        bool, typer.Option("--rescore", help="First write metrics, draws and card anew, from predictions.parquet.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Also write the scores there, as Markdown (.md) or CSV.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the metrics of runs, grouped by the rows that they were scored on: only those can be ranked."""
    root = settings.runs_root()
    runs = [open_run(root, name) for name in names] if names else [run for run in list_runs(root) if run.is_scored]
    if anew:
        for run in runs:
            rescore(run)
    metrics = _metrics(runs, strict=bool(names))
    groups = _by_rows(metrics)
    if out:
        write_text(out, _sheet(groups, as_markdown if out.suffix == ".md" else as_csv))
    verdict = _verdict(*runs, metrics=metrics) if names and len(names) == 2 else None
    pairs = _pairs(runs) if names and len(names) > 1 else []
    if as_json:
        print_json({"groups": list(groups.values()), "verdict": verdict, "pairs": [asdict(pair) for pair in pairs]})
        return
    for group in groups.values():
        _print(group)
    if verdict:
        print(verdict)
    _print_pairs(pairs)
    if not groups:
        print("No scored run yet. Start one with: python -m lsdc train --preset quick")


def _metrics(runs: list[RunFolder], *, strict: bool) -> dict[RunFolder, Metrics]:
    metrics = {}
    for run in runs:
        try:
            metrics[run] = current_metrics(run)
        except LsdcError:
            if strict:
                raise
            continue  # `runs` lists it with the reason
    return metrics


def _by_rows(runs: dict[RunFolder, Metrics]) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for run, metrics in runs.items():
        data = run.data
        about = {"data": data["name"], "synthetic": data["synthetic"], "scored_on": metrics["scored_on"].value}
        about |= {"chosen_on_these_rows": metrics["chosen_on_these_rows"]}
        about |= {"rows": metrics["rows"], "studies": metrics["studies"], "baselines": metrics["baselines"]}
        group = groups.setdefault(metrics["rows_fingerprint"], {**about, "runs": {}})
        group["runs"][run.run_id] = metrics["metrics"]
    return groups


def _sheet(groups: dict[str, dict[str, Any]], write: Callable[[dict[str, Scores], Sequence[Metric]], str]) -> str:
    """The groups one after the other, an empty line between them: their lines are not to be ranked together."""
    return "\n".join(write(group["runs"] | _baselines(group), METRICS) for group in groups.values())


def _baselines(group: dict[str, Any]) -> dict[str, Scores]:
    return {f"{name} (baseline)": scores for name, scores in group["baselines"].items()}


def _verdict(a: RunFolder, b: RunFolder, *, metrics: dict[RunFolder, Metrics]) -> str:
    contenders = [Contender(predictions=run.predictions(), resampled=stored_draws(run, metrics[run])) for run in (a, b)]
    return compare_two(*contenders).sentence


def _pairs(runs: list[RunFolder]) -> list[PairTest]:
    if len(runs) > MOST_RUNS:
        raise ConfigError(
            f"{len(runs)} runs make {len(runs) * (len(runs) - 1) // 2} pairs.",
            f"At most {MOST_RUNS} runs are tested against each other: with more of them, hardly any difference can be shown.",
            "Name fewer runs.",
        )
    return compare_all({run.run_id: run.predictions() for run in runs}, HEADLINE)


def _print(group: dict[str, Any]) -> None:
    mark = "SYNTHETIC " if group["synthetic"] else ""
    print(f"{group['data']}: {mark}{group['rows']} {group['scored_on']} rows of {group['studies']} studies")
    print(f"  {'':<44}" + "".join(f"{metric.title:>20}" for metric in METRICS))
    for name, scores in (group["runs"] | _baselines(group)).items():
        print(f"  {name:<44}" + "".join(f"{_cell(scores[metric.name], metric.format):>20}" for metric in METRICS))


def _print_pairs(pairs: list[PairTest]) -> None:
    if not pairs:
        return
    print(f"{HEADLINE.title}, paired bootstrap over the studies that all of these runs share; Holm over {len(pairs)}:")
    for pair in pairs:
        difference = asdict(pair.difference)
        gap = "–" if difference["value"] is None else f"{difference['value']:+.3f}"
        print(f"  {pair.a} − {pair.b}: {gap}, p = {pair.p:.4f}, corrected {pair.p_holm:.4f}")


def _cell(score: Score, form: str) -> str:
    if score["value"] is None:
        return "–"
    value = format(score["value"], form)
    return value if score["low"] is None else f"{value} {score['low']:.2f}–{score['high']:.2f}"
