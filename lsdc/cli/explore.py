"""`python -m lsdc explore`: what Explore shows of a data set, as one page that needs no server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lsdc import settings
from lsdc.charts.exploration_page import Exploration, exploration_page
from lsdc.cli.audit import show_progress
from lsdc.cli.options import DataOption, data_root
from lsdc.dataset.audit import audit_data_set
from lsdc.dataset.headers import IMAGES_FOLDER, scan_headers
from lsdc.dataset.tables import is_synthetic, load_label_table
from lsdc.errors import ConfigError
from lsdc.files import write_text


def explore(
    out: Annotated[Path, typer.Option(help="The page to write, such as report.html.")],
    data: DataOption = None,
) -> None:
    """Write the charts and the audit of a data set as one web page, which needs no network."""
    if out.suffix != ".html":
        raise ConfigError(
            f"A page cannot be written as {out.name}.", "Expected a name that ends in .html.", "Change the name."
        )
    root = data_root(data)
    table = load_label_table(root)
    headers = None
    if (root / IMAGES_FOLDER).is_dir():
        headers = scan_headers(root, settings.headers_root(), report=show_progress)
    page = exploration_page(
        Exploration(
            name=root.name,
            synthetic=is_synthetic(root),
            table=table,
            images=0 if headers is None else len(headers),
            findings=None if headers is None else audit_data_set(root, headers),
        )
    )
    write_text(out, page)
    print(out)
