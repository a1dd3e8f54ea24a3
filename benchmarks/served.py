"""A server of the app, and Chromium to visit it with, for the benchmarks of pages."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PROJECT_ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def browser_window() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as driver:
        executable = shutil.which("chromium")
        if executable is None:
            sys.exit("This benchmark needs Chromium (Debian: apt-get install chromium).")
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@contextmanager
def served(*command: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A Python process that serves the app, and its address; `PORT` in the command becomes a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *[part.replace("PORT", str(port)) for part in command]],
        cwd=PROJECT_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def wait_for_health(url: str) -> None:
    """Return as soon as the server answers."""
    while True:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.02)
