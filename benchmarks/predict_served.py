"""What the Predict page costs on a real server: an upload in a browser, and many users who grade at once."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import psutil
from bars import Bar
from playwright.sync_api import Browser
from pydicom import dcmread
from pydicom.uid import RLELossless
from served import browser_window, served, wait_for_health
from visitors import Visitor

from lsdc.runs import RunFolder

UPLOAD_S = 1.5
UPLOADED_SLICES = 60
GRADE_MS = 500.0
USERS = 20
CORES = 2
# What is allocated for good in the first visits counts as the server's size, and not as growth.
FIRST_GRADES = 200
GROWTH_MB = 30.0


def upload_bar(run: RunFolder, data_root: Path, folder: Path, rounds: int) -> Bar:
    """Seconds from the moment when the files are set in the uploader until the picture is drawn."""
    files = _long_series(data_root, folder)
    with _server(data_root) as (_, url), browser_window() as browser:
        address = f"{url}/predict?{urlencode({'run': run.run_id})}"
        seconds = [_seconds_to_picture(browser, address, files) for _ in range(rounds + 1)][1:]
    low, median, high = np.percentile(seconds, [25, 50, 75])
    return Bar(
        name=f"upload of {UPLOADED_SLICES} slices of 512 × 512 to the first picture in a browser, s",
        value=median,
        bar=UPLOAD_S,
        at_most=True,
        spread=(low, high),
    )


def _seconds_to_picture(browser: Browser, address: str, files: list[Path]) -> float:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.locator("input[type=file]").first.wait_for(state="attached")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    began = time.perf_counter()
    page.locator("input[type=file]").first.set_input_files(files)
    picture = page.locator(".frame img").first
    picture.wait_for(timeout=60_000)
    picture.evaluate("image => image.decode()")
    took = time.perf_counter() - began
    context.close()
    return took


def _long_series(data_root: Path, folder: Path) -> list[Path]:
    """A phantom's axial slices, enlarged and repeated as one series that goes on upwards."""
    originals = sorted((data_root / "train_images").glob("*/*/*.dcm"))
    source = next(path.parent for path in originals if dcmread(path).ImageOrientationPatient[0] > 0.9)
    slices = itertools.cycle(sorted(source.glob("*.dcm")))
    files = []
    for number, path in enumerate(itertools.islice(slices, UPLOADED_SLICES), start=1):
        dataset = dcmread(path)
        times = 512 // dataset.Rows
        pixels = np.kron(dataset.pixel_array, np.ones((times, times), np.uint16))
        dataset.Rows, dataset.Columns = pixels.shape
        dataset.ImagePositionPatient = [0, 0, 4 * number]
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        dataset.InstanceNumber = number
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{dataset.SeriesInstanceUID}.{number}"
        dataset.compress(RLELossless, pixels, generate_instance_uid=False)
        files.append(folder / f"{number}.dcm")
        dataset.save_as(files[-1])
    return files


def user_bars(run: RunFolder, data_root: Path, grades: int) -> list[Bar]:
    """Users without a browser, each in a session of its own, who choose a sample, grade it, and begin anew at once.

    Timed is from the click on the button until the probabilities are there; what explains them follows.
    """
    with _server(data_root) as (process, url):
        process.cpu_affinity(process.cpu_affinity()[:CORES])
        query = urlencode({"run": run.run_id, "case": "-"})
        _grade_together(url, query, FIRST_GRADES)
        before = process.memory_info().rss
        seconds, errors = _grade_together(url, query, grades)
        grown = (process.memory_info().rss - before) / 2**20
    return [
        Bar(
            name=f"click to grade with {USERS} users at once on {CORES} cores, median of {len(seconds)}, ms",
            value=float(np.median(seconds)) * 1000,
            bar=GRADE_MS,
            at_most=True,
        ),
        Bar(name=f"errors in {grades} grades", value=errors, bar=0, at_most=True),
        Bar(
            name=f"memory that the server has grown by in {grades} grades, MiB",
            value=grown,
            bar=GROWTH_MB,
            at_most=True,
        ),
    ]


def _grade_together(url: str, query: str, grades: int) -> tuple[list[float], int]:
    """Seconds of each grade, and how many there are not."""
    with ThreadPoolExecutor(USERS) as users:
        answers = users.map(lambda user: _grade_often(url, query, user, grades // USERS), range(USERS))
        seconds = list(itertools.chain.from_iterable(answers))
    return seconds, grades // USERS * USERS - len(seconds)


def _grade_often(url: str, query: str, user: int, grades: int) -> list[float]:
    seconds = []
    with Visitor(url, "predict", query) as visitor:
        visitor.visit()
        samples = list(visitor.widgets["Sample"].options)
        for number in range(grades):
            visitor.visit({"Sample": {"string_value": samples[(user * 7 + number) % len(samples)]}})
            try:
                seconds.append(visitor.visit({"Grade this point": {"trigger_value": True}}, until="Probabilities"))
            except RuntimeError:
                continue
    return seconds


@contextmanager
def _server(data_root: Path) -> Iterator[tuple[psutil.Process, str]]:
    os.environ["LSDC_DATA"] = str(data_root)
    options = ["--server.port", "PORT", "--server.headless", "true"]
    with served("-m", "streamlit", "run", "app.py", *options) as (process, url):
        wait_for_health(url)
        yield psutil.Process(process.pid), url
