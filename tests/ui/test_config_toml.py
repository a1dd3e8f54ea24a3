"""What the server is told, and what the program believes it was told."""

import tomllib

from lsdc.settings import PROJECT_ROOT
from lsdc.ui.charts import TEXT_COLORS
from lsdc.ui.uploads import MAX_UPLOAD_MB

CONFIG = tomllib.loads((PROJECT_ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def test_the_upload_limit_is_the_servers():
    assert CONFIG["server"]["maxUploadSize"] == MAX_UPLOAD_MB


def test_the_server_is_reached_from_this_machine_only_and_tells_nobody():
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["enableCORS"]
    assert CONFIG["server"]["enableXsrfProtection"]
    assert not CONFIG["server"]["enableAgentApi"]
    assert not CONFIG["browser"]["gatherUsageStats"]
    assert CONFIG["client"]["showErrorDetails"] == "none"


def test_numbers_in_charts_have_the_themes_text_colour():
    assert {scheme: CONFIG["theme"][scheme]["textColor"] for scheme in ("light", "dark")} == TEXT_COLORS
