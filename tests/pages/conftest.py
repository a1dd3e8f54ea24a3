"""The whole application in a test: `open_page("train")` is a reader who starts it and goes to that page."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from lsdc.settings import PROJECT_ROOT

OpenPage = Callable[[str], AppTest]


@pytest.fixture
def open_page(phantom_root, monkeypatch) -> OpenPage:
    """Open a page of the application, with the small phantom data set in use."""
    monkeypatch.setenv("LSDC_DATA", str(phantom_root))

    def go(name: str) -> AppTest:
        (link,) = (PROJECT_ROOT / "pages").glob(f"?_{name}.py")
        app = AppTest.from_file(PROJECT_ROOT / "navigation.py", default_timeout=60).switch_page(str(link)).run()
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
