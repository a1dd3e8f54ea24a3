"""Where points lie in the patient beside the other points of their level: wrong levels, exchanged sides, far slices.

Only points of one frame of reference are compared, since a patient may move between two; where the header names none, only
those of one series. Every rule looks at what most of the other points say, so that one wrong point accuses no other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from lsdc.dataset.audit.finding import in_words
from lsdc.labels import TARGETS, Condition, Level, Side, Target

Floats = npt.NDArray[np.float64]

# Discs are 25 to 45 mm apart, and what is marked at one of them lies within 12 mm, seen from the side.
OWN_LEVEL_MM = 14.0
NEARER_BY_MM = 8.0
FAR_MM = 22.0
# Where the other levels alone tell: a spine bends off the line through them.
FAR_FROM_LINE_MM = 36.0
# Across: slices are 4 to 5 mm apart; how far aside a structure lies varies by half of this within a spine.
FAR_ASIDE_MM = 12.0
# Beyond the jitter of clicks and the thickness of a slice.
SWAPPED_MM = 3.0
# To the patient's left of the middle, where the other levels of the same spine do not tell.
ASIDE_MM = {
    Condition.SPINAL_CANAL_STENOSIS: 0.0,
    Condition.NEURAL_FORAMINAL_NARROWING: 18.0,
    Condition.SUBARTICULAR_STENOSIS: 10.0,
}
SIGNS = {Side.LEFT: 1.0, Side.RIGHT: -1.0, Side.MIDLINE: 0.0}
MIDDLE_TARGET = Target(Condition.SPINAL_CANAL_STENOSIS, Side.MIDLINE)
PAIRS = [
    (TARGETS.index(Target(condition, Side.LEFT)), TARGETS.index(Target(condition, Side.RIGHT)))
    for condition in Condition
    if Side.LEFT in condition.sides
]
PLACE = ["x_mm", "y_mm", "z_mm"]
FEW_OTHERS = 2


def located(points: pd.DataFrame, headers: pd.DataFrame) -> pd.DataFrame:
    """Points with what the header of their image says, and where they lie in the patient.

    Returns:
        The points whose image was read, with `rows`, `cols`, `frame`, and `PLACE`, LPS in mm, NaN if it is not known.
    """
    told = headers[headers["error"].isna()].drop(columns=["study_id", "series_id", "instance_number"])
    both = points.merge(told, on="image")
    along_row, down_column = both["x"] * both["col_spacing_mm"], both["y"] * both["row_spacing_mm"]
    for axis in "xyz":
        both[f"{axis}_mm"] += along_row * both[f"row_{axis}"] + down_column * both[f"col_{axis}"]
    both["frame"] = both["frame_of_reference_uid"].fillna("series " + both["series_id"].astype("str"))
    return both


def outside(points: pd.DataFrame) -> pd.DataFrame:
    """Located points that lie beyond the border of their image, by the rule by which crops refuse them."""
    x, y = points["x"], points["y"]
    beyond = points[~(x.between(0, points["cols"] - 1) & y.between(0, points["rows"] - 1))]
    form = "The point is at x {:.1f}, y {:.1f}, and the image has {:.0f} × {:.0f} px."
    return beyond.assign(detail=in_words(form, *(beyond[name] for name in ("x", "y", "cols", "rows"))))


def misplaced(points: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Located points that contradict the others, each under the first of the kinds that explains it."""
    placed = points[points[PLACE].notna().all(axis=1)].reset_index(drop=True)
    if placed.empty:
        return {}
    spines = _Spines(placed)
    swapped = spines.swapped()
    whole = swapped & _in_swapped_series(placed, swapped)
    nearest = spines.nearest_level()
    wrong = ~swapped & (nearest >= 0)
    exchanged = wrong & _is_exchanged(placed, nearest)
    far = ~swapped & ~wrong & spines.is_far()
    at = pd.Series([list(Level)[rank].value for rank in nearest], index=placed.index)
    lies_at = in_words("It lies where the points of {} are.", at)
    details = {
        "swapped_series": (whole, pd.Series("All pairs of the series are exchanged.", index=placed.index)),
        "swapped_sides": (swapped & ~whole, pd.Series("It lies on the other side.", index=placed.index)),
        "exchanged_levels": (exchanged, lies_at),
        "wrong_level": (wrong & ~exchanged, lies_at),
        "far_slice": (far, spines.distance_text()),
    }
    expected = spines.expected()
    return {
        slug: placed[chosen].assign(
            detail=detail[chosen],
            **{f"expected_{axis}": expected[chosen.to_numpy(), number] for number, axis in enumerate(PLACE)},
        )
        for slug, (chosen, detail) in details.items()
    }


class _Spines:
    """The points of all spines as one array, and what the others say of each of them."""

    def __init__(self, placed: pd.DataFrame) -> None:
        self._index = placed.index
        self._points = placed[PLACE].to_numpy()
        slugs = [f"{target.condition} {target.side}" for target in TARGETS]
        self._spine = placed.groupby(["study_id", "frame"]).ngroup().to_numpy()
        self._target = pd.Index(slugs).get_indexer(pd.Index(placed["condition"] + " " + placed["side"]))
        self._level = pd.Index([level.value for level in Level]).get_indexer(pd.Index(placed["level"]))
        # Spine, target, level, axis; missing points are NaN.
        self._places = np.full((self._spine.max() + 1, len(TARGETS), len(Level), 3), np.nan)
        self._places[self._spine, self._target, self._level] = self._points
        centers = self._centers_of_others()
        self._on_line = np.isnan(centers[..., 0])
        self._centers = _continued(centers)
        self._middles = self._middles_of_levels()
        self._aside = self._usual_aside()

    def swapped(self) -> pd.Series:
        """Which points lie on the wrong side of their partner, bool, aligned."""
        crossed = np.zeros(self._places.shape[:3], bool)
        for left, right in PAIRS:
            over = self._places[:, right, :, 0] - self._places[:, left, :, 0] > SWAPPED_MM
            crossed[:, left] = crossed[:, right] = over
        return pd.Series(crossed[self._spine, self._target, self._level], index=self._index)

    def nearest_level(self) -> npt.NDArray[np.intp]:
        """The rank of the level that a point lies at, if that is plainly another one than its own; else -1."""
        distances = np.linalg.norm(self._centers[self._spine, self._target] - self._points[:, None, 1:], axis=-1)
        own = distances[np.arange(len(self._points)), self._level]
        known = np.where(np.isnan(distances), np.inf, distances)
        nearest = known.argmin(axis=1)
        plainly = (own > OWN_LEVEL_MM) & (known.min(axis=1) + NEARER_BY_MM < own) & (known.min(axis=1) < FAR_MM)
        return np.where(plainly, nearest, -1)

    def is_far(self) -> pd.Series:
        """Which points lie far from where they are expected, seen from the side or across."""
        away = self._points - self.expected()
        beside = np.abs(away[:, 0]) > FAR_ASIDE_MM
        far_mm = np.where(self._on_line[self._spine, self._target, self._level], FAR_FROM_LINE_MM, FAR_MM)
        return pd.Series(beside | (np.linalg.norm(away[:, 1:], axis=1) > far_mm), index=self._index)

    def distance_text(self) -> pd.Series:
        """How far each point lies from where it is expected."""
        away = np.linalg.norm(np.nan_to_num(self._points - self.expected()), axis=1)
        return in_words("{:.0f} mm from where the others expect it.", pd.Series(away, index=self._index))

    def expected(self) -> Floats:
        """Where the other points expect each one, LPS in mm, (points, 3); NaN where they do not tell."""
        aside = self._middles[self._spine, self._level] + self._aside[self._spine, self._target]
        return np.column_stack([aside, self._centers[self._spine, self._target, self._level]])

    def _centers_of_others(self) -> Floats:
        """(spines, targets, levels, 2): the median of y and z over all targets but one, at each level; NaN if it has few."""
        centers = np.empty((*self._places.shape[:3], 2))
        for target in range(len(TARGETS)):
            others = np.delete(self._places[..., 1:], target, axis=1)
            few = np.isfinite(others[..., 0]).sum(axis=1) < FEW_OTHERS
            centers[:, target] = _median(others, axis=1)
            # One other point alone may itself be the wrong one: what the other levels say is safer.
            centers[:, target][few] = np.nan
        return centers

    def _middles_of_levels(self) -> Floats:
        """(spines, levels): x of the middle of each level, by its canal and its pairs."""
        across = self._places[..., 0]
        pairs = [(across[:, left] + across[:, right]) / 2 for left, right in PAIRS]
        middles = np.stack([across[:, TARGETS.index(MIDDLE_TARGET)], *pairs], axis=1)
        known = np.isfinite(middles)
        spread = np.where(known, middles, -np.inf).max(axis=1) - np.where(known, middles, np.inf).min(axis=1)
        count = known.sum(axis=1)
        # A single one may be wrong, and so may either of two that disagree: the whole spine's middle is safer.
        unsure = (count < FEW_OTHERS) | ((count == FEW_OTHERS) & (spread > FAR_ASIDE_MM / 2))
        of_level = _median(middles, axis=1)
        of_spine = _median(np.where(unsure, np.nan, of_level), axis=1)
        return np.where(unsure, of_spine[:, None], of_level)

    def _usual_aside(self) -> Floats:
        """(spines, targets): how far to the patient's left of the middle each target lies, over the levels."""
        signs = np.array([SIGNS[target.side] for target in TARGETS])
        # How far, whichever way: most of a spine's sides may be exchanged.
        usual = signs * _median(np.abs(self._places[..., 0] - self._middles[:, None]), axis=2)
        assumed = signs * [ASIDE_MM[target.condition] for target in TARGETS]
        few = np.isfinite(self._places[..., 0]).sum(axis=2) < 3
        # A canal is in the middle by its own definition.
        return np.where(few | (assumed == 0), assumed, usual)


def _in_swapped_series(placed: pd.DataFrame, swapped: pd.Series) -> pd.Series:
    """Which points belong to a series all of whose pairs are exchanged, several of them at least."""
    sided = placed.assign(swapped=swapped)[placed["side"] != Side.MIDLINE]
    # A point without its partner cannot be seen to be exchanged.
    paired = sided[sided.duplicated(["study_id", "series_id", "condition", "level"], keep=False)]
    by_series = paired.groupby(["study_id", "series_id"])["swapped"].agg(["all", "size"])
    whole = by_series.index[by_series["all"] & (by_series["size"] >= 4)]
    keys = pd.MultiIndex.from_frame(placed[["study_id", "series_id"]])
    return pd.Series(keys.isin(whole), index=placed.index)


def _is_exchanged(placed: pd.DataFrame, nearest: npt.NDArray[np.intp]) -> pd.Series:
    """Which points of a wrong level lie where another one of the same target belongs, and that one where they do."""
    levels = [level.value for level in Level]
    keys = ["study_id", "frame", "condition", "side"]
    wrong = placed[keys].assign(level=placed["level"], at=[levels[rank] if rank >= 0 else "" for rank in nearest])
    there = pd.MultiIndex.from_frame(wrong[[*keys, "level", "at"]])
    back = pd.MultiIndex.from_frame(wrong[[*keys, "at", "level"]])
    return pd.Series(back.isin(there), index=placed.index)


def _median(values: Floats, axis: int) -> Floats:
    """The median of the numbers that are there; NaN where none is."""
    # NumPy's own, where there is nothing, warns.
    missing = np.isnan(values).all(axis=axis, keepdims=True)
    median = np.nanmedian(np.where(missing, 0.0, values), axis=axis)
    return np.where(np.take(missing, 0, axis), np.nan, median)


def _continued(centers: Floats) -> Floats:
    """Centres with those that are missing put on the line through the others of their spine, if there are three."""
    ranks = np.arange(len(Level))
    continued = centers.copy()
    for spine, target in np.argwhere(np.isnan(centers[..., 0]).any(axis=2)):
        places = continued[spine, target]
        known = np.isfinite(places[:, 0])
        if known.sum() >= 3:
            slope, offset = np.polyfit(ranks[known], places[known], 1)
            places[~known] = offset + np.outer(ranks[~known], slope)
    return continued
