"""Charts of runs: learning, confusion, curves, intervals, probabilities."""

import numpy as np
import pandas as pd
import pytest

from lsdc.charts.confusion import Share, confusion_difference, confusion_matrix
from lsdc.charts.curves import precision_recall_curves, roc_curves
from lsdc.charts.learning import learning_curve, smoothed, validation_curves
from lsdc.charts.parallel import parallel_coordinates
from lsdc.charts.scores import class_probabilities, metric_by_part, metric_intervals
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


@pytest.mark.parametrize("draw", [roc_curves, precision_recall_curves])
def test_every_run_has_a_line_and_a_band(draw, drawn):
    curve = pd.DataFrame({"x": [0.0, 1.0], "y": [0.5, 1.0], "low": [0.4, 1.0], "high": [0.6, 1.0]})

    chart = draw({"a": curve, "b": curve})

    (points,) = [table for table in drawn(chart) if "run" in table]
    assert points.groupby("run").size().to_dict() == {"a": 2, "b": 2}
    assert [layer["mark"]["type"] for layer in chart.to_dict()["layer"]][1:] == ["area", "line"]


def test_smoothing_keeps_what_does_not_change_and_starts_at_the_first_epoch():
    history = HISTORY.assign(accuracy=0.7)

    smooth = smoothed(history)

    assert smooth["accuracy"].tolist() == pytest.approx([0.7] * 3)
    assert smooth["loss"].iloc[0] == history["loss"].iloc[0]
    assert history["loss"].iloc[2] < smooth["loss"].iloc[2] < history["loss"].iloc[0]
    assert smooth["epoch"].tolist() == [1, 2, 3]


def test_a_part_without_a_value_is_left_out(drawn):
    scores = pd.DataFrame(
        {"run": "a", "part": ["L1/L2", "L4/L5"], "rows": 5, "value": [0.5, np.nan], "low": 0.4, "high": 0.6}
    )

    (table,) = drawn(metric_by_part(scores, "Macro AUC"))

    assert table["part"].tolist() == ["L1/L2"]


def test_a_difference_of_two_matrices_has_no_sum(drawn):
    (cells,) = drawn(confusion_difference([[8, 2, 0], [1, 1, 2], [0, 0, 0]], [[5, 5, 0], [0, 2, 2], [0, 0, 0]]))

    assert cells["count"].sum() == 0
    assert cells.groupby("label")["share"].sum().abs().max() == pytest.approx(0)


@pytest.mark.parametrize(("share", "whole"), [(Share.OF_PREDICTION, "predicted"), (Share.OF_LABEL, "label")])
def test_shares_of_a_column_or_row_make_one(drawn, share, whole):
    (cells,) = drawn(confusion_matrix([[8, 2, 1], [1, 1, 2], [3, 0, 4]], share))

    assert cells.groupby(whole)["share"].sum().tolist() == pytest.approx([1, 1, 1])


def test_without_any_interval_only_dots_are_drawn():
    scores = pd.DataFrame({"run": ["a"], "value": [0.5], "low": [None], "high": [None], "is_baseline": [False]})

    layers = metric_intervals(scores, "Macro AUC").to_dict()["layer"]

    assert [layer["mark"]["type"] for layer in layers] == ["circle"]


def test_probabilities_are_drawn_in_the_order_of_severity(drawn):
    (table,) = drawn(class_probabilities({Severity.SEVERE: 0.1, Severity.MODERATE: 0.3, Severity.NORMAL_MILD: 0.6}))

    assert table["severity"].tolist() == ["Normal/Mild", "Moderate", "Severe"]
    assert table["probability"].tolist() == [0.6, 0.3, 0.1]


def test_each_axis_of_parallel_coordinates_spans_its_own_values(drawn):
    values = pd.DataFrame(
        {"Input": ["crop", "whole", "crop"], "AUC": [0.7, 0.8, 0.9], "Epochs": [5, 5, 5]}, index=list("abc")
    )

    (lines, *_) = drawn(parallel_coordinates(values, ["a"]))

    places = lines.pivot_table(index="run", columns="axis", values="place")
    assert places["AUC"].tolist() == pytest.approx([0, 0.5, 1])
    assert places["Input"].tolist() == [0, 1, 0]
    assert places["Epochs"].tolist() == [0.5] * 3
    assert lines[(lines["run"] == "b") & (lines["axis"] == "Input")]["value"].item() == "whole"
