"""Charts of runs: learning, confusion, curves, intervals, probabilities."""

import numpy as np
import pandas as pd
import pytest

from lsdc.charts.confusion import confusion_matrix
from lsdc.charts.curves import MOST_POINTS, Ranking, precision_recall_curve, roc_curve
from lsdc.charts.learning import learning_curve, validation_curves
from lsdc.charts.scores import class_probabilities, metric_intervals
from lsdc.charts.sentences import about_confusion, about_learning
from lsdc.labels import Severity

HISTORY = pd.DataFrame(
    {
        "epoch": [1, 2, 3],
        "stage": [1, 1, 1],
        "loss": [1.0, 0.8, 0.5],
        "accuracy": [0.4, 0.6, 0.8],
        "val_loss": [1.1, 0.9, 1.2],
        "val_accuracy": [0.4, 0.5, 0.45],
    }
)


def random_ranking(rows, seed=0):
    rng = np.random.default_rng(seed)
    return Ranking(is_severity=rng.random(rows) < 0.3, probability=rng.random(rows))


def test_the_epoch_of_the_lowest_validation_loss_is_marked(drawn):
    tables = drawn(learning_curve(HISTORY, "loss"))

    (best,) = [table for table in tables if list(table.columns) == ["epoch"]]
    assert best["epoch"].tolist() == [2]
    assert "epoch 2" in about_learning(HISTORY, "loss")


def test_runs_of_different_length_share_one_frame(drawn):
    (lines,) = drawn(validation_curves({"long": HISTORY, "short": HISTORY.head(1)}, "accuracy"))

    assert lines.groupby("run").size().to_dict() == {"long": 3, "short": 1}


def test_each_row_of_a_confusion_matrix_has_shares_of_one_or_none(drawn):
    (cells,) = drawn(confusion_matrix([[8, 2, 0], [1, 1, 2], [0, 0, 0]]))

    assert cells["count"].sum() == 14
    assert cells.groupby("label")["share"].sum().to_dict() == {"Normal/Mild": 1.0, "Moderate": 1.0, "Severe": 0.0}


def test_the_sentence_on_confusion_names_the_missed_severe_points():
    assert "Of 10 Severe points 6 are graded Severe, and 1 (10%) Normal/Mild." in about_confusion(
        [[5, 0, 0], [0, 5, 0], [1, 3, 6]]
    )
    assert "No scored row is Severe" in about_confusion([[5, 0, 0], [0, 5, 0], [0, 0, 0]])


@pytest.mark.parametrize("draw", [roc_curve, precision_recall_curve])
def test_a_curve_of_many_rows_is_thinned_and_keeps_its_ends(draw, drawn):
    tables = drawn(draw({"run": random_ranking(20_000)}))

    (curve,) = [table for table in tables if "run" in table]
    assert len(curve) <= MOST_POINTS + 1
    assert {curve["x"].iloc[0], curve["x"].iloc[-1]} == {0.0, 1.0}


def test_a_perfect_ranking_reaches_the_corner(drawn):
    perfect = Ranking(is_severity=np.array([False, False, True]), probability=np.array([0.1, 0.2, 0.9]))

    tables = drawn(roc_curve({"run": perfect}))

    (curve,) = [table for table in tables if "run" in table]
    assert ((curve["x"] == 0) & (curve["y"] == 1)).any()


def test_a_severity_that_no_row_or_every_row_has_cannot_be_drawn():
    nothing = Ranking(is_severity=np.zeros(3, bool), probability=np.zeros(3))
    everything = Ranking(is_severity=np.ones(3, bool), probability=np.zeros(3))

    assert not nothing.is_drawable
    assert not everything.is_drawable
    assert random_ranking(50).is_drawable


def test_without_any_interval_only_dots_are_drawn():
    scores = pd.DataFrame({"run": ["a"], "value": [0.5], "low": [None], "high": [None], "is_baseline": [False]})

    layers = metric_intervals(scores, "Macro AUC").to_dict()["layer"]

    assert [layer["mark"]["type"] for layer in layers] == ["circle"]


def test_probabilities_are_drawn_in_the_order_of_severity(drawn):
    (table,) = drawn(class_probabilities({Severity.SEVERE: 0.1, Severity.MODERATE: 0.3, Severity.NORMAL_MILD: 0.6}))

    assert table["severity"].tolist() == ["Normal/Mild", "Moderate", "Severe"]
    assert table["probability"].tolist() == [0.6, 0.3, 0.1]
