"""How the series of the filter were taken: how many slices, how large, how far apart, how tilted."""

import pandas as pd
import streamlit as st

from lsdc.charts import image_sentences
from lsdc.charts.images import distribution, size_counts, tilt_spans
from lsdc.dataset.distributions import histogram, spread
from lsdc.ui.charts import show_chart

SEQUENCE = "series_description"
SHOWN_SIZES = 10
AGAINST = {"to_axis": "against the patient's axis", "to_spine": "against the spine's course at the level"}


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
    left, right = st.columns(2, gap="large")
    with left:
        _draw_series_counts(series)
        _draw_numbers(
            series, "spacing_mm", 0.05, title="Pixel spacing", axis="distance of pixels, mm", form=".2f", unit=" in mm"
        )
        _draw_sizes(series)
    with right:
        _draw_numbers(series, "slices", 2, title="Slices of a series", axis="slices", form=".0f", unit="")
        _draw_numbers(
            series,
            "distance_mm",
            0.5,
            title="Distance of slices",
            axis="distance of neighbouring slices, mm",
            form=".1f",
            unit=" in mm",
        )
        _draw_tilts(points)


def _draw_series_counts(series: pd.DataFrame) -> None:
    of_study = series.groupby(["study_id", SEQUENCE], observed=True).size().rename("series").reset_index()
    show_chart(
        distribution(
            histogram(of_study, "series", 1, SEQUENCE), title="series of one sequence in a study", of="studies"
        ),
        sentence=image_sentences.about_series_counts(series),
        title="Series of a study",
        file_name="series_per_study.csv",
    )


def _draw_numbers(
    series: pd.DataFrame, column: str, step: float, *, title: str, axis: str, form: str, unit: str
) -> None:
    counts = histogram(series, column, step, SEQUENCE)
    if counts.empty:
        st.markdown(f"#### {title}")
        st.info("The headers of these series do not tell.", icon=":material/info:")
        return
    show_chart(
        distribution(counts, title=axis, of="series"),
        sentence=image_sentences.about_numbers(series, column, form, unit),
        title=title,
        file_name=f"{column}.csv",
    )


def _draw_sizes(series: pd.DataFrame) -> None:
    frequent = series["size"].value_counts().index[:SHOWN_SIZES]
    value = series["size"].where(series["size"].isin(frequent), "another size")
    counts = series.assign(value=value).value_counts([SEQUENCE, "value"]).rename("count").reset_index()
    order = counts.groupby("value")["count"].transform("sum")
    counts = counts.assign(order=order).sort_values("order", ascending=False, kind="stable").drop(columns="order")
    show_chart(
        size_counts(counts),
        sentence=image_sentences.about_sizes(counts),
        title="Size of the images, px",
        file_name="image_sizes.csv",
    )


def _draw_tilts(points: pd.DataFrame) -> None:
    spans = pd.concat([spread(points, column, "level").assign(against=words) for column, words in AGAINST.items()])
    if spans.empty:
        st.markdown("#### Tilt of axial slices")
        st.info("None of these points is on an axial slice that says how it lies.", icon=":material/info:")
        return
    show_chart(
        tilt_spans(spans),
        sentence=image_sentences.about_tilts(spans),
        title="Tilt of axial slices",
        file_name="tilt.csv",
    )
