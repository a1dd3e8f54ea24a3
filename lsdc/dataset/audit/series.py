"""Checks on series: how their slices lie, and whether they are what the table calls them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lsdc.dataset.audit.finding import in_words
from lsdc.dataset.geometry import Plane
from lsdc.dataset.stacks import neighbouring_slices
from lsdc.labels import Sequence

SERIES_KEYS = ["study_id", "series_id"]
# What the header of a series calls it, if it says as little as the challenge's do.
CONTRASTS = {Sequence.AXIAL_T2: "T2", Sequence.SAGITTAL_T1: "T1", Sequence.SAGITTAL_T2: "T2"}
PLANES = {Sequence.AXIAL_T2: "axial", Sequence.SAGITTAL_T1: "sagittal", Sequence.SAGITTAL_T2: "sagittal"}
SAME_SPACING = 0.01
# Positions of one stack are exact; a distance that is off by a quarter is another one.
SAME_DISTANCE = 0.25
# From so many distances on, their median says what is usual in a series.
FEW_DISTANCES = 3
# Axial slices are often taken in groups, one at each disc: so many times the usual distance apart begins another group.
NEXT_GROUP = 3.5


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


def uneven_distances(headers: pd.DataFrame, incomplete: pd.DataFrame) -> pd.DataFrame:
    """Slices that are nearer to the one before them, or farther from it, than is usual in their series, or that say so.

    Args:
        headers: As `scan_headers` gives them.
        incomplete: `SERIES_KEYS` of series of which another check names lost slices; their gaps are known.
    """
    apart = neighbouring_slices(headers)
    by_series = apart.groupby(SERIES_KEYS)["distance_mm"]
    apart = apart.assign(usual_mm=by_series.transform("median"))[by_series.transform("size") >= FEW_DISTANCES]
    return pd.concat([_uneven(apart, incomplete), _misstated(headers, apart)])


def _uneven(apart: pd.DataFrame, incomplete: pd.DataFrame) -> pd.DataFrame:
    times = apart["distance_mm"] / apart["usual_mm"]
    is_next_group = (apart["plane"] == Plane.AXIAL) & (times > NEXT_GROUP)
    lost = pd.MultiIndex.from_frame(apart[SERIES_KEYS]).isin(pd.MultiIndex.from_frame(incomplete[SERIES_KEYS]))
    odd = apart[((times - 1).abs() > SAME_DISTANCE) & ~is_next_group & ~lost]
    form = "{:.1f} mm from slice {}, elsewhere {:.1f} mm from slice to slice."
    return odd.assign(detail=in_words(form, *(odd[name] for name in ("distance_mm", "before", "usual_mm"))))


def _misstated(headers: pd.DataFrame, apart: pd.DataFrame) -> pd.DataFrame:
    """Slices whose header says another distance than the positions of their series."""
    told = headers[headers["slice_spacing_mm"].notna()].merge(
        apart[[*SERIES_KEYS, "usual_mm"]].drop_duplicates(), on=SERIES_KEYS
    )
    odd = told[(told["slice_spacing_mm"] / told["usual_mm"] - 1).abs() > SAME_DISTANCE]
    form = "The header says {:.1f} mm from slice to slice, the positions say {:.1f} mm."
    return odd.assign(detail=in_words(form, odd["slice_spacing_mm"], odd["usual_mm"]))


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
