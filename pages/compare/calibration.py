"""How far the probabilities of some runs can be believed."""

from collections.abc import Sequence

import streamlit as st

from lsdc.charts.reliability import reliability_diagram
from lsdc.evaluation.calibration_file import about_fit, about_reliability, read_calibration
from lsdc.ui.charts import show_chart
from lsdc.ui.errors import as_text, friendly_errors
from lsdc.ui.score_tables import reliability_table
from lsdc.ui.scores import ScoredRun


def draw_calibration(runs: Sequence[ScoredRun]) -> None:
    """Draw the reliability diagram of each run."""
    for run, column in zip(runs, st.columns(len(runs), gap="large"), strict=True):
        with column, friendly_errors():
            st.markdown(f"#### {as_text(run.label)}")
            _draw_run(run)
    if any(run.listed.run.has_calibration for run in runs):
        st.caption(
            "Dots on the dashed line are as sure as they are right; below it the run is too sure. Lines are 95 % "
            "intervals from resampling studies; an open dot has too few studies for one. Grey bars: how many rows."
        )


def _draw_run(run: ScoredRun) -> None:
    if not run.listed.run.has_calibration:
        st.info("This run has no record of its calibration. Repeat it to get one.", icon=":material/straighten:")
        return
    record = read_calibration(run.listed.run)
    show_chart(reliability_diagram(reliability_table(record)), sentence=about_reliability(record))
    st.caption(about_fit(record))
