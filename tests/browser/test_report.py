"""The exploration as one page: it draws its charts without any network."""

import pytest

from lsdc.charts.exploration_page import Exploration, exploration_page
from lsdc.dataset.audit import KINDS, AuditFinding
from lsdc.dataset.audit.finding import cases
from lsdc.dataset.tables import load_label_table

pytestmark = pytest.mark.browser


def test_a_report_opens_without_network_and_draws_every_chart(browser, phantom_root, tmp_path):
    table = load_label_table(phantom_root)
    odd = cases(table.head(2).assign(detail="</script><b>odd"))
    finding = AuditFinding(kind=KINDS["wrong_level"], rows=odd)
    page_text = exploration_page(
        Exploration(name="<b>phantom", synthetic=True, table=table, images=9, findings=[finding])
    )
    (tmp_path / "report.html").write_text(page_text, encoding="utf-8")
    context = browser.new_context(offline=True, color_scheme="dark")
    page = context.new_page()
    asked, failures = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda failure: failures.append(failure))

    page.goto((tmp_path / "report.html").as_uri())
    charts = page.locator(".chart")
    page.locator(f"#chart{charts.count() - 1} svg").wait_for()

    assert charts.count() >= 7
    assert page.locator(".chart svg").count() == charts.count()
    assert failures == []
    assert [url for url in asked if not url.startswith("file:")] == []
    assert page.locator("b", has_text="odd").count() == 0
    assert page.locator("h1").inner_text() == "<b>phantom · SYNTHETIC"
    context.close()
