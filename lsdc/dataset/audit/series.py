"""Checks on series: how their slices lie, and whether they are what the table calls them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lsdc.dataset.audit.finding import in_words
from lsdc.labels import Sequence

SERIES_KEYS = ["study_id", "series_id"]
# What the header of a series calls it, if it says as little as the challenge's do.
CONTRASTS = {Sequence.AXIAL_T2: "T2", Sequence.SAGITTAL_T1: "T1", Sequence.SAGITTAL_T2: "T2"}
PLANES = {Sequence.AXIAL_T2: "axial", Sequence.SAGITTAL_T1: "sagittal", Sequence.SAGITTAL_T2: "sagittal"}
SAME_SPACING = 0.01


def several_axial(series: pd.DataFrame) -> pd.DataFrame:
    """Studies with more than one axial series."""
    axial = series[series["series_description"] == Sequence.AXIAL_T2]
    counts = axial.groupby("study_id", as_index=False).size()
    several = counts[counts["size"] > 1]
    return several.assign(detail=in_words("{} axial series.", several["size"]))


def contradicting(series: pd.DataFrame, headers: pd.DataFrame) -> pd.DataFrame:
    """Series whose plane or contrast is not that of their description."""
    both = series.merge(_usual(headers, "plane"), on=SERIES_KEYS, how="left")
    both = both.merge(_usual(headers, "header_description"), on=SERIES_KEYS, how="left")
    plane = both["series_description"].map({word.value: plane for word, plane in PLANES.items()})
    contrast = both["series_description"].map({word.value: name for word, name in CONTRASTS.items()})
    other_plane = both["plane"].notna() & (both["plane"] != plane)
    # Other words, such as a hospital's own, are no contradiction.
    other_contrast = both["header_description"].isin(["T1", "T2"]) & (both["header_description"] != contrast)
    wrong = both[other_plane | other_contrast]
    plane, contrast = wrong["plane"].fillna("of unknown plane"), wrong["header_description"].fillna("")
    form = "Described as {}, but the images are {} and call themselves “{}”."
    return wrong.assign(detail=in_words(form, wrong["series_description"], plane, contrast))


def changing_spacing(headers: pd.DataFrame) -> pd.DataFrame:
    """Slices whose pixels are of another size than those of most slices of their series and matrix."""
    spaced = headers[headers["row_spacing_mm"].notna()]
    # Another matrix over the same field has other pixels, which is no contradiction.
    usual = spaced.groupby([*SERIES_KEYS, "cols"])["col_spacing_mm"].transform("median")
    wrong = spaced[(spaced["col_spacing_mm"] / usual - 1).abs() > SAME_SPACING]
    form = "Pixels of {:.3f} mm, elsewhere {:.3f} mm."
    return wrong.assign(detail=in_words(form, wrong["col_spacing_mm"], usual[wrong.index]))


def unusual_orientation(series: pd.DataFrame, headers: pd.DataFrame) -> pd.DataFrame:
    """Slices that lie in another plane than most of their series, or whose rows or columns run the other way."""
    placed = headers[headers["plane"].notna()].merge(series[SERIES_KEYS], on=SERIES_KEYS)
    usual = placed[SERIES_KEYS].merge(_usual(placed, "plane"), on=SERIES_KEYS, how="left")["plane"]
    other_plane = placed["plane"] != usual
    # As viewers show them: axial rows run to the left and columns to the back; sagittal ones to the back and the feet.
    axial = placed["plane"] == "axial"
    along_row = np.where(axial, placed["row_x"], placed["row_y"])
    down_column = np.where(axial, placed["col_y"], -placed["col_z"])
    turned = ~other_plane & placed["plane"].isin(["axial", "sagittal"]) & ((along_row < 0.5) | (down_column < 0.5))
    among = placed[other_plane].assign(
        detail=in_words("A {} slice among {} ones.", placed["plane"], usual)[other_plane]
    )
    aside = placed[turned].assign(detail="Turned or mirrored against the usual view.")
    return pd.concat([among, aside])


def without_place(points: pd.DataFrame, headers: pd.DataFrame) -> pd.DataFrame:
    """Images with points that do not say where they lie."""
    lost = headers[headers["error"].isna() & headers["plane"].isna()]
    return lost[lost["image"].isin(points["image"])].assign(detail="Position, orientation or pixel size is absent.")


def _usual(headers: pd.DataFrame, column: str) -> pd.DataFrame:
    """The word that most slices of each series have in a column, with `SERIES_KEYS`; series without any are absent."""
    counts = headers.groupby([*SERIES_KEYS, column], as_index=False).size()
    return counts.sort_values("size", ascending=False, kind="stable").drop_duplicates(SERIES_KEYS).drop(columns="size")
