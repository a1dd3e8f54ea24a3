"""What is doubtful about a split, said before anything learns from it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from lsdc.config import TrainingConfig
from lsdc.dataset.splits import leaks


def draw_split_remarks(config: TrainingConfig, rows: Mapping[str, int]) -> None:
    """Warn of a split that leaks, and of one without test rows.

    Args:
        config: The hyperparameters.
        rows: How many rows each part of the split has.
    """
    if leaks(config.split):
        st.warning(
            "**This split leaks.** Slices of one patient are on both sides, so the score will be too good. "
            "Keep studies together, unless you mean to reproduce the report.",
            icon=":material/water_drop:",
        )
    if not rows.get("test"):
        st.warning(
            "**No test rows.** The run is scored on the rows that chose its best epoch, and is not ranked with tested runs.",
            icon=":material/rule:",
        )
