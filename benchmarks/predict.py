"""What an answer costs: an upload, a warm grade, both explanations of it, and twenty users at once.

    python benchmarks/predict.py [--rounds 7] [--explained 100] [--grades 2000] [--json]

The network is that of the preset `recommended`, trained for one epoch on a small phantom: what it says does not matter
here, and it costs the same.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from bars import Bar, report

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from predict_served import upload_bars
from predict_users import user_bars

from lsdc.config import Precision, preset
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.phantom import write_phantom
from lsdc.dataset.series import SeriesStack
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.labels import Condition, Level, Severity, Side
from lsdc.prediction.grader import load_grader
from lsdc.prediction.occlusion import occlude
from lsdc.prediction.stability import click_stability
from lsdc.runs import RunFolder
from lsdc.training.launch import start_run
from lsdc.training.queue import wait_for

GRADE_MS = 50.0
STABILITY_MS = 1000.0
SALIENCY_MS = 1000.0
STUDIES = 14


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--explained", type=int, default=100, help="Grades of all users, each explained by the page.")
    parser.add_argument("--grades", type=int, default=2000, help="Further ones, without explanations.")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        data_root = Path(name) / "phantom"
        os.environ["LSDC_ARTIFACTS"] = str(Path(name) / "artifacts")
        write_phantom(data_root, studies=STUDIES)
        run = _trained(data_root)
        bars = [
            *_measure(run, data_root, arguments.rounds),
            *upload_bars(run, data_root, Path(name), arguments.rounds),
            *user_bars(run, data_root, arguments.explained, arguments.grades),
        ]
    return report("Predict", bars, as_json=arguments.json)


def _trained(data_root: Path) -> RunFolder:
    config = preset("recommended").changed(epochs=1, precision=Precision.FLOAT32)
    run = start_run(config, preset="recommended", data_root=data_root)
    status = wait_for(run)
    if not run.can_predict:
        sys.exit(f"The run is {status.state}: {status.message}")
    return run


def _measure(run: RunFolder, data_root: Path, rounds: int) -> list[Bar]:
    grader = load_grader(run)
    row = next(rows_for_training(load_label_table(data_root), run.config).itertuples())
    stack = SeriesStack.from_folder((data_root / row.image).parent)
    slices = stack.read_around(row.instance_number, run.config.neighbours)
    point, side = PixelPoint.from_xy(row.x, row.y), Side(row.side)
    place = {"condition": Condition(row.condition), "level": Level(row.level), "side": side}
    view = grader.look(slices, point, side=side)
    return [
        _bar("warm grade", GRADE_MS, rounds, lambda: grader.grade(slices, point, **place)),
        _bar(
            "stability map of 11 × 11 clicks",
            STABILITY_MS,
            rounds,
            lambda: click_stability(grader, slices, point, **place),
        ),
        _bar(
            "saliency by covering 11 × 11 parts",
            SALIENCY_MS,
            rounds,
            lambda: occlude(grader, view, Severity.SEVERE, **place),
        ),
    ]


def _bar(name: str, limit_ms: float, rounds: int, work: Callable[[], object]) -> Bar:
    """The median of some rounds, with its quartiles; a first one warms up and does not count."""
    work()
    milliseconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        milliseconds.append((time.perf_counter() - began) * 1000)
    low, median, high = np.percentile(milliseconds, [25, 50, 75])
    return Bar(name=f"{name}, ms", value=median, bar=limit_ms, at_most=True, spread=(low, high))


if __name__ == "__main__":
    sys.exit(main())
