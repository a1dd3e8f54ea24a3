"""The source report's own results, for orientation."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lsdc.evaluation.metrics import REPORT_METRICS
from lsdc.evaluation.report_reference import (
    REPORT_COLUMNS,
    REPORT_INCONSISTENCIES,
    REPORT_NOTE,
    REPORT_RESULTS,
)
from lsdc.ui.scores import ScoreGroup

TITLES = {metric.name: metric.title for metric in REPORT_METRICS}
NUMBERS = {title: st.column_config.NumberColumn(format="%.3f") for title in TITLES.values()}


def draw_reference(groups: Sequence[ScoreGroup]) -> None:
    """Draw the report's table, and our runs by the same definitions on their own rows."""
    with st.expander("The report's table, and these runs by its definitions", icon=":material/history_edu:"):
        st.caption("The report's split is not known. Its numbers stand here for orientation, and prove nothing.")
        st.markdown(REPORT_NOTE)
        st.dataframe(_table(groups), hide_index=True, column_config=NUMBERS, key="compare_reference", placeholder="–")
        st.markdown("What does not add up in the report:")
        st.markdown("\n".join(f"- {sentence}" for sentence in REPORT_INCONSISTENCIES))


def _table(groups: Sequence[ScoreGroup]) -> pd.DataFrame:
    lines = [
        {"Grader": f"Report: {name}", "Scored on": "unknown rows", **dict(zip(REPORT_COLUMNS, values, strict=True))}
        for name, values in REPORT_RESULTS.items()
    ]
    for group in groups:
        rows = f"{group.first.metrics['rows']:,} {group.first.metrics['scored_on']} rows"
        for line in group.lines():
            values = {name: line.scores[name]["value"] for name in TITLES}
            grader = line.label if line.run else f"Baseline: {line.label}"
            lines.append({"Grader": grader, "Scored on": rows, **values})
    return pd.DataFrame(lines, columns=["Grader", "Scored on", *TITLES]).rename(columns=TITLES)
