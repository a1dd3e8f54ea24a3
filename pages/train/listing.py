"""All runs and where they stand."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lsdc.ui.runs import ListedRun, read_runs

REFRESH_SECONDS = 5.0


def draw_listing(runs: Sequence[ListedRun]) -> None:
    """Draw the table, again and again while one of the runs goes on."""
    is_live = any(not listed.status.state.is_over for listed in runs)
    st.fragment(_draw, run_every=REFRESH_SECONDS if is_live else None)()


def _draw() -> None:
    runs, _ = read_runs()
    with st.expander(f"All runs ({len(runs)})", icon=":material/list:"):
        st.dataframe(
            pd.DataFrame([_line(listed) for listed in runs]),
            hide_index=True,
            key="train_runs",
        )


def _line(listed: ListedRun) -> dict[str, object]:
    status = listed.status
    return {
        "Run": listed.label,
        "Started": listed.started,
        "State": str(status.state),
        "Epochs": f"{status.epoch} of {status.epochs}",
        "Data": f"{listed.data_name}{' (SYNTHETIC)' if listed.synthetic else ''}",
        "Message": status.message,
    }
