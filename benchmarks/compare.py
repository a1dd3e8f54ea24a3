"""What comparison costs: the draws behind all intervals, and the Compare page with many runs.

    python benchmarks/compare.py [--runs 100] [--rounds 5] [--json]

The rows are as many as the source report had, 6,448 of 1,342 studies. A cold visit is the first to a fresh server, a
warm one comes after it; both are timed in the browser, from the click on the page's link to a page that is drawn and
still. No network is trained: the runs are copies of one whose predictions are made up.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from bars import Bar, report
from playwright.sync_api import Browser, Page
from served import browser_window, served, wait_for_health

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lsdc.config import preset
from lsdc.dataset.splits import Part
from lsdc.evaluation.calibration import calibrate
from lsdc.evaluation.comparison import COMPARED
from lsdc.evaluation.intervals import NUM_DRAWS, resample_metrics
from lsdc.evaluation.predictions import scored_rows, with_probabilities
from lsdc.evaluation.stored import write_scores
from lsdc.labels import Level, Severity
from lsdc.runs import RunFolder, RunNotes, RunState, RunStatus, create_run
from lsdc.runs.reading import HISTORY_COLUMNS

ROWS, STUDIES = 6448, 1342
DRAWS_SECONDS, COLD_SECONDS, WARM_SECONDS = 2.0, 1.5, 0.3
DATA = {"name": "made up", "root": "", "fingerprint": "0", "synthetic": True, "rows": 2 * ROWS, "studies": 2 * STUDIES}


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    predictions = made_up_predictions()
    bars = [_draws(predictions, arguments.rounds)]
    with tempfile.TemporaryDirectory() as name, browser_window() as browser:
        artifacts = Path(name) / "artifacts"
        _write_runs(artifacts / "runs", predictions, arguments.runs)
        os.environ |= {"LSDC_DATA": str(Path(name) / "no data"), "LSDC_ARTIFACTS": str(artifacts)}
        bars += _visits(browser, arguments.runs, arguments.rounds)
    return report("Comparison", bars, as_json=arguments.json)


def made_up_predictions() -> pd.DataFrame:
    """A predictions table with as many training rows as test rows, graded by somebody with some skill."""
    generator = np.random.default_rng(0)
    labels = generator.choice(3, p=[0.574, 0.284, 0.142], size=2 * ROWS)
    evidence = np.exp(np.eye(3)[labels] + generator.normal(size=(2 * ROWS, 3)))
    # About five rows a study, and none in both parts.
    within = np.arange(ROWS) * STUDIES // ROWS
    studies = np.concatenate([within, within + STUDIES])
    levels = [level.value for level in Level]
    table = pd.DataFrame(
        {
            "split": np.repeat([Part.TRAIN.value, Part.TEST.value], ROWS),
            "study_id": studies,
            "series_id": studies,
            "instance_number": np.arange(2 * ROWS),
            "condition": "subarticular_stenosis",
            "side": "left",
            "level": [levels[row % len(levels)] for row in range(2 * ROWS)],
            **{name: generator.random(2 * ROWS) for name in ("x", "y", "x_fraction", "y_fraction")},
            "label": [list(Severity)[label].value for label in labels],
        }
    )
    return with_probabilities(table, evidence / evidence.sum(axis=1, keepdims=True))


def _draws(predictions: pd.DataFrame, rounds: int) -> Bar:
    _, rows = scored_rows(predictions)
    seconds = [_timed(lambda: resample_metrics(rows, COMPARED)) for _ in range(rounds)]
    return Bar(
        name=f"{NUM_DRAWS:,} draws of {len(COMPARED)} metrics over {ROWS:,} rows, s of the processor, median of {rounds}",
        value=statistics.median(seconds),
        bar=DRAWS_SECONDS,
        at_most=True,
        spread=(min(seconds), max(seconds)),
    )


def _timed(work: Callable[[], object]) -> float:
    # Of the processor, so that what else a machine does is not counted.
    began = time.process_time()
    work()
    return time.process_time() - began


def _write_runs(runs_root: Path, predictions: pd.DataFrame, count: int) -> None:
    """Score one run, and copy its folder under other names."""
    record = {"preset": "quick", "data": DATA}
    run = create_run(runs_root, preset("quick"), record, RunNotes(name="made up"))
    run.write_status(RunStatus(state=RunState.FINISHED))
    run.write_history([dict.fromkeys(HISTORY_COLUMNS, float(epoch)) for epoch in range(1, 11)])
    logits = np.log(predictions[["p_normal_mild", "p_moderate", "p_severe"]].to_numpy())
    run.write_calibration(calibrate(logits, predictions, weights=(1.0, 1.0, 1.0), fit=False).record)
    run.write_predictions(predictions)
    run.write_model_summary("")
    write_scores(run)
    for number in range(1, count):
        twin = RunFolder(runs_root / f"20250101-{number:06d}-report_cnn-{number:04x}")
        shutil.copytree(run.path, twin.path)
        twin.write_notes(RunNotes(name=f"made up {number}"))


def _visits(browser: Browser, runs: int, rounds: int) -> list[Bar]:
    cold, warm = [], []
    for _ in range(rounds):
        with served("-m", "streamlit", "run", "app.py", "--server.port", "PORT", "--server.headless", "true") as (
            _,
            url,
        ):
            wait_for_health(url)
            page = browser.new_page()
            page.goto(f"{url}/train")
            _wait_until_still(page)
            cold.append(_open_compare(page))
            warm.append(statistics.median(_open_compare(page) for _ in range(rounds)))
            page.close()
    return [
        Bar(
            name=f"Compare with {runs} runs of {ROWS:,} test rows, {kind}, s, median of {rounds}",
            value=statistics.median(seconds),
            bar=bar,
            at_most=True,
            spread=(min(seconds), max(seconds)),
        )
        for kind, seconds, bar in (("cold", cold, COLD_SECONDS), ("warm", warm, WARM_SECONDS))
    ]


def _open_compare(page: Page) -> float:
    """Seconds from the click on the link to the page that is drawn; the page before is Train."""
    began = time.perf_counter()
    page.get_by_role("link", name="Compare").click()
    page.get_by_test_id("stDataFrame").first.wait_for()
    _wait_until_still(page)
    took = time.perf_counter() - began
    page.get_by_role("link", name="Train").click()
    page.get_by_test_id("stDataFrame").first.wait_for(state="detached")
    _wait_until_still(page)
    return took


def _wait_until_still(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)


if __name__ == "__main__":
    sys.exit(main())
