"""How the series of the filter were taken: how many slices, how large, how far apart, how tilted."""

import pandas as pd
import streamlit as st

from lsdc.charts.image_exploration import geometry
from lsdc.ui.charts import show_in_columns


def draw_geometry(series: pd.DataFrame, points: pd.DataFrame) -> None:
    """Draw a chart for each property.

    Args:
        series: As `describe_series` gives them.
        points: As `place_points` gives them.
    """
    if series.empty:
        st.info("None of these series has an image that can be read.", icon=":material/info:")
        return
    st.caption("All series of the sequences and studies of these points, also those without a point.")
    show_in_columns(geometry(series, points))
