"""What a web page is made of that needs no other file: charts with their data, pictures, tables."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import vl_convert
from PIL import Image

from lsdc.charts.titled import NoChart, TitledFacets, TitledLayers

DRAW = Path(__file__).with_name("exploration.js")
WEBP_QUALITY = 80


class ChartsOfPage:
    """The charts of a page: each is given a place when its figure is written, and `scripts` draws all of them."""

    def __init__(self) -> None:
        self._specs: list[dict[str, Any]] = []

    def figures(self, charts: Iterable[TitledLayers | TitledFacets | NoChart]) -> str:
        """The figures of some charts, beside each other where there is room."""
        return f'<div class="charts">\n{"".join(self.figure(chart) for chart in charts)}</div>\n'

    def figure(self, titled: TitledLayers | TitledFacets | NoChart) -> str:
        """A chart under its title and above its sentence, or why there is none."""
        title = f"<h3>{escape(titled.title)}</h3>\n"
        if isinstance(titled, NoChart):
            return f"<figure>\n{title}<figcaption>{escape(titled.reason)}</figcaption>\n</figure>\n"
        faceted = isinstance(titled.chart, alt.FacetChart)
        place, sentence = len(self._specs), escape(titled.sentence, quote=True)
        # Altair refuses more rows than 5,000, for notebooks; here there is no second place for them.
        with alt.data_transformers.enable("default", max_rows=None):
            spec = titled.chart.to_dict()
        # The pictures of a faceted chart say their width themselves.
        self._specs.append(spec if faceted else {**spec, "width": "container"})
        return (
            f'<figure{" class=wide" if faceted else ""}>\n{title}<div class="chart" id="chart{place}" role="img" '
            f'aria-label="{sentence}"></div>\n<figcaption>{sentence}</figcaption>\n</figure>\n'
        )

    @property
    def scripts(self) -> str:
        """What draws the charts."""
        # Within a script no text may end it.
        specs = json.dumps(self._specs, separators=(",", ":")).replace("<", "\\u003c")
        return (
            f'<script type="application/json" id="specs">{specs}</script>\n'
            f'<script type="module">{vl_convert.javascript_bundle(DRAW.read_text(encoding="utf-8"))}</script>\n'
        )


def png(pixels: np.ndarray) -> str:
    """The address of a picture that stands in the page itself, without loss; `pixels` is uint8 (rows, cols)."""
    return _address(pixels, "png", optimize=True)


def webp(pixels: np.ndarray) -> str:
    """The same with the losses of a small file."""
    return _address(pixels, "webp", quality=WEBP_QUALITY)


def webp_file(path: Path) -> str:
    """The same of a WebP file."""
    return _as_address("webp", path.read_bytes())


def picture(address: str, *, alt: str, caption: str) -> str:
    """A picture; the caption is HTML."""
    return f'<figure><img src="{address}" alt="{escape(alt, quote=True)}"><figcaption>{caption}</figcaption></figure>\n'


def table(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table of words and numbers; what is missing is empty."""
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join(
        "<tr>" + "".join(f"<td>{'' if pd.isna(value) else escape(str(value))}</td>" for value in row) + "</tr>\n"
        for row in rows
    )
    return f'<div class="table"><table>\n<tr>{head}</tr>\n{body}</table></div>\n'


def _address(pixels: np.ndarray, form: str, **options: Any) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, **options)
    return _as_address(form, buffer.getvalue())


def _as_address(form: str, content: bytes) -> str:
    return f"data:image/{form};base64,{base64.b64encode(content).decode('ascii')}"
