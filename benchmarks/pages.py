"""What the pages cost: start of the server, memory of the web process, and a warm grade.

    python benchmarks/pages.py [--rounds 7] [--json]

The start is compared, in the same run, with a one-page Streamlit app that draws one Altair chart from a pandas table.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from bars import Bar, report
from playwright.sync_api import Browser
from served import browser_window, served, wait_for_health

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lsdc import settings
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.phantom import write_phantom
from lsdc.dataset.series import SeriesStack
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.labels import Condition, Level, Side
from lsdc.prediction.grader import load_grader
from lsdc.runs import RunFolder, list_runs

PROJECT_ROOT = Path(__file__).resolve().parents[1]
SERVE = PROJECT_ROOT / "tests" / "browser" / "serve.py"
START_RATIO = 2.0
MEMORY_MB = 500.0
GRADE_MS = 50.0
GRADES = 50
FRAMEWORKS = {"keras", "tensorflow", "jax", "torch"}

ONE_PAGE = """
import altair as alt, pandas as pd, streamlit as st
table = pd.DataFrame({"level": ["L1/L2", "L2/L3", "L3/L4"], "rows": [3, 5, 8]})
st.altair_chart(alt.Chart(table).mark_bar().encode(x="level", y="rows"))
"""


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, browser_window() as browser:
        folder = Path(name)
        data_root = folder / "phantom"
        write_phantom(data_root, studies=40)
        artifacts = folder / "artifacts"
        shutil.copytree(settings.runs_root(), artifacts / "runs")
        os.environ |= {"LSDC_DATA": str(data_root), "LSDC_ARTIFACTS": str(artifacts)}
        one_page = folder / "one_page.py"
        one_page.write_text(ONE_PAGE)
        bars = [
            _start(browser, one_page, arguments.rounds),
            *_memory(browser, folder),
            _grade(data_root),
        ]
    return report("Pages", bars, as_json=arguments.json)


def _start(browser: Browser, one_page: Path, rounds: int) -> Bar:
    """Seconds from the start of the process to the first chart in the browser, ours and the one-page app's in turn."""
    seconds: dict[Path, list[float]] = {one_page: [], PROJECT_ROOT / "app.py": []}
    for _ in range(rounds):
        for script, times in seconds.items():
            times.append(_seconds_to_first_chart(browser, script))
    theirs, ours = (statistics.median(times) for times in seconds.values())
    return Bar(
        name=f"server start to first chart, ours {ours:.2f} s, one-page app {theirs:.2f} s, median of {rounds}: ratio",
        value=ours / theirs,
        bar=START_RATIO,
        at_most=True,
    )


def _seconds_to_first_chart(browser: Browser, script: Path) -> float:
    options = ["--server.port", "PORT", "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    began = time.perf_counter()
    with served("-m", "streamlit", "run", str(script), *options) as (_, url):
        wait_for_health(url)
        context = browser.new_context()
        page = context.new_page()
        page.goto(url)
        page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first.wait_for(timeout=60_000)
        took = time.perf_counter() - began
        context.close()
    return took


def _memory(browser: Browser, folder: Path) -> list[Bar]:
    """Resident memory of the web process after a visit to each page, and what of Keras it has imported."""
    modules_file = folder / "modules.txt"
    with served(str(SERVE), str(modules_file), "PORT") as (process, url):
        wait_for_health(url)
        page = browser.new_page()
        for name in ("explore", "train", "compare", "predict"):
            page.goto(f"{url}/{name}")
            page.get_by_test_id("stAppViewContainer").wait_for()
            page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
        page.close()
        resident = psutil.Process(process.pid).memory_info().rss / 2**20
        process.send_signal(10)
        while not modules_file.exists():
            time.sleep(0.05)
        imported = FRAMEWORKS & set(modules_file.read_text().split())
    return [
        Bar(name="memory of the web process after all pages, MiB", value=resident, bar=MEMORY_MB, at_most=True),
        Bar(name="training frameworks imported by the server", value=len(imported), bar=0, at_most=True),
    ]


def _grade(data_root: Path) -> Bar:
    """Milliseconds for crop and network of one point, once the run is loaded; on the largest network at hand."""
    run = max((run for run in list_runs(settings.runs_root()) if run.can_predict), key=_size)
    grader, config = load_grader(run), run.config
    row = rows_for_training(load_label_table(data_root), config).iloc[0]
    series = SeriesStack.from_folder((data_root / row.image).parent)
    slices, point = series.read_around(row.instance_number, config.neighbours), PixelPoint.from_xy(row.x, row.y)
    words = {"condition": Condition(row.condition), "level": Level(row.level), "side": Side(row.side)}
    grader.grade(slices, point, **words)
    times = [grader.grade(slices, point, **words).milliseconds for _ in range(GRADES)]
    return Bar(
        name=f"warm grade with {config.model} at {config.image_px} px, ms, median of {GRADES}",
        value=statistics.median(times),
        bar=GRADE_MS,
        at_most=True,
    )


def _size(run: RunFolder) -> int:
    return run.onnx_path.stat().st_size


if __name__ == "__main__":
    sys.exit(main())
