"""All runs and where they stand."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lsdc.ui.errors import friendly_errors
from lsdc.ui.runs import ListedRun, progress_share, read_runs

REFRESH_SECONDS = 5.0


def draw_listing(runs: Sequence[ListedRun]) -> None:
    """Draw the table, again and again while one of the runs goes on."""
    is_live = any(not listed.status.state.is_over for listed in runs)
    st.fragment(_draw, run_every=REFRESH_SECONDS if is_live else None)()


def _draw() -> None:
    with friendly_errors():
        runs, _ = read_runs()
        with st.expander(f"All runs ({len(runs)})", icon=":material/list:"):
            st.dataframe(
                pd.DataFrame([_line(listed) for listed in runs]),
                hide_index=True,
                column_config={
                    "Progress": st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100),
                    "Tags": st.column_config.ListColumn(),
                },
                key="train_runs",
            )


def _line(listed: ListedRun) -> dict[str, object]:
    status = listed.status
    return {
        "Run": listed.label,
        "Created": listed.started,
        "State": f"{status.state}, number {listed.place}" if listed.place else str(status.state),
        "Network": listed.network,
        "Progress": None if listed.members else 100 * progress_share(status),
        "Epochs": "" if listed.members else f"{status.epoch} of {status.epochs}",
        "Data": f"{listed.data_name}{' (SYNTHETIC)' if listed.synthetic else ''}",
        "Tags": list(listed.notes.tags),
        "Note": listed.notes.note,
        "Message": status.message,
    }
