"""Measured ablations on phantoms that choose the preset `recommended`, and how close it comes to the best possible.

    python benchmarks/recipes.py --list           what is finished and what is not
    python benchmarks/recipes.py --next           run one more
    python benchmarks/recipes.py --minutes 60     begin no further one after so long
    python benchmarks/recipes.py --table          the finished ones as Markdown
    python benchmarks/recipes.py --final          the presets at full size, against their bars

Each finished run adds a line to `benchmarks/results/`, and is not run again; whatever is interrupted is begun anew.
With --json, results come as JSON; what is being done goes to the error stream. docs/recipes.md says how to read them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from bars import Bar, report

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recipe_cells import ABLATION_DATA, BASE, FINAL_DATA, Cell, TrialData, ablation_cells, final_cells
from recipe_data import describe_data, tested_rows
from recipe_results import Results
from recipe_tables import Resampled, recipe_table, runs_table, slices_table
from recipe_trial import TrialFailedError, run_cell

from lsdc import settings
from lsdc.config import PRESETS
from lsdc.errors import LsdcError
from lsdc.json_lines import Row

RESULTS = Path(__file__).resolve().parent / "results"
BEST_SHARE = 0.95
TRAINING_SECONDS = 900.0


def main() -> int:
    """Do what was asked, and return the exit code."""
    arguments = _parse()
    if arguments.final:
        data = _of_size(FINAL_DATA, arguments)
        return _final(Bench(Results(arguments.results / "final.jsonl"), data, arguments.work), arguments)
    bench = Bench(Results(arguments.results / "ablations.jsonl"), _of_size(ABLATION_DATA, arguments), arguments.work)
    if arguments.list:
        _list(bench, as_json=arguments.json)
    elif arguments.table:
        _table(bench, as_json=arguments.json)
    elif arguments.next:
        return bench.run(bench.unfinished(ablation_cells())[:1])
    else:
        return bench.run(bench.unfinished(ablation_cells()), minutes=arguments.minutes)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--list", action="store_true")
    wanted.add_argument("--next", action="store_true")
    wanted.add_argument("--minutes", type=float)
    wanted.add_argument("--table", action="store_true")
    wanted.add_argument("--final", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runner-up", default="quick", choices=PRESETS, help="the third preset of --final")
    parser.add_argument(
        "--work", type=Path, default=settings.artifacts_root() / "benchmarks", help="where phantoms, crops and runs lie"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="where finished results are kept")
    # For trials: results of other sizes are kept, and count for nothing.
    parser.add_argument("--studies", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--test-studies", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _of_size(data: TrialData, arguments: argparse.Namespace) -> TrialData:
    return replace(
        data,
        train_studies=arguments.studies or data.train_studies,
        test_studies=arguments.test_studies or data.test_studies,
    )


class Bench:
    """Where cells are run, and where their results are kept."""

    def __init__(self, results: Results, data: TrialData, work: Path) -> None:
        self.results = results
        self.data = data
        self.work = work.resolve()

    def find(self, cell: Cell) -> Row | None:
        """The result of a cell, if it is finished."""
        return self.results.find(cell, describe_data(self.data))

    def finished(self, cells: Iterable[Cell]) -> list[Row]:
        """The results of those cells that have one."""
        return [row for cell in cells if (row := self.find(cell)) is not None]

    def unfinished(self, cells: Iterable[Cell]) -> list[Cell]:
        """The cells that have none."""
        return [cell for cell in cells if self.find(cell) is None]

    def run(self, cells: Iterable[Cell], *, minutes: float = float("inf")) -> int:
        """Run cells until the time is over; the exit code is 1 if one of them failed, which stops no other."""
        end = time.monotonic() + 60 * minutes
        failed = 0
        for cell in cells:
            if time.monotonic() >= end:
                break
            try:
                row = run_cell(cell, self.data, self.work, lambda text, name=cell.name: _say(name, text))
            except (TrialFailedError, LsdcError) as error:
                failed = 1
                _say(cell.name, f"failed: {error}\n")
                continue
            self.results.add(row)
            _say(cell.name, f"macro AUC {row['metrics']['macro_auc']['value']:.3f}, seconds {row['seconds']}\n")
        return failed


def _say(name: str, text: str) -> None:
    """One line that is written over, until a text ends it."""
    print(f"\r\033[K{name}: {text}", end="", flush=True, file=sys.stderr)


def _list(bench: Bench, *, as_json: bool) -> None:
    cells = [{"cell": cell.name, "finished": bench.find(cell) is not None} for cell in ablation_cells()]
    if as_json:
        print(json.dumps(cells, indent=2))
        return
    for cell in cells:
        print(f"  {'finished' if cell['finished'] else '        '}  {cell['cell']}")
    print(f"{sum(cell['finished'] for cell in cells)} of {len(cells)} are finished.")


def _table(bench: Bench, *, as_json: bool) -> None:
    rows = bench.finished(ablation_cells())
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if "base" not in {row["recipe"] for row in rows}:
        sys.exit("The base is not finished: run --next first.")
    resampled = Resampled(tested_rows(BASE, bench.data), rows)
    print(recipe_table(rows, resampled), slices_table(rows), runs_table(rows), sep="\n\n")


def _final(bench: Bench, arguments: argparse.Namespace) -> int:
    cells = final_cells(arguments.runner_up)
    if bench.run(bench.unfinished(cells)):
        return 1
    rows = {row["recipe"]: row for row in bench.finished(cells)}
    if not arguments.json:
        _print_final(rows)
    return report("Recipes on phantoms", _final_bars(rows["recommended"]), as_json=arguments.json)


def _final_bars(row: Row) -> list[Bar]:
    low, above = row["metrics"]["macro_auc"]["low"], row["level_only"]["macro_auc"]["high"]
    return [
        Bar(name="recommended: accuracy over the best possible", value=row["share_of_best_accuracy"], bar=BEST_SHARE),
        Bar(name="recommended: lower end of macro AUC, above level only's upper end", value=low, bar=above),
        Bar(name="recommended: training, s", value=row["seconds"]["training"], bar=TRAINING_SECONDS, at_most=True),
    ]


def _print_final(rows: dict[str, Row]) -> None:
    data = next(iter(rows.values()))["data"]
    print(
        f"Trained on {data['train_studies']} studies, tested on {data['test_rows']:,} balanced left rows of "
        f"{data['test_studies']:,} others; best possible accuracy {data['best_possible_accuracy']:.3f}"
    )
    for recipe, row in rows.items():
        scores = {recipe: row["metrics"], f"level only, on the rows of {recipe}": row["level_only"]}
        for name, metrics in scores.items():
            auc, accuracy = metrics["macro_auc"], metrics["accuracy"]
            print(
                f"  {name:<38} macro AUC {auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f})"
                f"  accuracy {accuracy['value']:.3f} ({accuracy['low']:.3f} to {accuracy['high']:.3f})"
                f"  kappa {metrics['quadratic_kappa']['value']:.3f}  log loss {metrics['log_loss']['value']:.3f}"
            )
        for slices, metrics in row["by_slices"].items():
            print(f"    with {slices} real slices: macro AUC {metrics['macro_auc']['value']:.3f}")
        known = {name: "made before" if value is None else f"{value:.0f} s" for name, value in row["seconds"].items()}
        print("    " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in known.items()))


if __name__ == "__main__":
    raise SystemExit(main())
