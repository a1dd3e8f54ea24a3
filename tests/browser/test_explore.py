"""Exploration in a real browser: filter, brush, share the address."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.waiting import wait_until_still

pytestmark = [pytest.mark.browser, pytest.mark.trains]


def _count(page):
    return page.get_by_text(re.compile(r"^\d+ of \d+ points, of")).inner_text()


def test_a_bar_filters_all_charts_and_the_address_shows_another_tab_the_same(page, server):
    page.goto(f"{server.url}/explore?side=left")
    wait_until_still(page)
    cell = "[data-testid=stVegaLiteChart] path[aria-label*='level: L4/L5'][aria-label*='severity: Severe']"
    page.locator(cell).first.click()
    expect(page).to_have_url(re.compile("side=left&level=l4_l5&severity=severe"))
    wait_until_still(page)

    other = page.context.new_page()
    other.goto(page.url)
    wait_until_still(other)
    expect(other.get_by_text(re.compile("points, of"))).to_be_visible()
    assert _count(other) == _count(page)
    page.get_by_role("button", name="See the cases").first.click()
    expect(page).to_have_url(re.compile("tab=cases"))
    expect(page.get_by_role("tab", name="Cases")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_test_id("stException")).to_have_count(0)
