"""What a chart of images shows, in one sentence with its numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lsdc.charts.words import counted, each_of, listed
from lsdc.dataset.distributions import NOT_SAID, OTHERS
from lsdc.labels import Severity


def about_places(points: pd.DataFrame) -> str:
    """On `point_density` over the share of the image."""
    low, high = points[["across", "down"]].quantile(0.25), points[["across", "down"]].quantile(0.75)
    return (
        f"Half of {len(points):,} points lie between {low['across']:.0%} and {high['across']:.0%} of the width, and half "
        f"between {low['down']:.0%} and {high['down']:.0%} of the height. The shade is relative to the fullest cell of each picture."
    )


def about_distances(points: pd.DataFrame) -> str:
    """On `point_density` in mm from the middle."""
    away = pd.Series(np.hypot(points["right_mm"], points["down_mm"]))
    return f"Half of the points lie within {away.median():.0f} mm of the middle of their image, nine tenths within {away.quantile(0.9):.0f} mm."


def about_series_counts(counts: pd.DataFrame) -> str:
    """On `series_counts`."""
    studies = int(counts.groupby("series_description", observed=True)["studies"].sum().max())
    several = counts[counts["series"] > 1].groupby("series_description", observed=True)["studies"].sum()
    lacking = counts[counts["series"] == 0].set_index("series_description")["studies"]
    parts = [
        *(f"{count:,} with several {name} series" for name, count in several.items()),
        *(f"{count:,} without {name}" for name, count in lacking.items()),
    ]
    if not parts:
        return f"Each of {counted(studies, 'study', 'studies')} has one series of each sequence."
    return (
        f"Of {counted(studies, 'study', 'studies')}: {'; '.join(parts)}. All others have one series of each sequence."
    )


def about_numbers(series: pd.DataFrame, column: str, form: str, unit: str) -> str:
    """On the distribution of a number of series: its median and range by sequence.

    Args:
        series: As `describe_series` gives them.
        column: The number.
        form: How it is written, as in `.2f`.
        unit: Stands behind it.
    """
    parts = [
        f"{name} {values.median():{form}} ({values.min():{form}} to {values.max():{form}})"
        for name, values in series[series[column].notna()].groupby("series_description", observed=True)[column]
    ]
    return f"Median and range{unit}: {'; '.join(parts)}."


def about_sizes(counts: pd.DataFrame) -> str:
    """On `size_counts`."""
    totals = counts.groupby("value")["count"].sum().sort_values(ascending=False)
    if len(totals) == 1:
        return f"Every series has {totals.index[0]} px."
    return f"The most frequent size, {totals.index[0]} px, has {totals.iloc[0] / totals.sum():.0%} of the series; columns × rows."


def about_tilts(spans: pd.DataFrame) -> str:
    """On `tilt_spans`."""
    axis = spans[spans["against"] == spans["against"].iloc[0]]
    most = axis.nlargest(1, "median").iloc[0]
    return (
        f"Slices are tilted most at {most['level']}: {most['median']:.0f}° against the patient's axis at the median. The disc's "
        "own plane is not known; it is nearly square to the spine's course, which runs through the points of the levels above and below."
    )


def about_scanners(counts: pd.DataFrame) -> str:
    """On `word_counts` of scanners."""
    most, studies = int(counts["count"].iloc[0]), int(counts["count"].sum())
    named = ~counts["value"].isin([OTHERS, NOT_SAID]) | (counts.index == 0)
    names = counts.loc[named & (counts["count"] == most), "value"].tolist()
    silent = counts.loc[counts["value"] == NOT_SAID, "count"].sum()
    rest = f" Of {silent:,} the headers do not say it." if silent else ""
    frequent = f"{listed(names)} {'are' if len(names) > 1 else 'is'} the most frequent: {most:,}{each_of(names)}"
    return f"{frequent} of {counted(studies, 'study', 'studies')}.{rest}"


def about_brightness(brightness: pd.DataFrame, auc: float) -> str:
    """On `brightness_spans`.

    Args:
        brightness: Columns `severity` and `brightness`.
        auc: Of the brightness, for Severe against the rest; NaN where one of them is absent.
    """
    why = "Brightness changes with scanner, coil and sequence as it does with disease, so it alone is no grader."
    if np.isnan(auc):
        return f"Severe cannot be compared with the rest among {len(brightness):,} crops: one of them is absent. {why}"
    word = "brighter" if auc >= 0.5 else "darker"
    severe = int((brightness["severity"] == Severity.SEVERE).sum())
    return (
        f"Of {len(brightness):,} crops {severe:,} are Severe. Of a Severe one and another, the {word} is the Severe one in "
        f"{max(auc, 1 - auc):.0%} of pairs (AUC {max(auc, 1 - auc):.2f}); 50% is a coin. {why}"
    )
