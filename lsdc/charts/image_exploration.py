"""The charts of images and of the places of points on them, each with its title and sentence."""

from __future__ import annotations

import re

import pandas as pd

from lsdc.charts import image_sentences
from lsdc.charts.images import (
    brightness_spans,
    distribution,
    point_density,
    series_counts,
    size_counts,
    tilt_spans,
    word_counts,
)
from lsdc.charts.titled import NoChart, TitledChart, TitledFacets, TitledLayers
from lsdc.dataset.distributions import count_words, density, histogram, spread
from lsdc.dataset.image_facts import count_series

SEQUENCE = "series_description"
SHOWN_SIZES = 10
SHOWN_SCANNERS = 12
AGAINST = {"to_axis": "against the patient's axis", "to_spine": "against the spine's course at the level"}
SHARE_STEP, STEP_MM, REACH_MM = 0.025, 5.0, 125.0
SCANNERS = {"manufacturer": "Manufacturer", "scanner": "Model", "field_strength_t": "Field strength, tesla"}


def places(points: pd.DataFrame, apart: str) -> list[TitledFacets]:
    """Where points lie on their images: as shares of the image, then in mm; the second is absent without pixel sizes.

    Args:
        points: As `place_points` gives them.
        apart: `level` or `severity`; points without it are left out.
    """
    inside = points[points["across"].between(0, 1) & points["down"].between(0, 1) & points[apart].notna()]
    measured = inside[inside["right_mm"].notna()]
    by = (SEQUENCE, apart)
    charts: list[TitledFacets] = []
    if not inside.empty:
        charts.append(
            TitledChart(
                title=f"Where the points lie on the image, by {apart}",
                name=f"points_by_{apart}",
                chart=point_density(
                    density(inside, ("across", "down"), SHARE_STEP, by),
                    apart,
                    titles=("share of the width", "share of the height"),
                    reach=(0, 1),
                ),
                sentence=image_sentences.about_places(inside),
            )
        )
    if not measured.empty:
        charts.append(
            TitledChart(
                title=f"How far they lie from its middle, by {apart}",
                name=f"points_mm_by_{apart}",
                chart=point_density(
                    density(measured, ("right_mm", "down_mm"), STEP_MM, by),
                    apart,
                    titles=("mm right of the middle", "mm below the middle"),
                    reach=(-REACH_MM, REACH_MM),
                ),
                sentence=image_sentences.about_distances(measured),
            )
        )
    return charts


def geometry(series: pd.DataFrame, points: pd.DataFrame) -> list[TitledLayers | NoChart]:
    """How many series and slices there are, how large, how far apart, how tilted.

    Args:
        series: As `describe_series` gives them, at least one.
        points: As `place_points` gives them.
    """
    return [
        _series_counts(series),
        _numbers(series, "slices", 2, title="Slices of a series", axis="slices", form=".0f", unit=""),
        _numbers(
            series, "spacing_mm", 0.05, title="Pixel spacing", axis="distance of pixels, mm", form=".2f", unit=" in mm"
        ),
        _numbers(
            series,
            "distance_mm",
            0.5,
            title="Distance of slices",
            axis="distance of neighbouring slices, mm",
            form=".1f",
            unit=" in mm",
        ),
        _sizes(series),
        _tilts(points),
    ]


def scanners(headers: pd.DataFrame) -> list[TitledLayers]:
    """What took the studies, for each fact that some header tells; none where the headers tell nothing.

    Args:
        headers: As `scan_headers` gives them.
    """
    return [_scanner(headers, column, title) for column, title in SCANNERS.items() if headers[column].notna().any()]


def brightness(kind: str, of_crops: pd.DataFrame, auc: float) -> TitledLayers:
    """How bright crops are by grade.

    Args:
        kind: What the crops show.
        of_crops: Of crops of one kind, columns `severity` and `brightness`.
        auc: As `about_brightness` wants it.
    """
    return TitledChart(
        title="Brightness of the crop by grade",
        name="brightness_" + re.sub(r"\W+", "_", kind.lower()),
        chart=brightness_spans(spread(of_crops, "brightness", "severity")),
        sentence=image_sentences.about_brightness(of_crops, auc),
    )


def _series_counts(series: pd.DataFrame) -> TitledLayers:
    counts = count_series(series)
    return TitledChart(
        title="Series of a study",
        name="series_per_study",
        chart=series_counts(counts),
        sentence=image_sentences.about_series_counts(counts),
    )


def _numbers(
    series: pd.DataFrame, column: str, step: float, *, title: str, axis: str, form: str, unit: str
) -> TitledLayers | NoChart:
    counts = histogram(series, column, step, SEQUENCE)
    if counts.empty:
        return NoChart(title=title, reason="The headers of these series do not tell.")
    return TitledChart(
        title=title,
        name=column,
        chart=distribution(counts, title=axis, of="series"),
        sentence=image_sentences.about_numbers(series, column, form, unit),
    )


def _sizes(series: pd.DataFrame) -> TitledLayers:
    frequent = series["size"].value_counts().index[:SHOWN_SIZES]
    value = series["size"].where(series["size"].isin(frequent), "another size")
    counts = series.assign(value=value).value_counts([SEQUENCE, "value"]).rename("count").reset_index()
    order = counts.groupby("value")["count"].transform("sum")
    counts = counts.assign(order=order).sort_values("order", ascending=False, kind="stable").drop(columns="order")
    return TitledChart(
        title="Size of the images, px",
        name="image_sizes",
        chart=size_counts(counts),
        sentence=image_sentences.about_sizes(counts),
    )


def _tilts(points: pd.DataFrame) -> TitledLayers | NoChart:
    title = "Tilt of axial slices"
    spans = pd.concat([spread(points, column, "level").assign(against=words) for column, words in AGAINST.items()])
    if spans.empty:
        return NoChart(title=title, reason="None of these points is on an axial slice that says how it lies.")
    return TitledChart(title=title, name="tilt", chart=tilt_spans(spans), sentence=image_sentences.about_tilts(spans))


def _scanner(headers: pd.DataFrame, column: str, title: str) -> TitledLayers:
    counts = count_words(headers.groupby("study_id")[column].first(), SHOWN_SCANNERS)
    return TitledChart(
        title=title, name=column, chart=word_counts(counts), sentence=image_sentences.about_scanners(counts)
    )
