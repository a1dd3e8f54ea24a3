"""What exploration costs on tables of the challenge's size: the label table, the page, and a change of its filters.

    python benchmarks/explore.py [--rounds 5] [--json]

A cold visit is the first to a server that answers, by a browser that has seen nothing of it, timed from the opening of the
address to the first drawn charts of a page that is still; the start of the server is told beside it. An interaction is a
filter that is taken back, timed in the browser from the click on “Clear filters” to the page that is still again with all
its charts drawn anew. Memory is that of the web process after all tabs.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from bars import Bar, report
from playwright.sync_api import Browser, Page
from served import browser_window, served, wait_for_health

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lsdc.dataset.phantom import write_full_tables
from lsdc.dataset.tables import load_label_table

TABLE_SECONDS, COLD_SECONDS, WARM_SECONDS, MEMORY_MB = 2.0, 2.0, 0.3, 700.0
# Without images there is nothing to see in the others.
TABS = ("Overview", "Splits", "Rows")
CLEAR = ".st-key-explore_clear button"
STILL = "[data-testid=stApp][data-test-script-state=notRunning]"
# Timed inside the browser: a driver that looks again and again takes its share of what it measures.
CLEAR_AND_WAIT = """async ([clear, still]) => {
    const before = [...document.querySelectorAll("[data-testid=stVegaLiteChart] svg.marks")];
    const began = performance.now();
    document.querySelector(clear).click();
    const done = () => !document.querySelector(clear) && document.querySelector(still) && !before.some(svg => svg.isConnected);
    while (!done()) await new Promise(requestAnimationFrame);
    return (performance.now() - began) / 1000;
}"""


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, browser_window() as browser:
        data_root = Path(name) / "full"
        write_full_tables(data_root)
        os.environ |= {"LSDC_DATA": str(data_root), "LSDC_ARTIFACTS": str(Path(name) / "artifacts")}
        bars = [_table(data_root, arguments.rounds), *_visits(browser, arguments.rounds)]
    return report("Exploration", bars, as_json=arguments.json)


def _table(data_root: Path, rounds: int) -> Bar:
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        rows = len(load_label_table(data_root))
        seconds.append(time.perf_counter() - began)
    return _bar(f"label table of {rows:,} points, s", seconds, TABLE_SECONDS)


def _visits(browser: Browser, rounds: int) -> list[Bar]:
    cold, warm, memory, start = [], [], [], []
    for _ in range(rounds):
        began = time.perf_counter()
        with served("-m", "streamlit", "run", "app.py", "--server.port", "PORT", "--server.headless", "true") as (
            process,
            url,
        ):
            wait_for_health(url)
            start.append(time.perf_counter() - began)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            cold.append(_open(page, f"{url}/explore"))
            warm.append(statistics.median(_clear_a_filter(page) for _ in range(rounds)))
            for tab in TABS:
                page.get_by_role("tab", name=tab).click()
                _wait_until_still(page)
            memory.append(psutil.Process(process.pid).memory_info().rss / 2**20)
            page.close()
    return [
        _bar(f"page, cold, s, of a server that took {statistics.median(start):.1f} s to start", cold, COLD_SECONDS),
        _bar("a filter taken back, warm, s", warm, WARM_SECONDS),
        _bar("memory of the web process, MiB", memory, MEMORY_MB),
    ]


def _open(page: Page, url: str) -> float:
    began = time.perf_counter()
    page.goto(url)
    page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first.wait_for(timeout=60_000)
    _wait_until_still(page)
    return time.perf_counter() - began


def _clear_a_filter(page: Page) -> float:
    page.get_by_test_id("stVegaLiteChart").locator("path[aria-label*='level: L4/L5']").first.click()
    page.locator(CLEAR).wait_for()
    _wait_until_still(page)
    seconds: float = page.evaluate(CLEAR_AND_WAIT, [CLEAR, STILL])
    return seconds


def _wait_until_still(page: Page) -> None:
    page.wait_for_selector(STILL, timeout=60_000)


def _bar(name: str, values: list[float], limit: float) -> Bar:
    return Bar(
        name=f"{name}, median of {len(values)}",
        value=statistics.median(values),
        bar=limit,
        at_most=True,
        spread=(min(values), max(values)),
    )


if __name__ == "__main__":
    sys.exit(main())
