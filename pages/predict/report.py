"""What was graded, to take away."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from lsdc.dataset.series import study_of
from lsdc.prediction.finding import Finding
from lsdc.prediction.reports import Report, ReportFormat, check_report, make_report

MIME = {
    ReportFormat.PDF: "application/pdf",
    ReportFormat.JSON: "application/json",
    ReportFormat.CSV: "text/csv",
    ReportFormat.STRUCTURED: "application/dicom",
    ReportFormat.CAPTURE: "application/octet-stream",
}
ABOUT = {
    ReportFormat.PDF: "Pages to read: each marked slice, its grades, and what the model is.",
    ReportFormat.JSON: "Everything, for programs.",
    ReportFormat.CSV: "A line for each point, for spreadsheets.",
    ReportFormat.STRUCTURED: "Coded findings that refer to the images, for hospital software.",
    ReportFormat.CAPTURE: "The marked slice as an image that any viewer of the hospital shows.",
}


def draw_report(findings: Sequence[Finding]) -> None:
    """Draw the choice of a format and the download. The file is made when somebody takes it, in memory.

    Raises:
        ReportError: If the findings cannot be written down in this format.
    """
    if not findings:
        return
    st.markdown("#### Report")
    if len({study_of(finding.image) for finding in findings}) > 1:
        st.info(
            "The points are of several patients or studies, which a report does not tell apart. Keep those of one, and "
            "report each for itself.",
            icon=":material/groups:",
        )
        return
    report_format = st.segmented_control(
        "Format",
        list(ReportFormat),
        format_func=lambda kind: kind.display,
        default=ReportFormat.PDF,
        required=True,
        key="predict_report_format",
    )
    st.caption(ABOUT[report_format])
    with_identifiers = st.toggle(
        "With the patient's identifiers",
        key="predict_report_identifiers",
        help="Off: name, number, dates and whatever else names a person are left out. The numbers of the images (UIDs) stay, "
        "by which a report finds them. Text that is burned into the picture itself stays too.",
    )
    if with_identifiers:
        st.warning("The file will name the patient. Keep it where the images may be kept.", icon=":material/badge:")
    report = Report(findings=tuple(findings), with_identifiers=with_identifiers)
    check_report(report, report_format)
    st.download_button(
        "Download the report",
        partial(make_report, report, report_format),
        file_name=report_format.file_name(report),
        mime=MIME[report_format],
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
        key="predict_report",
    )
