"""Charts of a search."""

import pandas as pd

from lsdc.charts.parallel import parallel_coordinates
from lsdc.charts.search import importance_bars, search_history
from lsdc.charts.sentences import about_importance, about_parallel, about_search

NAN = float("nan")
TRIALS = pd.DataFrame(
    {
        "trial": [1, 2, 3, 4],
        "state": ["infeasible", "finished", "pruned", "finished"],
        "loss": [NAN, 0.8, 0.9, 0.6],
        "best": [NAN, 0.8, 0.8, 0.6],
        "values": ["a", "b", "c", "d"],
    }
)


def test_a_trial_without_a_loss_has_no_mark_and_the_line_is_the_lowest_so_far(drawn):
    for table in drawn(search_history(TRIALS)):
        assert table["trial"].tolist() == [2, 3, 4]
        assert table["best"].tolist() == [0.8, 0.8, 0.6]

    assert about_search(TRIALS).startswith(
        "Of 4 trials 2 have finished. Trial 4 has the lowest validation loss, 0.6000"
    )


def test_before_a_trial_has_finished_the_sentence_says_so():
    assert about_search(TRIALS.head(1)) == "No trial has finished yet."


def test_importances_are_bars_in_their_order(drawn):
    shares = {"Dropout": 0.7, "Activation": 0.3}

    assert importance_bars(shares).to_dict()["layer"][0]["encoding"]["y"]["sort"] == ["Dropout", "Activation"]
    assert "Dropout explains 70%" in about_importance(shares)


def test_an_axis_by_decades_places_the_middle_decade_in_the_middle(drawn):
    values = pd.DataFrame({"Learning rate": [1e-4, 1e-3, 1e-2]}, index=["trial 1", "trial 2", "trial 3"])

    (lines,) = drawn(parallel_coordinates(values, ["trial 2"], by_decades=["Learning rate"]))

    assert lines.set_index("run")["place"].round(6).to_dict() == {"trial 1": 0.0, "trial 2": 0.5, "trial 3": 1.0}
    assert "trial 2" in about_parallel("trial 2")
