"""Exploration in a real browser: filter, brush, share the address."""

import re

import pytest
from playwright.sync_api import expect
from typer.testing import CliRunner

from lsdc.cli.app import app
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


def test_the_report_of_a_data_set_draws_all_its_charts_without_a_network(page, phantom_root, tmp_path):
    report = tmp_path / "report.html"
    assert CliRunner().invoke(app, ["explore", "--data", str(phantom_root), "--out", str(report)]).exit_code == 0
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.context.set_offline(True)

    page.goto(report.as_uri())

    charts = page.locator(".chart")
    expect(charts.locator("svg")).to_have_count(charts.count())
    expect(page.get_by_role("heading", name="Where the points lie on the image, by level")).to_be_visible()
    assert [one for one in asked if not one.startswith(("data:", report.as_uri()))] == []
