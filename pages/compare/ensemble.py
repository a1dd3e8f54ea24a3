"""Make one run of several: the mean of their probabilities."""

from collections.abc import Sequence

import streamlit as st

from lsdc import settings
from lsdc.errors import LsdcError
from lsdc.evaluation.ensemble import MOST_MEMBERS, check_members, create_ensemble
from lsdc.runs import RunNotes
from lsdc.ui.errors import as_text
from lsdc.ui.scores import ScoredRun


def draw_ensemble(runs: Sequence[ScoredRun], everybody: Sequence[ScoredRun]) -> None:
    """Draw the choice of members, the reason why they cannot be averaged, or the button that does it."""
    _tell_made(everybody)
    trained = {run.listed.run.run_id: run for run in everybody if not run.listed.members}
    chosen = st.multiselect(
        f"Runs to average, at most {MOST_MEMBERS}",
        list(trained),
        default=[run.listed.run.run_id for run in runs if run.listed.run.run_id in trained],
        format_func=lambda run_id: trained[run_id].label,
        max_selections=MOST_MEMBERS,
        key="compare_members",
    )
    members = [trained[run_id].listed.run for run_id in chosen]
    if len(members) < 2:
        st.info("Choose at least two runs.", icon=":material/join:")
        return
    try:
        check_members(members)
    except LsdcError as error:
        st.warning(
            f"**These runs cannot be averaged.** {as_text(error.happened)} {as_text(error.expected)} {as_text(error.fix)}",
            icon=":material/join:",
        )
        return
    with st.form("compare_ensemble", border=False):
        name = st.text_input(
            "Name", placeholder="Optional: what sets it apart", max_chars=80, key="compare_member_name"
        )
        if st.form_submit_button("Save as a run", icon=":material/join:", type="primary"):
            made = create_ensemble(members, settings.runs_root(), RunNotes.parse(name=name))
            st.session_state["compare_made"] = made.run_id
            st.rerun()
    st.caption(
        "The mean of their probabilities on every row, scored as any run is. Grading with it takes as long as with all of "
        "its members, which it needs: while it is here, none of them can be removed."
    )


def _tell_made(everybody: Sequence[ScoredRun]) -> None:
    made = [run for run in everybody if run.listed.run.run_id == st.session_state.get("compare_made")]
    for run in made:
        st.success(f"**{as_text(run.label)}** is saved, and stands in the scoreboard.", icon=":material/check:")
        st.page_link(
            "pages/predict/page.py",
            label="Grade with it in Predict",
            icon=":material/radiology:",
            query_params={"run": run.listed.run.run_id},
        )
