"""The limits that the phantom sets, and what it costs to write.

python benchmarks/phantom.py [--json]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bars import Bar, report

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lsdc.dataset.phantom import Ceiling, best_possible, write_phantom
from lsdc.dataset.phantom.severity import READER_NOISE, severity_table
from lsdc.labels import TARGETS, Condition, Side, Target

STUDIES = 20_000
LEFT_SUBARTICULAR = Target(Condition.SUBARTICULAR_STENOSIS, Side.LEFT)


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    truth = severity_table(STUDIES, seed=0)
    ceilings = {
        (target, balanced): best_possible(truth, target, balanced=balanced)
        for target in TARGETS
        for balanced in (True, False)
    }
    if not arguments.json:
        _print(ceilings)
    bars = [*_ceiling_bars(ceilings[LEFT_SUBARTICULAR, True]), *_cost_bars()]
    return report("Phantom", bars, as_json=arguments.json)


def _print(ceilings: dict[tuple[Target, bool], Ceiling | None]) -> None:
    print(f"Best possible scores: reader noise {READER_NOISE} grade units, {STUDIES:,} studies")
    print(f"  {'target':<42}{'rows':>10}{'accuracy':>10}{'kappa':>8}{'level only':>12}")
    for (target, balanced), ceiling in ceilings.items():
        if ceiling:
            name = f"{target.slug}{', balanced' if balanced else ''}"
            scores = f"{ceiling.accuracy:10.3f}{ceiling.quadratic_kappa:8.3f}{ceiling.level_only_accuracy:12.3f}"
            print(f"  {name:<42}{ceiling.rows:10,}{scores}")


def _ceiling_bars(ceiling: Ceiling | None) -> list[Bar]:
    if ceiling is None:
        sys.exit("No balanced rows in so many studies: the generator is broken.")
    gap = ceiling.accuracy - ceiling.level_only_accuracy
    return [
        Bar(name="best possible accuracy, left subarticular, balanced", value=ceiling.accuracy, bar=0.80),
        Bar(name="the same, not too easy", value=ceiling.accuracy, bar=0.85, at_most=True),
        Bar(name="best possible quadratic kappa", value=ceiling.quadratic_kappa, bar=0.75),
        Bar(name="best possible accuracy above level only", value=gap, bar=0.10),
    ]


def _cost_bars() -> list[Bar]:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        write_phantom(Path(folder) / "phantom")
        seconds = time.perf_counter() - start
        megabytes = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6
    return [
        Bar(name="writing the default data set, s", value=seconds, bar=30, at_most=True),
        Bar(name="its size, MB", value=megabytes, bar=150, at_most=True),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
