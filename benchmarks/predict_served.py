"""What an upload costs on a real server and in a real browser."""

from __future__ import annotations

import itertools
import os
import time
import zipfile
from collections.abc import Iterator
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

from lsdc.runs import RunFolder

UPLOAD_S = 1.5
UPLOADED_SLICES = 60


@contextmanager
def app_server(data_root: Path) -> Iterator[tuple[psutil.Process, str]]:
    os.environ["LSDC_DATA"] = str(data_root)
    options = ["--server.port", "PORT", "--server.headless", "true"]
    with served("-m", "streamlit", "run", "app.py", *options) as (process, url):
        wait_for_health(url)
        yield psutil.Process(process.pid), url


def upload_bars(run: RunFolder, data_root: Path, folder: Path, rounds: int) -> list[Bar]:
    """Seconds from the moment when the files are set in the uploader until the picture is drawn.

    As a zip too: of many files Streamlit's uploader draws its whole list anew for each that is added, and for each that
    has arrived.
    """
    files = _long_series(data_root, folder)
    zipped = folder / "series.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.name)
    uploads = {f"of {UPLOADED_SLICES} files of 512 × 512": files, "of a zip of them": [zipped]}
    with app_server(data_root) as (_, url), browser_window() as browser:
        address = f"{url}/predict?{urlencode({'run': run.run_id})}"
        _seconds_to_picture(browser, address, files)  # the server's first, which imports what the others need
        return [
            _bar(name, [_seconds_to_picture(browser, address, chosen) for _ in range(rounds)])
            for name, chosen in uploads.items()
        ]


def _bar(uploaded: str, seconds: list[float]) -> Bar:
    low, median, high = np.percentile(seconds, [25, 50, 75])
    return Bar(
        name=f"upload {uploaded} to the first picture in a browser, s",
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
