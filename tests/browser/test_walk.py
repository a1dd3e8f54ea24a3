"""The whole job in a real browser, against a real server and real training processes."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import expect

from lsdc.config import preset
from lsdc.dataset.dicom import read_slice
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.series import group_by_series, neighbours_among
from lsdc.labels import Condition, Level, Severity, Side
from lsdc.models.catalogue import network_size
from lsdc.prediction.grader import load_grader
from lsdc.runs import RunState, list_runs
from lsdc.training.launch import start_run
from lsdc.training.queue import stop_run, wait_for
from tests.browser.waiting import wait_until_still

pytestmark = [pytest.mark.browser, pytest.mark.trains]

SECONDS_TO_TRAIN = 180
FRAMEWORKS = {"keras", "tensorflow", "jax", "torch"}


def _open(page, server, name):
    page.goto(f"{server.url}/{name}")
    wait_until_still(page)


def _show_the_first(page, place):
    # The slider moves at once; the viewer, and with it the questions, only when the server has answered.
    first = re.compile("^1 / ")
    for _ in range(3):
        # A key that meets the page while it is redrawn may be lost; a person presses it again.
        place.press("Home")
        with suppress(AssertionError):
            expect(page.locator(".frame .place")).to_have_text(first, timeout=10_000)
            break
    expect(page.locator(".frame .place")).to_have_text(first)
    wait_until_still(page)


def _no_trouble(page):
    expect(page.get_by_text("Something went wrong")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_explore_counts_and_opens_a_case_from_the_contact_sheet(page, server):
    _open(page, server, "explore")

    expect(page.get_by_role("heading", name="Explore")).to_be_visible()
    expect(page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first).to_be_visible()
    page.get_by_role("tab", name="Cases").click()
    page.get_by_role("button", name="Open the case").first.click()
    expect(page.locator(".frame img")).to_have_count(2)
    assert "study=" in page.url
    _no_trouble(page)


def test_a_run_is_started_watched_over_a_reload_and_compared(page, server, artifacts_root):
    before = {run.run_id for run in list_runs(artifacts_root / "runs")}
    _open(page, server, "train")
    page.get_by_role("combobox", name=re.compile("Preset")).click()
    page.get_by_role("option", name="quick", exact=True).click()
    # The plan follows when the server has answered; what is typed before would be sent with the former values.
    expect(page.get_by_text(f"{network_size(preset('recommended')).total:,}", exact=True)).to_have_count(0)
    wait_until_still(page)
    page.get_by_role("textbox", name="Name").fill("From the browser")
    page.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text(re.compile("of 12 epochs done")).first).to_be_visible()
    (run,) = [run for run in list_runs(artifacts_root / "runs") if run.run_id not in before]

    other_tab = page.context.new_page()
    _open(other_tab, server, "train")
    expect(other_tab.get_by_role("button", name=re.compile("From the browser")).first).to_be_visible()
    other_tab.close()
    page.reload()
    expect(page.get_by_text(re.compile("epochs done|validation loss is scored")).first).to_be_visible()
    assert f"run={run.run_id}" in page.url
    # Nobody touches the page: it must come to the end by itself.
    expect(page.get_by_text(re.compile("validation loss is scored"))).to_be_visible(timeout=SECONDS_TO_TRAIN * 1000)
    expect(page.get_by_test_id("stToast").filter(has_text="From the browser")).to_be_visible()
    assert wait_for(run).state is RunState.FINISHED
    _no_trouble(page)

    _open(page, server, "compare")
    # The table is drawn on a canvas; beside it stands its text for those who cannot see it.
    table = page.get_by_test_id("stDataFrame").filter(has_text="From the browser").first
    expect(table).to_be_attached()
    expect(table).to_contain_text("level only")
    _no_trouble(page)


def test_an_uploaded_slice_is_graded_at_the_clicked_point(page, server, trained_run, phantom_root):
    row = trained_run.predictions().query("split == 'test'").iloc[0]
    path = phantom_root / f"train_images/{row.study_id}/{row.series_id}/{row.instance_number}.dcm"
    _open(page, server, f"predict?run={trained_run.run_id}")
    page.locator("input[type=file]").set_input_files(path)
    frame = page.locator(".frame")
    image = frame.locator("img")
    expect(image).to_be_visible()
    wait_until_still(page)

    rows, cols = read_slice(path).pixels.shape
    box = image.bounding_box()
    frame.click(position={"x": (row.x + 0.5) / cols * box["width"], "y": (row.y + 0.5) / rows * box["height"]})
    x = page.get_by_role("spinbutton", name=re.compile("column"))
    y = page.get_by_role("spinbutton", name=re.compile("row"))
    expect(x).to_have_value(re.compile(rf"^({int(row.x)}|{round(row.x)})\."))
    wait_until_still(page)
    picked = PixelPoint.from_xy(float(x.input_value()), float(y.input_value()))
    assert picked.col == pytest.approx(row.x, abs=1)
    assert picked.row == pytest.approx(row.y, abs=1)
    page.get_by_role("radio", name=row.level).click()
    wait_until_still(page)
    page.get_by_role("button", name="Grade this point").click()

    expected = load_grader(trained_run).grade(
        [read_slice(path)], picked, condition=Condition(row.condition), level=Level(row.level), side=Side(row.side)
    )
    expect(page.get_by_role("heading", name=expected.severity)).to_be_visible()
    for severity in Severity:
        expect(page.get_by_text(re.compile("Probabilities:"))).to_contain_text(
            f"{severity} {expected.probabilities[severity]:.1%}"
        )
    expect(page.get_by_text("Research use only").last).to_be_visible()
    _no_trouble(page)


def test_an_uploaded_series_is_graded_with_the_neighbours_of_the_chosen_slice(
    page, server, trained_stack_run, phantom_root
):
    row = trained_stack_run.predictions().query("split == 'test'").iloc[0]
    folder = phantom_root / f"train_images/{row.study_id}/{row.series_id}"
    (series,) = group_by_series(read_slice(path) for path in folder.glob("*.dcm"))
    around = neighbours_among(series, series[0], 1)
    _open(page, server, f"predict?run={trained_stack_run.run_id}")
    page.locator("input[type=file]").set_input_files(sorted(folder.glob("*.dcm")))
    place = page.get_by_role("slider", name="Slice")
    expect(place).to_have_attribute("max", str(len(series)))
    wait_until_still(page)
    _show_the_first(page, place)
    page.get_by_role("radio", name="L4/L5").click()
    wait_until_still(page)
    page.get_by_role("radio", name="left", exact=True).click()
    wait_until_still(page)
    page.get_by_role("button", name="Grade this point").click()

    rows, cols = series[0].pixels.shape
    middle = PixelPoint(row=(rows - 1) / 2, col=(cols - 1) / 2)
    expected = load_grader(trained_stack_run).grade(
        around, middle, condition=Condition(row.condition), level=Level.L4_L5, side=Side.LEFT
    )
    missing = expected.num_slices - expected.num_real
    assert missing > 0
    expect(page.get_by_role("heading", name=expected.severity)).to_be_visible()
    # The other slices of the series were uploaded too, and are tilted as other discs are.
    expect(
        page.get_by_text(f"made from {expected.num_real} of 3 slices; no more at this tilt were uploaded")
    ).to_be_visible()
    expect(page.get_by_text("missing", exact=True)).to_have_count(missing)
    expect(page.get_by_role("img", name=re.compile("^Slice . of 3"))).to_have_count(3)
    _no_trouble(page)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("photo.jpg", b"\xff\xd8\xff\xe0 not dicom", "not a DICOM file"), ("empty.dcm", b"", "empty")],
)
def test_what_cannot_be_graded_gets_advice_and_the_page_goes_on(page, server, trained_run, name, content, words):
    _open(page, server, f"predict?run={trained_run.run_id}")
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": content})

    expect(page.get_by_text(re.compile(words)).first).to_be_visible()
    page.get_by_text("Try a sample", exact=True).click()
    expect(page.get_by_role("button", name="Grade this point")).to_be_visible()
    _no_trouble(page)


def test_the_server_never_imports_a_training_framework(page, server):
    for name in ("explore", "train", "compare", "predict"):
        _open(page, server, name)

    assert "streamlit" in server.modules()
    assert not FRAMEWORKS & server.modules()


def test_a_newcomer_sees_the_phantom_being_made_and_can_use_the_pages(page, first_start):
    # Before anybody came: the first visitor does not wait for imports.
    assert {"altair", "pandas", "pydicom", "pages.explore.overview"} <= first_start.modules()

    # By a link: it must lead there even as the first that a fresh server sees.
    _open(page, first_start, "train")
    expect(page.get_by_role("heading", name="Train")).to_be_visible()
    expect(page.get_by_test_id("stDialog")).to_have_count(0)
    expect(page.get_by_text(re.compile("Making a phantom data set"))).to_be_visible()

    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_text(re.compile("No scored run yet"))).to_be_visible()
    page.get_by_role("link", name="Explore").click()
    expect(page.get_by_text(re.compile("not ready yet"))).to_be_visible()

    # Nobody touches the page: it fills by itself.
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible(timeout=240_000)
    _no_trouble(page)


def test_the_page_stays_in_place_while_a_live_run_refreshes_it(page, server, phantom_root, tiny_config):
    endless = tiny_config.changed(epochs=500, early_stopping_patience=0)
    run = start_run(endless, preset="quick", data_root=phantom_root)
    try:
        _open(page, server, f"train?run={run.run_id}")
        # In the queue and in the run's own part.
        progress = page.get_by_text(re.compile("of 500 epochs done")).last
        expect(progress).not_to_have_text(re.compile("^[012] of"), timeout=SECONDS_TO_TRAIN * 1000)
        main = page.get_by_test_id("stMain")
        main.evaluate("element => element.scrollTo(0, 150)")
        scrolled = main.evaluate("element => element.scrollTop")
        assert scrolled > 0
        before = progress.inner_text()
        expect(progress).not_to_have_text(before)

        assert main.evaluate("element => element.scrollTop") == scrolled
    finally:
        stop_run(run)
        wait_for(run)


def test_a_click_on_a_cell_shows_its_cases_and_leads_one_of_them_to_predict(page, server):
    _open(page, server, "compare")
    cell = page.locator(
        "[data-testid=stVegaLiteChart] path[aria-label*='predicted: ']:not([aria-label$='count: 0'])"
    ).first
    said = re.fullmatch(r"predicted: (.+); label: (.+); share: .+; count: (.+)", cell.get_attribute("aria-label"))
    shown, label, count = said.groups()
    cell.click()

    expect(page.get_by_text(f"{count} cases labelled {label}, graded {shown}")).to_be_visible()
    expect(page.get_by_role("img", name="The slice with the point.")).to_be_visible()
    page.get_by_role("link", name="Open in Predict").click()
    page.get_by_role("button", name="Grade this point").click()
    expect(page.get_by_text(re.compile("Label in the data set"))).to_contain_text(label)
    _no_trouble(page)
