"""The whole application in a test: `open_page("train")` is a reader who starts it and goes to that page."""

from collections.abc import Callable
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from lsdc.settings import PROJECT_ROOT

OpenPage = Callable[[str], AppTest]


@pytest.fixture(scope="session", autouse=True)
def packages_are_scanned_once():
    """A server asks every installed package once whether it brings components; each application of a test is a server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def open_page(phantom_root, monkeypatch) -> OpenPage:
    """Open a page of the application, with the small phantom data set in use."""
    monkeypatch.setenv("LSDC_DATA", str(phantom_root))

    def go(name: str) -> AppTest:
        (link,) = (PROJECT_ROOT / "pages").glob(f"?_{name}.py")
        app = AppTest.from_file(PROJECT_ROOT / "app.py", default_timeout=60).switch_page(str(link)).run()
        assert not app.exception
        return app

    return go


@pytest.fixture
def words() -> Callable[[AppTest], str]:
    """Everything that a page says, as one text."""

    def say(app: AppTest) -> str:
        kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "error", "success", "code")
        return "\n".join(str(element.value) for kind in kinds for element in app.get(kind))

    return say
