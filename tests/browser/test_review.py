"""Labels are reviewed with keys, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.waiting import wait_until_still

pytestmark = [pytest.mark.browser, pytest.mark.trains]


def test_a_key_decides_on_a_label_and_the_next_one_comes(page, server, artifacts_root):
    page.goto(f"{server.url}/compare")
    page.get_by_role("tab", name="Label review").click()
    reviewer = page.get_by_label("Reviewer", exact=True)
    reviewer.fill("Anna Keys")
    reviewer.press("Enter")
    # A key is a letter for as long as one writes.
    reviewer.blur()
    heading = page.get_by_text("· label")
    expect(heading).to_be_visible()
    wait_until_still(page)
    first = heading.inner_text()

    page.locator("body").press("d")
    expect(page.get_by_text("1 drop")).to_be_visible()
    expect(heading).not_to_have_text(first)
    second = heading.inner_text()
    wait_until_still(page)
    page.locator("body").press("q")
    expect(page.get_by_text("1 drop, 1 doubt")).to_be_visible()
    wait_until_still(page)
    page.locator("body").press("z")
    expect(page.get_by_text("1 drop, 0 doubt")).to_be_visible()
    expect(heading).to_have_text(second)

    (file,) = artifacts_root.glob("reviews/*/Anna Keys.csv")
    header, decision = file.read_text().splitlines()
    assert header.startswith("study_id,condition,side,level,decision")
    assert ",drop,,Anna Keys," in decision
