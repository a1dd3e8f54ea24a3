"""What the images of the filter are like: where their points lie, how they were taken, and how grades look."""

import pandas as pd
import streamlit as st

from lsdc.charts import image_sentences
from lsdc.charts.images import point_density, word_counts
from lsdc.dataset.distributions import density
from lsdc.dataset.filters import Filter
from lsdc.ui.charts import show_chart
from lsdc.ui.datasets import DataSet
from lsdc.ui.headers import image_headers
from lsdc.ui.image_facts import placed_points, series_facts
from pages.explore.geometry import draw_geometry
from pages.explore.mean_crops import draw_mean_crops
from pages.explore.views import choose_view

VIEWS = {"points": "Points", "geometry": "Geometry", "scanner": "Scanner", "crops": "Crops"}
APART = {"Level": "level", "Severity": "severity"}
SHARE_STEP, STEP_MM, REACH_MM = 0.025, 5.0, 125.0
SCANNERS = {"manufacturer": "Manufacturer", "scanner": "Model", "field_strength_t": "Field strength, tesla"}


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
    inside = points[points["across"].between(0, 1) & points["down"].between(0, 1) & points[apart].notna()]
    if inside.empty:
        st.info("None of these points can be drawn.", icon=":material/info:")
        return
    by = ("series_description", apart)
    show_chart(
        point_density(
            density(inside, ("across", "down"), SHARE_STEP, by),
            apart,
            titles=("share of the width", "share of the height"),
            reach=(0, 1),
        ),
        sentence=image_sentences.about_places(inside),
        title="Where the points lie on the image",
        width="content",
        file_name=f"points_by_{apart}.csv",
    )
    measured = inside[inside["right_mm"].notna()]
    if not measured.empty:
        show_chart(
            point_density(
                density(measured, ("right_mm", "down_mm"), STEP_MM, by),
                apart,
                titles=("mm right of the middle", "mm below the middle"),
                reach=(-REACH_MM, REACH_MM),
            ),
            sentence=image_sentences.about_distances(measured),
            title="How far they lie from its middle",
            width="content",
            file_name=f"points_mm_by_{apart}.csv",
        )


def _draw_scanners(headers: pd.DataFrame) -> None:
    told = {name: title for name, title in SCANNERS.items() if headers[name].notna().any()}
    if not told:
        st.info(
            "The files do not say what took them: manufacturer, model and field strength are absent from every header. "
            "The challenge removed them, so nothing here can be compared by scanner.",
            icon=":material/info:",
        )
    for column, (name, title) in zip(st.columns(len(SCANNERS), gap="large"), told.items(), strict=False):
        of_study = headers.groupby("study_id")[name].first().astype("str").replace("nan", "not said")
        counts = of_study.value_counts().rename_axis("value").reset_index(name="count").head(12)
        with column:
            show_chart(
                word_counts(counts),
                sentence=image_sentences.about_scanners(counts),
                title=title,
                file_name=f"{name}.csv",
            )
