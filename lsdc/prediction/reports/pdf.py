"""The report for people: a summary, each marked slice with its findings, and what the runs behind them are."""

from __future__ import annotations

import io
from functools import partial
from html import escape
from typing import Any

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Image,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus.frames import Frame

from lsdc import __version__
from lsdc.charts.palette import SEVERITY_COLORS
from lsdc.dataset.dicom import DicomSlice, PatientHeader
from lsdc.errors import CorruptRunError
from lsdc.evaluation.metrics import METRICS
from lsdc.evaluation.metrics_file import read_metrics
from lsdc.labels import Severity
from lsdc.prediction.finding import Finding
from lsdc.prediction.reports.picture import marked_slice, png
from lsdc.prediction.reports.report import NOTICE, PROGRAM, SYNTHETIC_NOTICE, Report
from lsdc.runs import RunFolder

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
PICTURE_WIDTH, PICTURE_HEIGHT = 78 * mm, 110 * mm
# More findings than these on one slice stand below it, since a table does not break within a row.
MOST_BESIDE = 2
# The figures that a reader of one answer needs; the model card has the rest.
FIGURES = METRICS[:5]

_TEXT = ParagraphStyle("text", fontName="Helvetica", fontSize=9.5, leading=13)
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=8, leading=11, textColor=colors.HexColor("#555555"))
_TITLE = ParagraphStyle("title", parent=_TEXT, fontName="Helvetica-Bold", fontSize=17, leading=21)
_HEADING = ParagraphStyle(
    "heading", parent=_TEXT, fontName="Helvetica-Bold", fontSize=11.5, leading=15, spaceBefore=8, spaceAfter=3
)
_BANNER = ParagraphStyle(
    "banner", parent=_TEXT, fontName="Helvetica-Bold", alignment=TA_CENTER, textColor=colors.white, leading=14
)
_RULE = colors.HexColor("#cccccc")
_LINES = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]
)
_PATIENT_WORDS = {
    "name": "Patient",
    "patient_id": "Patient ID",
    "birth_date": "Date of birth",
    "sex": "Sex",
    "study_date": "Study date",
    "accession_number": "Accession number",
    "referring_physician": "Referring physician",
}


def as_pdf(report: Report) -> bytes:
    """The report as A4 pages."""
    buffer = io.BytesIO()
    # Invariant: no time of creation, which would tell when the patient was looked at.
    document = BaseDocTemplate(
        buffer, pagesize=A4, title="Report of graded points", author=PROGRAM, invariant=1, pageCompression=1
    )
    frame = Frame(MARGIN, MARGIN, WIDTH, A4[1] - 2 * MARGIN, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=partial(_draw_foot, report)))
    document.build([*_head(report), *_summary(report), *_slices(report), *_runs(report)])
    return buffer.getvalue()


def printable(words: str) -> str:
    """Words in the letters that the font has; others become question marks.

    Examples:
        >>> printable("Müller 山田")
        'Müller ??'
    """
    return words.encode("cp1252", errors="replace").decode("cp1252")


def _head(report: Report) -> list[Flowable]:
    parts: list[Flowable] = [Paragraph("Graded points of a lumbar spine", _TITLE), Spacer(0, 3 * mm), _banner(NOTICE)]
    if report.synthetic:
        parts.append(_banner(SYNTHETIC_NOTICE))
    parts.append(Spacer(0, 4 * mm))
    return [*parts, _patient(report.patient), Spacer(0, 4 * mm)]


def _banner(words: str) -> Table:
    background = TableStyle([("BACKGROUND", (0, 0), (-1, -1), colors.HexColor(SEVERITY_COLORS[Severity.SEVERE]))])
    return Table([[Paragraph(words, _BANNER)]], colWidths=[WIDTH], style=background, spaceAfter=1 * mm)


def _patient(patient: PatientHeader | None) -> Flowable:
    if patient is None:
        return Paragraph("The patient's identifiers were removed.", _TEXT)
    known = {words: getattr(patient, field) for field, words in _PATIENT_WORDS.items() if getattr(patient, field)}
    # DICOM separates the parts of a name by carets.
    lines = [[_text(words), _text(value.replace("^", " ").strip())] for words, value in known.items()]
    if not lines:
        return Paragraph("The header of the image names no patient.", _TEXT)
    return Table(lines, colWidths=[40 * mm, WIDTH - 40 * mm], style=_LINES)


def _summary(report: Report) -> list[Flowable]:
    head = ["", "Condition", "Level", "Side", "Answer", *Severity]
    lines = [[_bold(words) for words in head]]
    for number, finding in enumerate(report.findings, start=1):
        shares = [f"{finding.grade.probabilities[severity]:.1%}" for severity in Severity]
        place = [finding.condition.display, finding.level, finding.side]
        lines.append([_text(words) for words in (str(number), *place)] + [_answer(finding), *map(_text, shares)])
    widths = [share * WIDTH for share in (0.04, 0.26, 0.09, 0.1, 0.16, 0.14, 0.11, 0.1)]
    return [Table(lines, colWidths=widths, style=_LINES, repeatRows=1), Spacer(0, 6 * mm)]


def _slices(report: Report) -> list[Flowable]:
    return [part for image in report.images for part in (*_slice(report, image), Spacer(0, 5 * mm))]


def _slice(report: Report, image: DicomSlice) -> list[Flowable]:
    findings = report.on(image)
    drawn = io.BytesIO(png(marked_slice(image, findings)))
    picture = Image(drawn, PICTURE_WIDTH, PICTURE_HEIGHT, kind="proportional")
    plane = image.plane.plane if image.plane else "unplaced"
    number = "" if image.instance_number is None else f", image {image.instance_number}"
    caption = Paragraph(f"{plane.capitalize()} slice{number}.", _SMALL)
    said = [_finding(number, finding) for number, finding in findings]
    if len(said) > MOST_BESIDE:
        return [KeepTogether([picture, caption]), *(KeepTogether(parts) for parts in said)]
    beside = [part for parts in said for part in parts]
    widths = [PICTURE_WIDTH + 5 * mm, WIDTH - PICTURE_WIDTH - 5 * mm]
    style = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
    return [KeepTogether(Table([[[picture, caption], beside]], colWidths=widths, style=style))]


def _finding(number: int, finding: Finding) -> list[Flowable]:
    grade, point = finding.grade, finding.point
    shares = ", ".join(f"{severity} {share:.1%}" for severity, share in grade.probabilities.items())
    unsure = "" if finding.sure else f" Most probable: {grade.severity}."
    lines = [
        f"Column {point.col:.1f}, row {point.row:.1f}, in pixels.",
        f"Probabilities: {shares}.{unsure}",
        f"Made from {grade.num_real} of {grade.num_slices} slices by run {finding.run.run_id}.",
    ]
    if grade.nearest:
        labels = ", ".join(grade.nearest.rows["label"])
        lines.append(f"Nearest training cases: {labels}. Of all of them, {grade.nearest.percentile:.0f} % lie nearer.")
    parts: list[Flowable] = [Paragraph(f"{number}. {_escaped(finding.title)}", _HEADING), _answer(finding)]
    parts += [_text(line) for line in lines]
    return parts + [Paragraph(f"<b>Note:</b> {_escaped(warning)}", _TEXT) for warning in grade.warnings]


def _runs(report: Report) -> list[Flowable]:
    runs = {finding.run.run_id: finding.run for finding in report.findings}
    return [part for run in runs.values() for part in (KeepTogether(_run(run)), Spacer(0, 4 * mm))]


def _run(run: RunFolder) -> list[Flowable]:
    synthetic = " of SYNTHETIC phantoms" if run.data["synthetic"] else ""
    name = run.notes().name
    heading = f"Run {run.run_id}" + (f" ({name})" if name else "")
    learned = f"It learned from {run.data['studies']} studies of {run.data['name']}{synthetic}."
    return [Paragraph(_escaped(heading), _HEADING), _text(learned), *_figures(run)]


def _figures(run: RunFolder) -> list[Flowable]:
    try:
        metrics = read_metrics(run)
    except CorruptRunError:
        return [_text("How good it is cannot be read from its folder.")]
    chosen = " It was also chosen on these rows." if metrics["chosen_on_these_rows"] else ""
    rows = (
        f"On its {metrics['scored_on']} rows ({metrics['rows']} points of {metrics['studies']} studies), "
        f"with 95 % intervals:{chosen}"
    )
    figures = [[_text(metric.title), _text(_score(metrics["metrics"][metric.name]))] for metric in FIGURES]
    return [_text(rows), Table(figures, colWidths=[60 * mm, WIDTH - 60 * mm], style=_LINES)]


def _score(score: Any) -> str:
    if score["value"] is None:
        return "undefined"
    interval = "" if score["low"] is None else f" ({score['low']:.3f} to {score['high']:.3f})"
    return f"{score['value']:.3f}{interval}"


def _answer(finding: Finding) -> Paragraph:
    color = SEVERITY_COLORS[finding.grade.severity] if finding.sure else "#555555"
    return Paragraph(f'<font color="{color}"><b>{finding.answer}</b></font>', _TEXT)


def _bold(words: str) -> Paragraph:
    return Paragraph(f"<b>{_escaped(words)}</b>", _SMALL)


def _text(words: str) -> Paragraph:
    return Paragraph(_escaped(words), _TEXT)


def _escaped(words: str) -> str:
    return escape(printable(words))


def _draw_foot(report: Report, canvas: Canvas, document: BaseDocTemplate) -> None:
    mark = "SYNTHETIC. " if report.synthetic else ""
    canvas.setFont("Helvetica", 8)
    canvas.setFillColor(colors.HexColor("#555555"))
    canvas.drawString(MARGIN, 10 * mm, f"{mark}{NOTICE} {PROGRAM} {__version__}.")
    canvas.drawRightString(A4[0] - MARGIN, 10 * mm, str(document.page))
