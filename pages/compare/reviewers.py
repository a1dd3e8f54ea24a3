"""The files of reviewers: taken away, brought in, and set beside each other."""

from collections.abc import Sequence

import streamlit as st

from lsdc.dataset.review_files import ReviewFile
from lsdc.dataset.reviews import as_csv
from lsdc.evaluation.reviewers import agreement
from lsdc.ui.errors import as_text, friendly_errors
from lsdc.ui.reviews import files_of, take_in
from lsdc.ui.scores import ScoredRun


def draw_files(file: ReviewFile | None, runs: Sequence[ScoredRun]) -> None:
    """Draw where a reviewer's decisions lie, their download, and the upload of anybody's."""
    if file and file.path.exists():
        st.markdown(f"**Decisions of {as_text(file.reviewer)}**")
        st.code(str(file.path), language=None, wrap_lines=True)
        st.caption("Train leaves out what it drops: under Data, More, choose it as the label review.")
        st.download_button(
            "Download CSV",
            as_csv(file.read()),
            file_name=file.path.name,
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="compare_review_download",
        )
    with st.form("compare_review_upload", border=False, clear_on_submit=True):
        upload = st.file_uploader("A review as CSV", type="csv", key="compare_review_file")
        st.caption(
            "It goes to the file of the reviewer whom it names; of two decisions on a label the later one counts."
        )
        sent = st.form_submit_button("Take it in", icon=":material/upload:")
    if sent and upload is not None:
        with friendly_errors():
            st.success(as_text(take_in(upload.getvalue(), runs)))


def draw_agreement(fingerprint: str) -> None:
    """Draw whether two reviewers agree on the labels that both decided on."""
    st.markdown("#### Two reviewers")
    files = {file.reviewer: file for file in files_of(fingerprint)}
    if len(files) < 2:
        st.caption("When a second person has decided on some of these labels, this says how far the two agree.")
        return
    with st.container(horizontal=True):
        first = st.selectbox("First", list(files), key="compare_review_first", width=220)
        second = st.selectbox("Second", list(files), index=1, key="compare_review_second", width=220)
    if first == second:
        st.info("Choose two different reviewers.", icon=":material/group:")
        return
    result = agreement(files[first].read(), files[second].read())
    if not result.labels:
        st.info("There is no label on which both have decided.", icon=":material/group_off:")
        return
    kappa = "undefined: both used one word only" if result.kappa is None else f"{result.kappa:.3f}"
    st.markdown(
        f"Both decided on **{result.labels:,}** labels, and alike on **{result.agreed:,}**. Cohen's kappa, unweighted: **{kappa}**."
    )
    counts, differing = st.columns([1, 2], gap="large")
    with counts:
        st.caption(f"Rows: {as_text(first)}. Columns: {as_text(second)}.")
        st.dataframe(result.counts.rename_axis(index=first), key="compare_review_counts")
    with differing:
        st.caption("Where they differ.")
        named = result.differing.assign(condition=result.differing["condition"].str.replace("_", " "))
        named = named.rename(columns={"study_id": "study", "first": first, "second": second})
        st.dataframe(
            named,
            hide_index=True,
            height=200 if len(named) > 5 else "content",
            column_config={"study": st.column_config.NumberColumn(format="%d")},
            key="compare_review_differing",
        )
