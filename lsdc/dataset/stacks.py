"""Slices of one series and one orientation beside each other, from their headers: how far apart they lie."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lsdc.dataset.challenge_files import SERIES_KEYS
from lsdc.dataset.series import SAME_POSITION_MM

NORMAL = ["normal_x", "normal_y", "normal_z"]
POSITION = ["x_mm", "y_mm", "z_mm"]


def neighbouring_slices(headers: pd.DataFrame) -> pd.DataFrame:
    """The slices that have one before them, with its distance.

    Slices of another orientation are not neighbours, and two at one place count as one.

    Args:
        headers: As `scan_headers` gives them.

    Returns:
        The headers of these slices, along their stacks, with `NORMAL` (of the stack), `before` (the instance number of the
        slice before), `along_mm` (the position along the normal) and `distance_mm` (from the slice before).
    """
    placed = headers[headers["plane"].notna()].reset_index(drop=True)
    placed[NORMAL] = normals(placed)
    # Stacks tilted to their discs may lie in each other, and have their own normals; a thousandth is a twentieth of a degree.
    stacks = [*SERIES_KEYS, *(placed[name].round(3).rename(f"tilt_{name}") for name in NORMAL)]
    # One normal for a stack: what the last digits differ by grows with the distance from the origin.
    placed[NORMAL] = placed.groupby(stacks)[NORMAL].transform("first")
    placed["along_mm"] = (placed[POSITION].to_numpy() * placed[NORMAL].to_numpy()).sum(axis=1)
    along = placed.sort_values("along_mm").groupby(stacks)
    placed["distance_mm"] = along["along_mm"].diff()
    placed["before"] = along["instance_number"].shift()
    return placed[placed["distance_mm"] > SAME_POSITION_MM].sort_values([*SERIES_KEYS, "along_mm"])


def normals(placed: pd.DataFrame) -> np.ndarray:
    """Unit vectors perpendicular to the slices, LPS, (slices, 3)."""
    rows, cols = (placed[[f"{name}_{axis}" for axis in "xyz"]].to_numpy() for name in ("row", "col"))
    return np.cross(rows, cols)
