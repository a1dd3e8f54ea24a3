"""Make the pictures of the README from a real server: `python docs/make_pictures.py`. Needs Debian's Chromium."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Page, sync_playwright

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lsdc.dataset.phantom import write_phantom

PROJECT_ROOT = Path(__file__).resolve().parents[1]
PICTURES = PROJECT_ROOT / "docs" / "pictures"
SECONDS_TO_SETTLE = 3.0
# Of WebP: letters stay sharp.
QUALITY = 90


def main() -> None:
    """Open each page with the phantom data set and the demo runs, and take its picture."""
    executable = shutil.which("chromium")
    if executable is None:
        sys.exit("Chromium is needed (Debian: apt-get install chromium).")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        for picture in SHOWN:
            page = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme=picture.scheme)
            page.goto(f"{url}/{picture.address}")
            _settle(page)
            picture.act(page)
            # Nothing that opens under a mouse belongs on a picture.
            page.mouse.move(0, 0)
            _settle(page)
            path = PICTURES / f"{picture.name}.webp"
            # As PNG, the pages that show images are six times as large.
            Image.open(io.BytesIO(page.screenshot())).save(path, quality=QUALITY, method=6)
            print(path)
            page.close()
        browser.close()


def _look(page: Page) -> None:
    """Nothing to do first."""


def _open_a_case(page: Page) -> None:
    page.get_by_role("button", name="Open the case").first.click()
    _settle(page)
    page.get_by_text("Beside it", exact=True).evaluate("element => element.scrollIntoView()")
    time.sleep(SECONDS_TO_SETTLE)


def _grade_a_sample(page: Page) -> None:
    page.get_by_text("Try a sample", exact=True).click()
    _settle(page)
    page.get_by_role("button", name="Grade this point").click()
    _settle(page)
    page.get_by_text("Disc level", exact=True).evaluate("element => element.scrollIntoView()")
    time.sleep(SECONDS_TO_SETTLE)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A picture: of which address, in which theme, and what is done there first."""

    name: str
    address: str
    scheme: Literal["light", "dark"] = "light"
    act: Callable[[Page], None] = _look


SHOWN = (
    Shown(name="explore", address="explore"),
    Shown(name="cases", address="explore?tab=cases", scheme="dark", act=_open_a_case),
    Shown(name="train", address="train"),
    Shown(name="sweep", address="sweep"),
    Shown(name="compare", address="compare"),
    Shown(name="predict", address="predict", act=_grade_a_sample),
)


def _settle(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    # Charts are drawn after the script has ended, and nothing says when.
    time.sleep(SECONDS_TO_SETTLE)


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    shutil.copytree(PROJECT_ROOT / "artifacts" / "runs", folder / "runs")
    write_phantom(folder / "phantom")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    process = subprocess.Popen(
        [*command, "--server.port", str(port)],
        cwd=PROJECT_ROOT,
        env=os.environ | {"LSDC_ARTIFACTS": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url)
        yield url
    finally:
        process.kill()
        process.wait()


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("The server did not start.")


if __name__ == "__main__":
    main()
