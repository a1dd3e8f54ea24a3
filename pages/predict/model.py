"""What the chosen model is, in one line."""

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
