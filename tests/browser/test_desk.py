"""A patient's folder is read in a real browser: paged by the wheel, marked on one series, followed on the other, graded."""

import json
import re

import pytest
from playwright.sync_api import expect

from lsdc.settings import PROJECT_ROOT
from tests.browser.conftest import Server
from tests.browser.waiting import wait_until_still

pytestmark = pytest.mark.browser

NUMBERS = re.compile(r"(\d+) / (\d+)")
ZOOMED = re.compile("zoomed")


@pytest.fixture(scope="module")
def demo_server(tmp_path_factory, phantom_root):
    """The app with the runs that ship with it: nothing is trained."""
    environment = {"LSDC_DATA": str(phantom_root), "LSDC_ARTIFACTS": str(PROJECT_ROOT / "artifacts")}
    server = Server(tmp_path_factory.mktemp("desk"), environment)
    server.wait_until_ready()
    yield server
    server.stop()


@pytest.fixture
def folder(phantom_root):
    return next(path for path in sorted((phantom_root / "train_images").iterdir()) if path.is_dir())


def _slice(viewer):
    now, count = NUMBERS.fullmatch(viewer.locator(".place").inner_text()).groups()
    return int(now), int(count)


def _line(viewer):
    line = viewer.locator(".lines line").last
    return [float(line.get_attribute(name)) for name in ("x1", "y1", "x2", "y2")]


def _left(viewer):
    """By how many percent of the frame the picture begins beside it."""
    return viewer.locator(".stage").evaluate("stage => parseFloat(stage.style.left)")


def _wheel(page, viewer, by):
    image = viewer.locator("img").get_attribute("src")
    viewer.hover()
    page.mouse.wheel(0, by)
    expect(viewer.locator("img")).not_to_have_attribute("src", image)
    wait_until_still(page)


def test_a_folder_is_paged_marked_on_two_series_graded_and_taken_away(page, demo_server, folder):
    page.goto(f"{demo_server.url}/predict")
    wait_until_still(page)
    page.get_by_text("Upload a folder", exact=True).click()
    expect(page.get_by_text("A folder of DICOM files")).to_be_visible()
    wait_until_still(page)
    page.locator("input[type=file]").set_input_files(folder)
    own, beside = page.locator(".frame").first, page.locator(".frame").nth(1)
    expect(beside).to_be_visible()
    wait_until_still(page)

    # The wheel and the keys page, and the line on the other series goes along.
    first, line = _slice(own), _line(beside)
    _wheel(page, own, 120)
    assert _slice(own) == (first[0] + 1, first[1])
    assert _line(beside) != line
    own.press("PageUp")
    # The number changes at once; the line when the server has answered.
    expect(beside.locator(".lines line").last).to_have_attribute("y1", re.compile(re.escape(f"{line[1]}"[:8])))
    wait_until_still(page)
    assert _line(beside) == line
    expect(page.get_by_role("slider").first).to_have_value(str(first[0]))

    # A click on the sagittal series brings the axial slice that lies there, with the point on it.
    box = beside.bounding_box()
    beside.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.2})
    expect(own.locator(".place")).not_to_have_text(f"{first[0]} / {first[1]}")
    wait_until_still(page)
    # A click on the axial one is shown on the sagittal one, on the line.
    box, column = own.bounding_box(), page.get_by_role("spinbutton", name="x (column)")
    before = column.input_value()
    own.click(position={"x": box["width"] * 0.55, "y": box["height"] * 0.5})
    expect(column).not_to_have_value(before)
    wait_until_still(page)
    expect(beside.locator(".marker")).to_be_visible()

    # Zoom stays in the browser: the point is where it was, here and in the report.
    marked, marker = column.input_value(), own.locator(".marker").get_attribute("style")
    own.press("+")
    expect(own).to_have_class(ZOOMED)
    own.press("0")
    expect(own).not_to_have_class(ZOOMED)
    # So do dragging, which moves the picture along, and the double click that shows all of it again.
    own.press("+")
    expect(own).to_have_class(ZOOMED)
    left = _left(own)
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.6, steps=5)
    page.mouse.up()
    assert _left(own) == pytest.approx(left - 10, abs=0.5)
    own.dblclick(position={"x": box["width"] * 0.3, "y": box["height"] * 0.3})
    expect(own).not_to_have_class(ZOOMED)
    expect(own.locator(".marker")).to_have_attribute("style", marker)
    wait_until_still(page)
    assert column.input_value() == marked

    page.get_by_role("radio", name="L4/L5").click()
    wait_until_still(page)
    page.get_by_role("radio", name="left", exact=True).click()
    wait_until_still(page)
    page.get_by_role("button", name="Grade this point").click()
    expect(page.get_by_role("heading", name=re.compile("Mild|Moderate|Severe"))).to_be_visible()
    expect(page.get_by_text("Clicks around this one, in mm")).to_be_visible()
    expect(page.locator("[data-testid=stVegaLiteChart]").nth(1).locator("canvas, svg").first).to_be_visible()
    wait_until_still(page)
    page.get_by_role("radio", name="JSON", exact=True).click()
    wait_until_still(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the report").click()
    report = json.loads(download.value.path().read_text())
    (finding,) = report["findings"]
    assert finding["level"] == "L4/L5"
    assert float(marked) == pytest.approx(finding["x"], abs=0.1)
    expect(page.get_by_text("Something went wrong")).to_have_count(0)
