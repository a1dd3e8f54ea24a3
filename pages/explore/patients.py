"""What goes with what within a patient."""

import pandas as pd
import streamlit as st

from lsdc.charts.patients import patients
from lsdc.dataset.tables import labelled
from lsdc.ui.charts import show_in_columns


def draw_patients(table: pd.DataFrame, grades: pd.DataFrame) -> None:
    """Draw what is narrowed together, left against right, how grades change along the spine, and what is graded at all.

    Args:
        table: The rows of the filter, of any severity: what is narrowed is compared with what is not.
        grades: Those of train.csv that the filter keeps, marked or not.
    """
    st.caption(
        "Of a study it is asked whether a level or a condition is Moderate or worse anywhere; the filter of severity does not act here."
    )
    if labelled(table).empty:
        st.info("None of these points has a grade.", icon=":material/info:")
        return
    show_in_columns(patients(table, grades))
