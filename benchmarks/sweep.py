"""What the search of a sweep is worth: its draws beside random ones, on a recorded table of responses.

    python benchmarks/sweep.py [--trials 30] [--seeds 3] [--json]
    python benchmarks/sweep.py --record       train what the table lacks, about ten minutes on two cores

Nothing is trained in the loop: a trial is answered by the table, which holds the validation losses of every combination
of a small grid. Both searches never try a combination twice. The regret of a search is how far the best loss that it has
found is above the lowest of the table.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from bars import Bar, report

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sweep_responses import BASE, SEARCH, combinations, default_work, key, read_responses, record

from lsdc.sweeps.definition import Sampler, SweepDefinition
from lsdc.sweeps.search import suggest
from lsdc.sweeps.trials import Trial, TrialState

RESPONSES = Path(__file__).resolve().parent / "results" / "sweep_responses.jsonl"


def main() -> int:
    """Search, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.record:
        record(RESPONSES, default_work(), lambda text: print(text, file=sys.stderr, flush=True))
    responses = read_responses(RESPONSES)
    missing = [values for values in combinations() if key(values) not in responses]
    if missing:
        sys.exit(
            f"{len(missing)} of {len(combinations())} combinations are not in the table yet: --record trains them."
        )
    lowest = {name: min(losses) for name, losses in responses.items()}
    found = {sampler: _search(sampler, lowest, arguments.trials, arguments.seeds) for sampler in Sampler}
    return _report(found, lowest, arguments)


def _search(sampler: Sampler, lowest: dict[str, float], trials: int, seeds: int) -> list[float]:
    """The lowest loss that each seed finds."""
    found = []
    for seed in range(seeds):
        values = {"title": "Benchmark", "preset": "quick", "base": BASE, "search": SEARCH}
        definition = SweepDefinition.parse({**values, "sampler": sampler, "seed": seed})
        done: list[Trial] = []
        for number in range(1, trials + 1):
            drawn = suggest(definition, done, number)
            loss = lowest[key(drawn)]
            done.append(Trial(number=number, state=TrialState.FINISHED, drawn=drawn, losses=(loss,)))
        found.append(min(trial.loss for trial in done))
    return found


def _report(found: dict[Sampler, list[float]], lowest: dict[str, float], arguments: argparse.Namespace) -> int:
    best = min(lowest.values())
    medians = {sampler: statistics.median(losses) for sampler, losses in found.items()}
    regrets = {sampler: median - best for sampler, median in medians.items()}
    ratio = regrets[Sampler.TPE] / regrets[Sampler.RANDOM] if regrets[Sampler.RANDOM] else 1.0
    bars = [
        Bar(name="median loss found, TPE", value=medians[Sampler.TPE], bar=medians[Sampler.RANDOM], at_most=True),
        Bar(name="median regret, TPE over random", value=ratio, bar=1.0, at_most=True),
    ]
    details = {
        "found": {sampler.value: losses for sampler, losses in found.items()},
        "combinations": len(lowest),
        "lowest": best,
        "median": statistics.median(lowest.values()),
    }
    title = (
        f"Sweep: {arguments.trials} trials × {arguments.seeds} seeds among {len(lowest)} combinations; the lowest loss is "
        f"{best:.4f}, the median {details['median']:.4f}"
    )
    code = report(title, bars, as_json=arguments.json, details=details)
    if not arguments.json:
        for sampler, losses in found.items():
            print(
                f"  {sampler.value:<8}", "  ".join(f"{loss:.4f}" for loss in losses), f"  median {medians[sampler]:.4f}"
            )
    return code


if __name__ == "__main__":
    sys.exit(main())
