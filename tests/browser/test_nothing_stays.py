"""Of a patient nothing stays: after a whole session no file and no log names whose images they were."""

import shutil
import time
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from lsdc.prediction.reports import ReportFormat
from lsdc.settings import PROJECT_ROOT
from tests.browser.conftest import Server
from tests.browser.waiting import wait_until_still

pytestmark = pytest.mark.browser


@pytest.fixture
def planted():
    """Words that stand nowhere else: of the patient's header, and of the names of the files."""
    return {word: f"Zq{uuid4().hex[:12]}" for word in ("name", "number", "physician", "series", "file")}


@pytest.fixture
def traces(tmp_path):
    """The words that a session has written, and where: its log, its folders, and what changed in its working folder."""
    began = time.time()

    def traces(words):
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        files += [path for path in _changed_since(began) if path.is_file()]
        found = [
            (word, path) for path in files for word in words if word in str(path) or word.encode() in _content(path)
        ]
        return sorted(found)

    return traces


@pytest.fixture
def private_server(tmp_path, traces, demo_run, phantom_root):
    """A server whose home, temporary files and artifacts are folders of its own, with one shipped run."""
    folders = {name: tmp_path / name for name in ("home", "temporary", "artifacts")}
    for folder in folders.values():
        folder.mkdir()
    shutil.copytree(demo_run.path, folders["artifacts"] / "runs" / demo_run.run_id)
    environment = {
        "HOME": str(folders["home"]),
        "TMPDIR": str(folders["temporary"]),
        "LSDC_ARTIFACTS": str(folders["artifacts"]),
        "LSDC_DATA": str(phantom_root),
    }
    server = Server(tmp_path, environment)
    server.wait_until_ready()

    yield server
    server.stop()


def _changed_since(moment):
    kept = (path for path in PROJECT_ROOT.iterdir() if path.name != ".git")
    inside = (found for path in kept for found in ([path] if path.is_file() else path.rglob("*")))
    return [path for path in inside if path.is_file() and path.stat().st_mtime >= moment]


def _content(path):
    try:
        return path.read_bytes()
    except FileNotFoundError:  # a temporary file of another test
        return b""


def _download(page, report_format):
    page.get_by_role("radio", name=report_format.display, exact=True).click()
    wait_until_still(page)
    expect(page.get_by_role("radio", name=report_format.display, exact=True)).to_be_checked()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download the report").click()
    return started.value.suggested_filename, Path(started.value.path()).read_bytes()


def test_after_a_session_no_file_and_no_log_names_the_patient(
    page, private_server, traces, planted, planted_slice, demo_run
):
    header = {
        "PatientName": planted["name"],
        "PatientID": planted["number"],
        "ReferringPhysicianName": planted["physician"],
        "SeriesDescription": planted["series"],
    }
    whole = planted_slice(**header)
    # The last one quotes the patient where the library expects numbers.
    broken = {
        "cut": whole[:3000],
        "no-image": whole[:400],
        "odd": planted_slice(**header, ImageComments=planted["name"]),
    }
    files = {"whole": whole, **broken}

    page.goto(f"{private_server.url}/predict?run={demo_run.run_id}")
    wait_until_still(page)
    page.locator("input[type=file]").set_input_files(
        [
            {"name": f"{planted['file']}-{name}.dcm", "mimeType": "application/dicom", "buffer": content}
            for name, content in files.items()
        ]
    )
    wait_until_still(page)
    page.get_by_role("radio", name="L4/L5").click()
    page.get_by_role("radio", name="left", exact=True).click()
    wait_until_still(page)
    page.get_by_role("button", name="Grade this point").click()
    expect(page.get_by_text("Why this grade")).to_be_visible()
    wait_until_still(page)
    reports = [_download(page, report_format) for report_format in (ReportFormat.PDF, ReportFormat.STRUCTURED)]
    said = page.locator("body").inner_text()
    page.get_by_text("With the patient's identifiers").click()
    wait_until_still(page)
    _, named = _download(page, ReportFormat.JSON)
    page.close()

    assert [
        name for name, content in reports if any(word in name or word.encode() in content for word in planted.values())
    ] == []
    assert [planted[word] for word in ("name", "number", "physician", "series") if planted[word] in said] == []
    assert planted["name"].encode() in named
    assert private_server.log()
    assert traces(planted.values()) == []


def test_what_stays_would_be_found(traces, tmp_path, planted):
    left = tmp_path / "home" / ".streamlit" / "left.txt"
    left.parent.mkdir(parents=True)
    left.write_text(f"of {planted['name']}")
    named = tmp_path / "temporary" / planted["file"]
    named.parent.mkdir()
    named.touch()

    assert traces(planted.values()) == sorted([(planted["name"], left), (planted["file"], named)])
