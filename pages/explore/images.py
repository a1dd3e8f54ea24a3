"""What the images of the filter are like: where their points lie, how they were taken, and how grades look."""

import pandas as pd
import streamlit as st

from lsdc.charts.image_exploration import places, scanners
from lsdc.dataset.filters import Filter
from lsdc.ui.charts import show_titled
from lsdc.ui.datasets import DataSet
from lsdc.ui.headers import image_headers
from lsdc.ui.image_facts import placed_points, series_facts
from pages.explore.geometry import draw_geometry
from pages.explore.mean_crops import draw_mean_crops
from pages.explore.views import choose_view

VIEWS = {"points": "Points", "geometry": "Geometry", "scanner": "Scanner", "crops": "Crops"}
APART = {"Level": "level", "Severity": "severity"}


def draw_images(data: DataSet, table: pd.DataFrame, chosen: Filter) -> None:
    """Draw the view that is looked at.

    Args:
        data: The data set in use.
        table: The rows of its label table that the filter keeps.
        chosen: The filter.
    """
    view = choose_view(VIEWS, key="explore_images_view")
    if view == "crops":
        draw_mean_crops(data, table, chosen)
        return
    headers = image_headers(data)
    if headers is None:
        return
    if view == "points":
        _draw_points(placed_points(data, chosen), len(table))
    elif view == "geometry":
        draw_geometry(series_facts(data, table), placed_points(data, chosen))
    else:
        _draw_scanners(headers[headers["study_id"].isin(table["study_id"])])


def _draw_points(points: pd.DataFrame, asked: int) -> None:
    if len(points) < asked:
        st.caption(
            f"{asked - len(points):,} of {asked:,} points are on images that are missing or cannot be read; see Audit."
        )
    apart = APART[
        st.segmented_control(
            "Apart by", list(APART), default="Level", required=True, key="explore_points_apart", persist_state="session"
        )
    ]
    charts = places(points, apart)
    for titled in charts:
        show_titled(titled)
    if not charts:
        st.info("None of these points can be drawn.", icon=":material/info:")


def _draw_scanners(headers: pd.DataFrame) -> None:
    charts = scanners(headers)
    if not charts:
        st.info(
            "The files do not say what took them: manufacturer, model and field strength are absent from every header. "
            "The challenge removed them, so nothing here can be compared by scanner.",
            icon=":material/info:",
        )
    for column, titled in zip(st.columns(3, gap="large"), charts, strict=False):
        with column:
            show_titled(titled)
