"""The label table itself, to read and to take away."""

import pandas as pd
import streamlit as st

from lsdc.dataset.tables import select_rows
from lsdc.labels import Sequence
from lsdc.ui.datasets import DataSet


def draw_rows(data: DataSet, table: pd.DataFrame) -> None:
    """Draw the rows of the filter, with downloads of them and of the axial table of all conditions."""
    axial = select_rows(data.table, sequence=Sequence.AXIAL_T2)
    with st.container(horizontal=True):
        _download("These rows", table, f"{data.name}-points.csv")
        _download("Master_data (all Axial T2 rows)", axial, f"{data.name}-master-data.csv")
    st.caption(f"{len(table):,} rows: one for each labelled point. x and y are in pixels of the image.")
    st.dataframe(
        table,
        height=560,
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="%d") for name in ("study_id", "series_id", "instance_number")
        },
        key="explore_rows",
    )


def _download(label: str, table: pd.DataFrame, name: str) -> None:
    # Written only when somebody asks: 48,000 rows take a moment.
    st.download_button(
        f"{label}, CSV",
        lambda: table.to_csv(index=False, lineterminator="\n"),
        file_name=name,
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
