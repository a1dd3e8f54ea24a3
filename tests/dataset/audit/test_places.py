"""Which points contradict the others of their spine, on spines whose every point is known."""

import pandas as pd
import pytest

from lsdc.dataset.audit.places import ASIDE_MM, SIGNS, misplaced
from lsdc.labels import TARGETS, Level

CANAL = "spinal_canal_stenosis"
# The line through the lower four levels of such a spine misses the first by five times as much.
BEND_MM = 5.0


@pytest.fixture
def spine():
    """All points of a bent spine, 33 mm from level to level, one row each."""
    rows = [
        {
            "study_id": 1,
            "series_id": 2,
            "frame": "1.2",
            "condition": target.condition.value,
            "side": target.side.value,
            "level": level.value,
            "x_mm": ASIDE_MM[target.condition] * SIGNS[target.side],
            "y_mm": BEND_MM * level.rank**2,
            "z_mm": -33.0 * level.rank,
        }
        for target in TARGETS
        for level in Level
    ]
    return pd.DataFrame(rows)


def moved(points, condition, level, **by_mm):
    """The points with one of the middle moved."""
    there = (points["condition"] == condition) & (points["level"] == level)
    return points.assign(**{axis: points[axis] + there * mm for axis, mm in by_mm.items()})


def kinds(points):
    return {slug: list(rows["level"]) for slug, rows in misplaced(points).items() if len(rows)}


def alone_at(points, level):
    """The points without those that tell where the canal's one of this level should be."""
    return points[(points["level"] != level) | (points["condition"] == CANAL)]


def test_a_bent_spine_is_in_order(spine):
    assert kinds(spine) == {}


def test_a_point_is_far_where_the_others_of_its_level_say_so(spine):
    assert kinds(moved(spine, CANAL, Level.L1_L2, y_mm=24.0)) == {"far_slice": ["L1/L2"]}


def test_the_other_levels_alone_accuse_no_point_of_the_bend_of_its_spine(spine):
    assert kinds(alone_at(spine, Level.L1_L2)) == {}


def test_the_other_levels_alone_are_enough_for_what_is_plainly_elsewhere(spine):
    points = moved(alone_at(spine, Level.L1_L2), CANAL, Level.L1_L2, y_mm=20.0)

    assert kinds(points) == {"far_slice": ["L1/L2"]}


def test_a_point_too_far_aside_is_far_however_its_place_is_known(spine):
    assert kinds(moved(alone_at(spine, Level.L1_L2), CANAL, Level.L1_L2, x_mm=14.0)) == {"far_slice": ["L1/L2"]}


def test_two_points_in_each_others_place_are_exchanged(spine):
    points = moved(spine, CANAL, Level.L2_L3, z_mm=-33.0, y_mm=3 * BEND_MM)
    points = moved(points, CANAL, Level.L3_L4, z_mm=33.0, y_mm=-3 * BEND_MM)

    assert kinds(points) == {"exchanged_levels": ["L2/L3", "L3/L4"]}
