"""`python -m lsdc explore`: what Explore shows of a data set, as one page that needs no server."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from lsdc.charts.exploration_page import Exploration, exploration_page
from lsdc.cli.audit import read_headers
from lsdc.cli.explored_images import explore_images
from lsdc.cli.options import DataOption, data_root
from lsdc.dataset.audit import audit_data_set
from lsdc.dataset.challenge_files import read_grades
from lsdc.dataset.tables import is_synthetic, load_label_table, one_row_per_grade
from lsdc.errors import ConfigError
from lsdc.files import write_text


def explore(
    out: Annotated[Path, typer.Option(help="The page to write, such as report.html.")],
    data: DataOption = None,
) -> None:
    """Write the charts, crops and audit of a data set as one web page, which needs no network."""
    if out.suffix != ".html":
        raise ConfigError(
            f"A page cannot be written as {out.name}.", "Expected a name that ends in .html.", "Change the name."
        )
    began = time.monotonic()
    root = data_root(data)
    table = load_label_table(root)
    headers = read_headers(root)
    grades = one_row_per_grade(read_grades(root))
    page = exploration_page(
        Exploration(
            name=root.name,
            synthetic=is_synthetic(root),
            table=table,
            grades=grades,
            images=None if headers is None else explore_images(root, table, headers),
            findings=audit_data_set(root, headers),
        )
    )
    write_text(out, page)
    took, size_mb = time.monotonic() - began, len(page.encode()) / 1e6
    print(f"{size_mb:.1f} MB in {took:.0f} s", file=sys.stderr)
    print(out)
