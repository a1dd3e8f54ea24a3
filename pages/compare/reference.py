"""The source report's own results, for orientation."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lsdc.evaluation.metrics import REPORT_METRICS
from lsdc.evaluation.report_reference import REPORT_COLUMNS, REPORT_INCONSISTENCIES, REPORT_RESULTS
from lsdc.ui.scores import ScoreGroup

TITLES = {metric.name: metric.title for metric in REPORT_METRICS}


def draw_reference(groups: Sequence[ScoreGroup]) -> None:
    """Draw the report's table, and our runs by the same definitions on their own rows."""
    with st.expander("The report's table, and these runs by its definitions", icon=":material/history_edu:"):
        st.caption("The report's split is not known. Its numbers stand here for orientation, and prove nothing.")
        st.dataframe(_table(groups), column_config=_columns(), key="compare_reference", placeholder="–")
        st.markdown("What does not add up in the report:")
        st.markdown("\n".join(f"- {sentence}" for sentence in REPORT_INCONSISTENCIES))


def _table(groups: Sequence[ScoreGroup]) -> pd.DataFrame:
    rows = {
        f"Report: {name}": dict(zip(REPORT_COLUMNS, values, strict=True)) for name, values in REPORT_RESULTS.items()
    }
    for group in groups:
        for label, scores, _ in group.lines("report_metrics"):
            rows[label] = {name: score["value"] for name, score in scores.items() if name in TITLES}
    return pd.DataFrame.from_dict(rows, orient="index").reindex(columns=list(TITLES)).rename(columns=TITLES)


def _columns() -> dict[str, object]:
    return {title: st.column_config.NumberColumn(format="%.3f") for title in TITLES.values()}
