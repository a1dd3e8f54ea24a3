"""A real server, and Chromium to drive it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.browser.waiting import watch

PROJECT_ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 60
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # the tests may run as root, in a container
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Server:
    """The app as `streamlit run app.py` serves it, in a process that answers a signal with the names of its modules."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._modules = folder / "modules.txt"
        self._log = (folder / "server.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "serve.py"), str(self._modules), str(self.port)],
            cwd=PROJECT_ROOT,
            env=os.environ | environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log()
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"The server did not answer within {SECONDS_TO_START} s: {self.log()}")

    def modules(self) -> set[str]:
        """What the live server has imported."""
        self._modules.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + 10
        while not self._modules.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return set(self._modules.read_text().split())

    def log(self) -> str:
        return Path(self._log.name).read_text(errors="replace")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium; where there is none, the tests are skipped, unless they are required."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        reason = "Chromium is not installed (Debian: apt-get install chromium)."
        if os.environ.get("LSDC_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    playwright = pytest.importorskip("playwright.sync_api")
    # A shared machine may be slow; what never comes is told all the same.
    playwright.expect.set_options(timeout=30_000)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A fresh window, 1440 × 900."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(30_000)
    context.on("page", watch)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory, artifacts_root, trained_run, whole_slice_run, trained_stack_run, phantom_root):
    """The app on the small phantom data set, with the three trained runs."""
    server = Server(tmp_path_factory.mktemp("server"), {"LSDC_DATA": str(phantom_root)})
    server.wait_until_ready()
    yield server
    server.stop()


@pytest.fixture
def first_start(tmp_path):
    """The app as a newcomer starts it: no data, no runs."""
    server = Server(tmp_path, {"LSDC_ARTIFACTS": str(tmp_path / "artifacts"), "LSDC_PHANTOM_STUDIES": "8"})
    server.wait_until_ready()
    yield server
    server.stop()
