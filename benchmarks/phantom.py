"""The limits that the phantom sets, and what it costs to write: `python benchmarks/phantom.py`."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from lsdc.dataset.phantom import best_possible, write_phantom
from lsdc.dataset.phantom.severity import READER_NOISE, severity_table
from lsdc.labels import TARGETS


def print_ceilings() -> None:
    """The best possible scores of each target, on balanced and on all rows of 20,000 studies."""
    truth = severity_table(20_000, seed=0)
    print(f"reader noise {READER_NOISE} grade units; 20,000 studies")
    print(f"{'target':42}{'rows':>10}{'accuracy':>10}{'kappa':>8}{'level only':>12}")
    for target in TARGETS:
        for balanced in (True, False):
            ceiling = best_possible(truth, target, balanced=balanced)
            if ceiling:
                name = f"{target.slug}{', balanced' if balanced else ''}"
                scores = f"{ceiling.accuracy:10.3f}{ceiling.quadratic_kappa:8.3f}{ceiling.level_only_accuracy:12.3f}"
                print(f"{name:42}{ceiling.rows:10,}{scores}")


def print_cost() -> None:
    """Seconds and megabytes of the default data set; the limits are 30 s and 150 MB on two cores."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        write_phantom(Path(folder) / "phantom")
        seconds = time.perf_counter() - start
        megabytes = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6
    print(f"default data set: {seconds:.0f} s, {megabytes:.0f} MB")


if __name__ == "__main__":
    print_ceilings()
    print_cost()
