"""Charts of what probabilities and slices are worth."""

import pandas as pd
import pytest

from lsdc.charts.reliability import reliability_diagram
from lsdc.charts.slices import metric_by_slices

BINS = pd.DataFrame(
    {
        "low": [0.0, 0.4, 0.8],
        "high": [0.4, 0.8, 1.0],
        "rows": [0, 2, 8],
        "confidence": [None, 0.6, 0.9],
        "accuracy": [None, 0.5, 0.875],
        "accuracy_low": [None, None, 0.7],
        "accuracy_high": [None, None, 1.0],
    }
)
SCORES = pd.DataFrame(
    {
        "run": ["b", "b", "a"],
        "slices": [1, 3, 1],
        "value": [0.7, 0.8, 0.6],
        "low": [0.6, 0.7, None],
        "high": [0.8, 0.9, None],
    }
)


def test_bins_without_rows_are_not_drawn(drawn):
    (bins,) = [table for table in drawn(reliability_diagram(BINS)) if "rows" in table]

    assert bins["rows"].tolist() == [2, 8]


def test_the_bars_of_the_bins_stand_in_the_ratio_of_their_rows(drawn):
    (bins,) = [table for table in drawn(reliability_diagram(BINS)) if "rows" in table]

    assert bins["height"].iloc[1] == pytest.approx(4 * bins["height"].iloc[0])
    # Nothing but the bars of the bins may be where dots are read.
    assert bins["height"].max() < 1 / 3


def test_the_diagonal_is_a_run_that_is_as_sure_as_it_is_right():
    layers = reliability_diagram(BINS).to_dict()["layer"]

    (diagonal,) = [layer for layer in layers if layer["mark"]["type"] == "line"]
    assert diagonal["encoding"]["x"]["field"] == diagonal["encoding"]["y"]["field"]


def test_runs_keep_their_order_and_stand_beside_each_other():
    encoding = metric_by_slices(SCORES, "Macro AUC").to_dict()["layer"][-1]["encoding"]

    assert encoding["color"]["scale"]["domain"] == ["b", "a"]
    assert encoding["xOffset"]["sort"] == ["b", "a"]
    assert encoding["y"]["title"] == "Macro AUC"
