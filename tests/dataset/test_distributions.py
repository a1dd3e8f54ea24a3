"""Counts in bins lose nobody, and put everybody where they belong."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdc.dataset.distributions import density, histogram, spread

numbers = st.lists(st.floats(0, 1000), min_size=1, max_size=40)


@given(numbers, st.sampled_from([0.05, 0.5, 1, 2]))
def test_every_number_is_counted_once_in_the_bin_that_holds_it(values, step):
    counts = histogram(pd.DataFrame({"by": "a", "mm": values}), "mm", step, "by")

    assert counts["count"].sum() == len(values)
    assert min(values) >= counts["low"].min() - 1e-5
    assert max(values) <= counts["high"].max() + 1e-5


def test_whole_numbers_stand_in_the_middle_of_their_bins_and_missing_ones_in_none():
    table = pd.DataFrame({"by": ["a", "a", "b", "b"], "slices": [3, 3, 4, None]})

    counts = histogram(table, "slices", 1, "by")

    assert counts[["by", "value", "low", "high", "count"]].to_numpy().tolist() == [
        ["a", 3, 2.5, 3.5, 2],
        ["b", 4, 3.5, 4.5, 1],
    ]


def test_a_density_counts_cells_and_shades_them_by_the_fullest_of_their_own_words():
    points = pd.DataFrame(
        {"one": "a", "two": ["x", "x", "x", "y"], "right": [0.1, 0.2, 0.9, 0.1], "down": [-0.1, -0.1, 0.6, 0.1]}
    )

    cells = density(points, ("right", "down"), 0.5, ("one", "two"))

    assert cells["count"].tolist() == [2, 1, 1]
    assert cells["shade"].tolist() == [1.0, 0.5, 1.0]
    assert cells[["left", "right", "top", "bottom"]].iloc[0].tolist() == [0.0, 0.5, -0.5, 0.0]


def test_a_spread_is_the_median_and_all_but_the_outer_tenths():
    table = pd.DataFrame({"by": ["a"] * 11 + ["b"], "value": [*range(11), None]})

    found = spread(table, "value", "by")

    assert found.to_dict(orient="records") == [
        {"by": "a", "low": pytest.approx(1), "median": 5, "high": pytest.approx(9), "count": 11}
    ]
