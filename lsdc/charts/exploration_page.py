"""The exploration of a data set as one web page: a file that needs no other and no network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd
import vl_convert

from lsdc.charts.exploration import exploration
from lsdc.charts.titled import TitledLayers
from lsdc.dataset.audit import AuditFinding
from lsdc.dataset.summary import summarize

STYLE, DRAW = (Path(__file__).with_name(f"exploration.{kind}") for kind in ("css", "js"))
SHOWN_CASES = 50
CASE_TITLES = {
    "study_id": "Study",
    "series_id": "Series",
    "instance_number": "Slice",
    "condition": "Condition",
    "side": "Side",
    "level": "Level",
    "detail": "What is odd",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Exploration:
    """What a report is made of.

    Args:
        name: Of the data set.
        synthetic: Whether a program made it.
        table: The label table.
        images: How many were checked.
        findings: Of the audit; None if there are no images to check.
    """

    name: str
    synthetic: bool
    table: pd.DataFrame
    images: int
    findings: Sequence[AuditFinding] | None


def exploration_page(data: Exploration) -> str:
    """The report as HTML."""
    charts = exploration(data.table)
    specs = [{**chart.chart.to_dict(), "width": "container"} for chart in charts]
    # Within a script no text may end it.
    as_json = json.dumps(specs).replace("<", "\\u003c")
    mark = " · SYNTHETIC" if data.synthetic else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(data.name)}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
        f'<h1>{escape(data.name)}{mark}</h1>\n<p class="quiet">Research use only. Not a medical device.</p>\n'
        f"{_totals(data.table)}<h2>The labels</h2>\n"
        f'<div class="charts">\n{"".join(_figure(place, chart) for place, chart in enumerate(charts))}</div>\n'
        f"<h2>The audit</h2>\n{_audit(data)}"
        f'<script type="application/json" id="specs">{as_json}</script>\n'
        f'<script type="module">{vl_convert.javascript_bundle(DRAW.read_text(encoding="utf-8"))}</script>\n'
        "</body>\n</html>\n"
    )


def _totals(table: pd.DataFrame) -> str:
    summary = summarize(table)
    counts = {
        "Studies": summary.studies,
        "Series with points": summary.series,
        "Points": summary.rows,
        "Graded": summary.labelled,
    }
    return '<div class="totals">' + "".join(f"<div>{n}<b>{c:,}</b></div>" for n, c in counts.items()) + "</div>\n"


def _figure(place: int, chart: TitledLayers) -> str:
    sentence = escape(chart.sentence, quote=True)
    return (
        f'<figure>\n<h3>{escape(chart.title)}</h3>\n<div class="chart" id="chart{place}" role="img" aria-label="{sentence}">'
        f"</div>\n<figcaption>{sentence}</figcaption>\n</figure>\n"
    )


def _audit(data: Exploration) -> str:
    if data.findings is None:
        return "<p>This data set holds no images, so nothing was checked.</p>\n"
    counted = f'<p class="quiet">{data.images:,} images were checked.</p>\n'
    if not data.findings:
        return f"<p>Nothing was found.</p>\n{counted}"
    return counted + "".join(_finding(found) for found in data.findings)


def _finding(found: AuditFinding) -> str:
    kind = found.kind
    rows = found.rows[[name for name in CASE_TITLES if found.rows[name].notna().any()]].head(SHOWN_CASES)
    head = "".join(f"<th>{CASE_TITLES[name]}</th>" for name in rows.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{'' if pd.isna(value) else escape(str(value))}</td>" for value in row) + "</tr>\n"
        for row in rows.itertuples(index=False)
    )
    more = f'<p class="quiet">The first {SHOWN_CASES} of {found.count:,}.</p>\n' if found.count > SHOWN_CASES else ""
    return (
        f"<details>\n<summary><b>{kind.importance.value.capitalize()}: {escape(kind.title)}</b> ({found.count:,})</summary>\n"
        f"<p>{escape(kind.meaning)}<br>Training: {escape(kind.training)}</p>\n"
        f'<div class="table"><table>\n<tr>{head}</tr>\n{body}</table></div>\n{more}</details>\n'
    )
