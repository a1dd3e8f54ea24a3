"""`python -m lsdc compare`: the scores of runs beside baselines that see no pixel, and which of them are better."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from lsdc import settings
from lsdc.cli.options import JsonOption, print_json
from lsdc.errors import ConfigError, LsdcError, TableError
from lsdc.evaluation.comparison import HEADLINE, MOST_RUNS, Contender, PairTest, compare_all
from lsdc.evaluation.comparison import compare as compare_two
from lsdc.evaluation.metrics import METRICS, Metric
from lsdc.evaluation.metrics_file import Metrics, Score, Scores
from lsdc.evaluation.score_sheet import about_rows, as_csv, as_markdown, baseline_label
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
        Path | None, typer.Option(help="Also write the scores there, as .md or .csv.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print the metrics of runs, grouped by the rows that they were scored on: only those can be ranked."""
    write_sheet = _sheet_writer(out) if out else None
    _check_number(names or [])
    root = settings.runs_root()
    runs = [open_run(root, name) for name in names] if names else [run for run in list_runs(root) if run.is_scored]
    metrics = _metrics(runs, anew=anew, strict=bool(names))
    groups = _by_rows(metrics)
    if out and write_sheet:
        write_text(out, write_sheet({group["title"]: _graders(group) for group in groups.values()}, METRICS))
    tests = _test(runs) if names and len(names) > 1 else _Tests()
    if as_json:
        print_json({"groups": list(groups.values()), **asdict(tests)})
        return
    for group in groups.values():
        _print(group)
    _print_tests(tests)
    if not groups:
        print("No scored run yet. Start one with: python -m lsdc train --preset quick")


@dataclass(frozen=True, kw_only=True)
class _Tests:
    """Of runs that were named: the verdict on two, all pairs among them, and why there is neither."""

    verdict: str | None = None
    pairs: Sequence[PairTest] = ()
    not_compared: str | None = None


def _sheet_writer(out: Path) -> Callable[[Mapping[str, Mapping[str, Scores]], Sequence[Metric]], str]:
    writers = {".md": as_markdown, ".csv": as_csv}
    if out.suffix not in writers:
        raise ConfigError(
            f"Scores cannot be written as “{out.name}”.",
            "They are written as Markdown or CSV.",
            "End the name in .md or .csv.",
        )
    return writers[out.suffix]


def _check_number(names: Sequence[str]) -> None:
    if len(names) > MOST_RUNS:
        raise ConfigError(
            f"{len(names)} runs make {len(names) * (len(names) - 1) // 2} pairs.",
            f"At most {MOST_RUNS} runs are tested against each other: with more of them, hardly any difference can be shown.",
            "Name fewer runs.",
        )


def _metrics(runs: list[RunFolder], *, anew: bool, strict: bool) -> dict[RunFolder, Metrics]:
    metrics = {}
    for run in runs:
        try:
            if anew:
                rescore(run)
            metrics[run] = current_metrics(run)
        except LsdcError as error:
            if strict:
                raise
            print(f"{run.run_id}: {error}", file=sys.stderr)
    return metrics


def _by_rows(runs: dict[RunFolder, Metrics]) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for run, metrics in runs.items():
        data = run.data
        about = {
            "title": about_rows(data["name"], metrics),
            "data": data["name"],
            "synthetic": data["synthetic"],
            "scored_on": metrics["scored_on"].value,
        }
        about |= {"chosen_on_these_rows": metrics["chosen_on_these_rows"]}
        about |= {"rows": metrics["rows"], "studies": metrics["studies"], "baselines": metrics["baselines"]}
        group = groups.setdefault(metrics["rows_fingerprint"], {**about, "runs": {}})
        group["runs"][run.run_id] = metrics["metrics"]
    return groups


def _graders(group: dict[str, Any]) -> dict[str, Scores]:
    graders: dict[str, Scores] = dict(group["runs"])
    return graders | {baseline_label(name): scores for name, scores in group["baselines"].items()}


def _test(runs: list[RunFolder]) -> _Tests:
    try:
        pairs = compare_all({run.run_id: run.predictions() for run in runs}, HEADLINE)
        return _Tests(pairs=pairs, verdict=_verdict(*runs) if len(runs) == 2 else None)
    except TableError as error:
        return _Tests(not_compared=str(error))


def _verdict(a: RunFolder, b: RunFolder) -> str:
    return compare_two(
        *(Contender(predictions=run.predictions(), resampled=stored_draws(run)) for run in (a, b))
    ).sentence


def _print(group: dict[str, Any]) -> None:
    print(f"{'SYNTHETIC ' if group['synthetic'] else ''}{group['title']}")
    print(f"  {'':<44}" + "".join(f"{metric.title:>20}" for metric in METRICS))
    for name, scores in _graders(group).items():
        print(f"  {name:<44}" + "".join(f"{_cell(scores[metric.name], metric.format):>20}" for metric in METRICS))


def _print_tests(tests: _Tests) -> None:
    if tests.not_compared:
        print(f"Not compared. {tests.not_compared}")
    if tests.verdict:
        print(tests.verdict)
    if not tests.pairs:
        return
    print(
        f"{HEADLINE.title}, paired bootstrap over the studies that all of these runs share; Holm over {len(tests.pairs)}:"
    )
    for pair in tests.pairs:
        gap = "–" if pair.difference.value is None else f"{pair.difference.value:+.3f}"
        print(f"  {pair.a} − {pair.b}: {gap}, p = {pair.p:.4f}, corrected {pair.p_holm:.4f}")


def _cell(score: Score, form: str) -> str:
    if score["value"] is None:
        return "–"
    value = format(score["value"], form)
    return value if score["low"] is None else f"{value} {score['low']:.2f}–{score['high']:.2f}"
