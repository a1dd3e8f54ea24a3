"""What the headers of a data set's images say of its series and of the places of its points. All angles are in degrees."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lsdc.dataset.audit.places import located
from lsdc.dataset.challenge_files import SERIES_KEYS
from lsdc.dataset.geometry import Plane
from lsdc.dataset.stacks import neighbouring_slices, normals
from lsdc.labels import Level

KEPT = ["study_id", "condition", "side", "level", "severity", "series_description", "split"]


def describe_series(series: pd.DataFrame, headers: pd.DataFrame) -> pd.DataFrame:
    """What each series is made of.

    Args:
        series: As `load_series_table` gives it.
        headers: As `scan_headers` gives them.

    Returns:
        The series with a readable slice, with `slices`, `size` (as “512 × 512”, columns first), `spacing_mm` (between
        columns) and `distance_mm` (between slices); NaN where the headers do not tell.
    """
    readable = headers[headers["error"].isna()]
    facts = readable.groupby(list(SERIES_KEYS), as_index=False).agg(
        slices=("image", "size"),
        cols=("cols", "median"),
        rows=("rows", "median"),
        spacing_mm=("col_spacing_mm", "median"),
    )
    facts["size"] = [f"{cols:.0f} × {rows:.0f}" for cols, rows in zip(facts["cols"], facts["rows"], strict=True)]
    facts = facts.drop(columns=["cols", "rows"]).merge(slice_distances(readable), on=list(SERIES_KEYS), how="left")
    return series.merge(facts, on=list(SERIES_KEYS))


def count_series(series: pd.DataFrame) -> pd.DataFrame:
    """How many studies have how many series of each sequence.

    Args:
        series: As `describe_series` gives them.

    Returns:
        Columns `series_description`, `series` (0 where a study lacks the sequence) and `studies`, by the first two; the
        studies of each sequence add up to all of them.
    """
    by_study = series.pivot_table(index="study_id", columns="series_description", aggfunc="size", fill_value=0)
    counts = by_study.melt(value_name="series").value_counts(["series_description", "series"])
    return counts.rename("studies").sort_index().reset_index()


def slice_distances(headers: pd.DataFrame) -> pd.DataFrame:
    """The median distance of neighbouring slices of each series, from their positions along the normal.

    Returns:
        `SERIES_KEYS` and `distance_mm`; series without neighbours are absent.
    """
    return neighbouring_slices(headers).groupby(list(SERIES_KEYS))["distance_mm"].median().reset_index()


def place_points(points: pd.DataFrame, headers: pd.DataFrame) -> pd.DataFrame:
    """Where each labelled point lies on its image.

    Args:
        points: A label table with the column `split`.
        headers: As `scan_headers` gives them.

    Returns:
        The points whose image was read: `KEPT`, `across` and `down` (x / width and y / height), `right_mm` and `down_mm`
        (from the middle of the image), and of points on axial slices `to_axis` and `to_spine`: the angle of the slice's
        normal with the patient's head axis, and with the spine's course at the level, seen from the side.
    """
    found = located(points, headers)
    tilts = _tilts(found)
    return found[KEPT].assign(
        across=found["x"] / found["cols"],
        down=found["y"] / found["rows"],
        right_mm=(found["x"] - (found["cols"] - 1) / 2) * found["col_spacing_mm"],
        down_mm=(found["y"] - (found["rows"] - 1) / 2) * found["row_spacing_mm"],
        **tilts,
    )


def _tilts(found: pd.DataFrame) -> dict[str, np.ndarray]:
    axial = np.where((found["plane"] == Plane.AXIAL).to_numpy()[:, None], normals(found), np.nan)
    from_side = axial[:, 1:] / np.linalg.norm(axial[:, 1:], axis=1, keepdims=True)
    course = _course(found)
    return {
        "to_axis": np.degrees(np.arccos(np.clip(np.abs(axial[:, 2]), 0, 1))),
        "to_spine": np.degrees(np.arccos(np.clip(np.abs((from_side * course).sum(axis=1)), 0, 1))),
    }


def _course(found: pd.DataFrame) -> np.ndarray:
    """The direction of the spine at each point's level, seen from the side: unit vectors in y and z, (points, 2).

    From the middle of the points of the level above to that of the level below; of the level itself at the ends. NaN where
    one of them has no point in this frame of reference.
    """
    levels = [level.value for level in Level]
    rank = pd.Index(levels).get_indexer(pd.Index(found["level"]))
    spine = found.groupby(["study_id", "frame"]).ngroup().to_numpy()
    middles = found.groupby([spine, rank])[["y_mm", "z_mm"]].median()
    whole = pd.MultiIndex.from_product([range(spine.max(initial=-1) + 1), range(len(levels))])
    places = middles.reindex(whole).to_numpy().reshape(-1, len(levels), 2)
    above, below = np.maximum(rank - 1, 0), np.minimum(rank + 1, len(levels) - 1)
    course = places[spine, below] - places[spine, above]
    return np.asarray(course / np.linalg.norm(course, axis=1, keepdims=True))
