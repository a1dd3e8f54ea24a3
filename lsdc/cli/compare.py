"""`python -m lsdc compare`: the scores of runs beside baselines that see no pixel, and whether one of two is better."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lsdc import settings
from lsdc.cli.options import JsonOption, print_json
from lsdc.errors import CorruptRunError
from lsdc.evaluation.comparison import compare as compare_predictions
from lsdc.evaluation.metrics import METRICS
from lsdc.evaluation.metrics_file import Score, read_metrics
from lsdc.runs import RunFolder, list_runs, open_run


def compare(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN]…", help="Runs; all that are scored without it. Two are tested.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the metrics of runs, grouped by the rows that they were scored on: only those can be ranked."""
    root = settings.runs_root()
    runs = [open_run(root, name) for name in names] if names else [run for run in list_runs(root) if run.is_scored]
    groups = _by_rows(runs, strict=bool(names))
    verdict = compare_predictions(*(run.predictions() for run in runs)).sentence if names and len(names) == 2 else None
    if as_json:
        print_json({"groups": list(groups.values()), "verdict": verdict})
        return
    for group in groups.values():
        _print(group)
    if verdict:
        print(verdict)
    if not groups:
        print("No scored run yet. Start one with: python -m lsdc train --preset quick")


def _by_rows(runs: list[RunFolder], *, strict: bool) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for run in runs:
        try:
            metrics, data = read_metrics(run), run.data
        except CorruptRunError:
            if strict:
                raise
            continue  # `runs` lists it with the reason
        about = {"data": data["name"], "synthetic": data["synthetic"], "scored_on": metrics["scored_on"]}
        about |= {"chosen_on_these_rows": metrics["chosen_on_these_rows"]}
        about |= {"rows": metrics["rows"], "studies": metrics["studies"], "baselines": metrics["baselines"]}
        group = groups.setdefault(metrics["rows_fingerprint"], {**about, "runs": {}})
        group["runs"][run.run_id] = metrics["metrics"]
    return groups


def _print(group: dict[str, Any]) -> None:
    mark = "SYNTHETIC " if group["synthetic"] else ""
    print(f"{group['data']}: {mark}{group['rows']} {group['scored_on']} rows of {group['studies']} studies")
    print(f"  {'':<44}" + "".join(f"{metric.title:>20}" for metric in METRICS))
    baselines = {f"{name} (baseline)": scores for name, scores in group["baselines"].items()}
    for name, scores in (group["runs"] | baselines).items():
        print(f"  {name:<44}" + "".join(f"{_cell(scores[metric.name], metric.format):>20}" for metric in METRICS))


def _cell(score: Score, form: str) -> str:
    if score["value"] is None:
        return "–"
    value = format(score["value"], form)
    return value if score["low"] is None else f"{value} {score['low']:.2f}–{score['high']:.2f}"
