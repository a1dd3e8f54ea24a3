"""What the chosen model is, in one line, and which others are asked beside it."""

from collections.abc import Sequence

import streamlit as st

from lsdc.ui.errors import as_text
from lsdc.ui.frame import SYNTHETIC_BADGE
from lsdc.ui.runs import ListedRun


def describe_model(listed: ListedRun) -> None:
    """Say what it learned, and from which data."""
    config = listed.config
    targets = ", ".join(target.title for target in config.targets)
    mark = f" {SYNTHETIC_BADGE}" if listed.synthetic else ""
    st.caption(f"{targets} · {listed.network} · learned from {as_text(listed.data_name)}{mark}")


def choose_more(listed: ListedRun, able: Sequence[ListedRun]) -> list[ListedRun]:
    """Draw the choice of further models; they may have learned other conditions."""
    others = {other.run.run_id: other for other in able if other is not listed}
    if not others:
        return []
    chosen = st.multiselect(
        "More models",
        list(others),
        format_func=lambda run_id: others[run_id].line,
        placeholder="None",
        key="predict_more",
        help="They grade the same points, as far as they learned them.",
    )
    return [others[run_id] for run_id in chosen]
