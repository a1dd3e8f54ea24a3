"""What is wrong in the data set: findings, their cases, a picture of each, and what a run is to leave out."""

from typing import Any, cast

import pandas as pd
import streamlit as st

from lsdc.dataset.audit import KINDS, TABLE_KINDS, AuditFinding, Importance, Kind, as_review, finding_rows
from lsdc.dataset.reviews import as_csv
from lsdc.errors import LsdcError
from lsdc.labels import Condition
from lsdc.ui.audit import about_rows, audit_findings, case_pictures
from lsdc.ui.datasets import DataSet
from lsdc.ui.errors import as_text
from lsdc.ui.headers import has_images, scan_again

ICONS = {
    Importance.ERROR: ":red[:material/error:]",
    Importance.WARNING: ":orange[:material/warning:]",
    Importance.NOTE: ":gray[:material/info:]",
}
PLURALS = {Importance.ERROR: "Errors", Importance.WARNING: "Warnings", Importance.NOTE: "Notes"}
COLUMNS = {
    "study_id": "Study",
    "series_id": "Series",
    "instance_number": "Slice",
    "condition": "Condition",
    "side": "Side",
    "level": "Level",
    "detail": "What is odd",
}


def draw_audit(data: DataSet, table: pd.DataFrame) -> None:
    """Draw the findings on the rows of the filter."""
    everything = audit_findings(data)
    if everything is None:
        return
    if not has_images(data):
        st.info(
            "This data set holds no images, so only its tables were checked: grades and points, and series. Files, places, "
            "levels, sides and duplicates were not.",
            icon=":material/hide_image:",
        )
    findings = about_rows(everything, data, table)
    _draw_totals(findings)
    _draw_downloads(data, findings)
    if not any(found.kind.importance is not Importance.NOTE for found in findings):
        _draw_success(data)
    if findings:
        _draw_findings(data, findings)


def _draw_success(data: DataSet) -> None:
    with_images = has_images(data)
    checked = " Files, points, levels, sides, series and duplicates were checked." if with_images else ""
    st.success(f"No error and no warning.{checked}", icon=":material/verified:")
    _list_checks([kind for kind in KINDS.values() if with_images or kind.slug in TABLE_KINDS])


def _draw_totals(findings: list[AuditFinding]) -> None:
    with st.container(horizontal=True, key="audit_totals", gap="large"):
        for importance, plural in PLURALS.items():
            count = sum(found.count for found in findings if found.kind.importance is importance)
            st.metric(plural, f"{count:,}", width="content")


def _draw_downloads(data: DataSet, findings: list[AuditFinding]) -> None:
    review = as_review(findings, data.table)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "For training, CSV",
            lambda: as_csv(review),
            file_name=f"{data.name}-audit.csv",
            mime="text/csv",
            icon=":material/rule:",
            on_click="ignore",
            disabled=review.empty,
            help="A label review: choose it on Train under More, Data, Label review. Labels with an error are dropped.",
        )
        st.download_button(
            "All cases, CSV",
            lambda: finding_rows(findings).to_csv(index=False, lineterminator="\n"),
            file_name=f"{data.name}-findings.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            disabled=not findings,
        )
        st.button(
            "Look again",
            icon=":material/refresh:",
            type="tertiary",
            on_click=scan_again,
            args=(data,),
            disabled=not has_images(data),
            key="audit_again",
            help="Looks at every file; those that have changed are read again.",
        )


def _draw_findings(data: DataSet, findings: list[AuditFinding]) -> None:
    listing, details = st.columns([1, 2], gap="large")
    by_slug = {found.kind.slug: found for found in findings}
    with listing:
        slug = st.radio(
            "Findings",
            list(by_slug),
            format_func=lambda name: f"{ICONS[KINDS[name].importance]} {KINDS[name].title} · {by_slug[name].count:,}",
            key="audit_finding",
        )
    with details:
        _draw_finding(data, by_slug[slug])


def _draw_finding(data: DataSet, found: AuditFinding) -> None:
    kind = found.kind
    st.markdown(f"#### {ICONS[kind.importance]} {kind.title}")
    st.markdown(f"{kind.meaning}  \n**Training:** {kind.training}")
    rows = found.rows.reset_index(drop=True)
    shown = rows[[name for name in COLUMNS if rows[name].notna().any()]]
    picked = st.dataframe(
        shown.replace({"condition": {word.value: word.display for word in Condition}}),
        hide_index=True,
        height=min(38 + 35 * len(shown), 250),
        column_config={
            name: st.column_config.NumberColumn(title, format="%d") if name.endswith(("_id", "_number")) else title
            for name, title in COLUMNS.items()
        },
        on_select="rerun",
        selection_mode="single-row",
        key=f"audit_cases_{kind.slug}",
    )
    chosen = cast(dict[str, Any], picked)["selection"]["rows"]
    place = chosen[0] if chosen and chosen[0] < len(rows) else 0
    _draw_case(data, {str(name): value for name, value in rows.iloc[place].items()})


def _draw_case(data: DataSet, case: dict[str, Any]) -> None:
    st.caption(as_text(f"Study {case['study_id']}: {case['detail']}"))
    try:
        pictures = case_pictures(data, case)
    except LsdcError as error:
        # What is missing or damaged has no picture, which is no failure of this page.
        st.caption(f"No picture: {as_text(error.happened)}")
        return
    for column, picture in zip(st.columns(2), pictures, strict=False):
        with column:
            st.caption(f"**{picture.title}**")
            st.image(picture.image, alt=picture.alt)


def _list_checks(kinds: list[Kind]) -> None:
    with st.expander("What was checked", icon=":material/checklist:"):
        for importance, plural in PLURALS.items():
            if titles := [kind.title for kind in kinds if kind.importance is importance]:
                st.markdown(f"**{plural}**  \n" + "  \n".join(f"{ICONS[importance]} {title}" for title in titles))
