"""The exploration of a data set as one web page: a file that needs no other and no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd
from markdown_it import MarkdownIt

from lsdc.charts.exploration import exploration
from lsdc.charts.help import SEQUENCES, SYNTHETIC, condition_words, grade_picture, sequence_picture
from lsdc.charts.image_exploration import geometry, places, scanners
from lsdc.charts.page_parts import ChartsOfPage, picture, png, table, webp, webp_file
from lsdc.charts.palette import SEVERITY_COLORS
from lsdc.charts.patients import patients
from lsdc.charts.splits import about_leaks, about_studies, divided
from lsdc.charts.titled import NoChart, TitledLayers
from lsdc.config import PRESETS, SplitStrategy
from lsdc.dataset.audit import AuditFinding
from lsdc.dataset.splits import split_rows
from lsdc.dataset.summary import summarize
from lsdc.dataset.tables import labelled
from lsdc.errors import SplitError
from lsdc.labels import Condition, Severity
from lsdc.web_page import web_page

STYLE = Path(__file__).with_name("exploration.css")
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
class SheetCrop:
    """A crop on the contact sheet.

    Args:
        pixels: uint8 (rows, cols).
        title: All that is known of it.
        words: The lines below it.
    """

    pixels: np.ndarray
    title: str
    words: Sequence[str]


@dataclass(frozen=True, kw_only=True, eq=False)
class KindOfCrops:
    """Crops that can be compared with each other.

    Args:
        title: What they show.
        means: The mean crop of each grade, uint8 (rows, cols).
        counts: From how many crops it is made.
        brightness: The chart of their brightness.
        sheet: Some crops of each grade.
    """

    title: str
    means: Mapping[Severity, np.ndarray]
    counts: Mapping[Severity, int]
    brightness: TitledLayers
    sheet: Mapping[Severity, Sequence[SheetCrop]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Images:
    """What a report says of images.

    Args:
        headers: Of all of them, as `scan_headers` gives them.
        series: As `describe_series` gives them.
        points: As `place_points` gives them.
        crops: A sample, by kind.
    """

    headers: pd.DataFrame
    series: pd.DataFrame
    points: pd.DataFrame
    crops: Sequence[KindOfCrops]


@dataclass(frozen=True, kw_only=True, eq=False)
class Exploration:
    """What a report is made of.

    Args:
        name: Of the data set.
        synthetic: Whether a program made it.
        table: The label table.
        grades: Those of train.csv, as `one_row_per_grade` gives them.
        images: None if there are none.
        findings: Of the audit, which without images is of the tables alone.
    """

    name: str
    synthetic: bool
    table: pd.DataFrame
    grades: pd.DataFrame
    images: Images | None
    findings: Sequence[AuditFinding]


def exploration_page(data: Exploration) -> str:
    """The report as HTML."""
    charts = ChartsOfPage()
    mark = " · SYNTHETIC" if data.synthetic else ""
    graded = labelled(data.table)
    parts = [
        f'<h1>{escape(data.name)}{mark}</h1>\n<p class="quiet">Research use only. Not a medical device.</p>\n',
        _totals(data.table),
        _help(),
        "<h2>The labels</h2>\n" + charts.figures(exploration(data.table)),
    ]
    if not graded.empty:
        parts += [
            "<h2>Within a patient</h2>\n" + charts.figures(patients(data.table, data.grades)),
            "<h2>Splits</h2>\n" + _splits(graded, charts),
        ]
    if data.images:
        parts += [
            "<h2>The images</h2>\n" + _images(data.images, charts),
            "<h2>Crops</h2>\n" + _crops(data.images.crops, charts),
        ]
    parts += ["<h2>The audit</h2>\n" + _audit(data), charts.scripts]
    return web_page(data.name, "".join(parts), style=STYLE)


def _totals(rows: pd.DataFrame) -> str:
    summary = summarize(rows)
    counts = {
        "Studies": summary.studies,
        "Series with points": summary.series,
        "Points": summary.rows,
        "Graded": summary.labelled,
    }
    return '<div class="totals">' + "".join(f"<div>{n}<b>{c:,}</b></div>" for n, c in counts.items()) + "</div>\n"


def _help() -> str:
    words = MarkdownIt()
    planes = "".join(
        picture(
            webp_file(sequence_picture(sequence)),
            alt=f"A phantom's {sequence} slice with its points.",
            caption=words.renderInline(said),
        )
        for sequence, said in SEQUENCES.items()
    )
    conditions = "".join(
        f"<p>{words.renderInline(condition_words(condition))}</p>\n"
        + _pictures(
            picture(
                webp_file(grade_picture(condition, severity)), alt=f"{condition.display}, {severity}.", caption=severity
            )
            for severity in Severity
        )
        for condition in Condition
    )
    return (
        f'<details>\n<summary>What am I looking at?</summary>\n<div class="help">\n{planes}</div>\n{conditions}'
        f'<p class="quiet">{SYNTHETIC}</p>\n</details>\n'
    )


def _splits(graded: pd.DataFrame, charts: ChartsOfPage) -> str:
    first = PRESETS["recommended"].split
    figures, rows = [], []
    for strategy in SplitStrategy:
        try:
            parts = split_rows(graded, first.model_copy(update={"strategy": strategy, "folds": 5, "fold": 0}))
        except SplitError as error:
            figures.append(charts.figure(NoChart(title=strategy, reason=f"{error.happened} {error.fix}")))
            continue
        figures.append(charts.figure(divided(graded, parts, strategy)))
        leaks = about_leaks(graded, parts) or "No study and no image is in two parts."
        rows.append((strategy, about_studies(graded, parts).removeprefix("Studies: "), leaks))
    return (
        f'<p class="quiet">The {len(graded):,} graded points as each strategy divides them, with {first.test_share:.0%} of '
        f"the studies for testing, {first.unit.value} kept together, and seed {first.seed}. Of five folds, the first validates.</p>\n"
        f"{table(('Strategy', 'Studies', 'What its parts share'), rows)}"
        f'<div class="charts">\n{"".join(figures)}</div>\n'
    )


def _images(images: Images, charts: ChartsOfPage) -> str:
    placed = [*places(images.points, "level"), *places(images.points, "severity")]
    of_series = geometry(images.series, images.points) if not images.series.empty else []
    of_scanners = scanners(images.headers)
    silent = "" if of_scanners else '<p class="quiet">The files do not say what took them.</p>\n'
    return charts.figures([*of_series, *of_scanners, *placed]) + silent


def _crops(kinds: Sequence[KindOfCrops], charts: ChartsOfPage) -> str:
    if not kinds:
        return "<p>None of the graded points has a crop that can be cut.</p>\n"
    return (
        '<p class="quiet">A sample with a fixed seed, cut as the preset “recommended” cuts. Each condition is drawn by '
        "itself: a mean over several planes would show none of them.</p>\n"
        + "".join(_kind(kind, charts) for kind in kinds)
    )


def _kind(kind: KindOfCrops, charts: ChartsOfPage) -> str:
    means = _pictures(
        (
            picture(
                png(mean),
                alt=f"{kind.title}: the mean of {kind.counts[severity]} crops that are {severity}",
                caption=f"{severity}, {kind.counts[severity]}",
            )
            for severity, mean in kind.means.items()
        ),
        "means",
    )
    sheet = "".join(
        f'<h4 style="--grade: {SEVERITY_COLORS[severity]}">{severity}</h4>\n'
        + _pictures((picture(webp(c.pixels), alt=c.title, caption="<br>".join(c.words)) for c in crops), "sheet")
        for severity, crops in kind.sheet.items()
    )
    return (
        f'<section class="kind">\n<h3>{escape(kind.title)}</h3>\n<div class="charts">\n<figure>\n<h3>Mean crop of each grade</h3>\n{means}</figure>\n'
        f"{charts.figure(kind.brightness)}</div>\n"
        f"<details>\n<summary>Crops by grade</summary>\n{sheet}</details>\n</section>\n"
    )


def _pictures(pictures: Iterable[str], look: str = "") -> str:
    return f'<div class="crops {look}">\n{"".join(pictures)}</div>\n'


def _audit(data: Exploration) -> str:
    checked = (
        f"{len(data.images.headers):,} images were checked."
        if data.images
        else "This data set holds no images: only its tables were checked."
    )
    counted = f'<p class="quiet">{checked}</p>\n'
    if not data.findings:
        return f"<p>Nothing was found.</p>\n{counted}"
    return counted + "".join(_finding(found) for found in data.findings)


def _finding(found: AuditFinding) -> str:
    kind = found.kind
    rows = found.rows[[name for name in CASE_TITLES if found.rows[name].notna().any()]].head(SHOWN_CASES)
    rows = rows.replace({"condition": {word.value: word.display for word in Condition}})
    cases = table([CASE_TITLES[name] for name in rows.columns], rows.itertuples(index=False))
    more = f'<p class="quiet">The first {SHOWN_CASES} of {found.count:,}.</p>\n' if found.count > SHOWN_CASES else ""
    return (
        f"<details>\n<summary><b>{kind.importance.value.capitalize()}: {escape(kind.title)}</b> ({found.count:,})</summary>\n"
        f"<p>{escape(kind.meaning)}<br>Training: {escape(kind.training)}</p>\n{cases}{more}</details>\n"
    )
