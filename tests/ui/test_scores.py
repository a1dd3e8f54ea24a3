"""Runs are ranked among each other only on the same rows of the same data."""

import pandas as pd
import pytest

from lsdc.config import preset
from lsdc.errors import CorruptRunError
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS, SLICE_METRICS
from lsdc.evaluation.score_sheet import best_value
from lsdc.evaluation.stored import SCORES_VERSION
from lsdc.runs import RunFolder, RunNotes, RunState, RunStatus, create_run
from lsdc.ui.runs import read_runs
from lsdc.ui.score_tables import interval_table, leak_table, slice_table
from lsdc.ui.scores import load_predictions, read_scores

DATA = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": False, "rows": 10, "studies": 2}


def scored_run(artifacts, name, *, auc, rows="rows", scored_on="test", shared=0, above_level=0.1) -> RunFolder:
    run = create_run(artifacts / "runs", preset("quick"), {"preset": "quick", "data": DATA}, RunNotes(name=name))
    run.write_status(RunStatus(state=RunState.FINISHED))
    scores = {metric.name: {"value": auc, "low": None, "high": None} for metric in METRICS}
    report = {metric.name: {"value": 0.5, "low": None, "high": None} for metric in REPORT_METRICS}
    gain = {"value": above_level, "low": above_level - 0.05, "high": above_level + 0.05}
    baseline = report | {metric.name: {"value": 0.6, "low": 0.5, "high": 0.7} for metric in METRICS}
    run.write_predictions(pd.DataFrame({"label": ["Severe"]}))
    run.write_metrics(
        {
            "source": {"predictions_sha256": run.predictions_sha256(), "version": SCORES_VERSION},
            "rows_fingerprint": rows,
            "rows": 10,
            "studies": 2,
            "by_level": {},
            "confusion": [[0, 0, 0]] * 3,
            "report_metrics": report,
            "scored_on": scored_on,
            "chosen_on_these_rows": scored_on == "validation",
            "metrics": scores,
            "baselines": {"level only": baseline},
            "gains": {"level only": {metric.name: gain for metric in METRICS}},
            "leak_check": {
                "overlaps": [{"parts": "train and test", "studies": shared, "images": 0, "crops": None}],
                "lookup_gain": gain,
            },
        }
    )
    return run


def groups_of_names(groups):
    return {tuple(run.listed.name for run in group.runs) for group in groups}


@pytest.fixture
def groups(empty_artifacts):
    def read():
        return read_scores(read_runs()[0])

    return read


def test_runs_on_other_rows_or_on_rows_that_chose_them_are_groups_of_their_own(empty_artifacts, groups):
    scored_run(empty_artifacts, "worse", auc=0.7)
    scored_run(empty_artifacts, "better", auc=0.8)
    scored_run(empty_artifacts, "elsewhere", auc=0.9, rows="other rows")
    scored_run(empty_artifacts, "chosen", auc=0.9, scored_on="validation")

    assert groups_of_names(groups()[0]) == {("better", "worse"), ("elsewhere",), ("chosen",)}


def test_a_baseline_that_wins_is_the_best_of_its_column(empty_artifacts, groups):
    scored_run(empty_artifacts, "run", auc=0.5)

    ((group,), _) = groups()

    best = {metric.name: best_value([line.scores for line in group.lines()], metric) for metric in METRICS}
    assert best["macro_auc"] == 0.6
    assert best["log_loss"] == 0.5


def test_where_all_are_alike_nobody_is_best(empty_artifacts, groups):
    scored_run(empty_artifacts, "run", auc=0.6)

    ((group,), _) = groups()

    assert best_value([line.scores for line in group.lines()], METRICS[0]) is None


def test_a_run_without_a_value_is_ranked_last_and_left_out_of_the_chart(empty_artifacts, groups):
    scored_run(empty_artifacts, "undefined", auc=None)
    scored_run(empty_artifacts, "defined", auc=0.1)

    ((group,), _) = groups()

    assert [run.listed.name for run in group.runs] == ["defined", "undefined"]
    assert interval_table(list(group.lines()), METRICS[0])["is_baseline"].tolist() == [False, True]


def test_a_finished_run_without_scores_is_damaged_and_one_that_never_had_any_is_not(empty_artifacts, groups):
    (scored_run(empty_artifacts, "finished", auc=0.5).path / "metrics.json").unlink()
    stopped = scored_run(empty_artifacts, "stopped", auc=0.5)
    (stopped.path / "metrics.json").unlink()
    stopped.write_status(RunStatus(state=RunState.STOPPED))

    found, damaged = groups()

    assert found == []
    assert ["metrics.json" in run.reason for run in damaged] == [True]


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda metrics: metrics.pop("confusion"), "confusion"),
        (lambda metrics: metrics["metrics"].pop("macro_f1"), "macro_f1"),
        (lambda metrics: metrics.update(metrics=None), "metrics"),
        (lambda metrics: metrics.update(metrics=[]), "metrics"),
        (lambda metrics: metrics["metrics"].update(macro_auc=0.5), "macro_auc"),
        (lambda metrics: metrics["metrics"].update(macro_auc={"value": "much"}), "macro_auc"),
        (lambda metrics: metrics["baselines"].update({"level only": None}), "level only"),
        (lambda metrics: metrics.update(by_level={"L1/L2": {}}), "L1/L2"),
        (lambda metrics: metrics.update(confusion=[[1, 2]]), "confusion"),
        (lambda metrics: metrics.update(by_slices={"1": {"rows": 10, "metrics": {}}}), "by_slices → 1 → metrics"),
        (lambda metrics: metrics.update(by_slices={"one": {}}), "by_slices → one"),
    ],
)
def test_scores_of_another_shape_are_listed_with_the_place(empty_artifacts, groups, spoil, place):
    run = scored_run(empty_artifacts, "old", auc=0.5)
    metrics = run.metrics()
    spoil(metrics)
    run.write_metrics(metrics)

    found, (damaged,) = groups()

    assert found == []
    assert "metrics.json" in damaged.reason
    assert place in damaged.reason


def test_scores_with_fewer_slices_are_a_table_by_run_and_number(empty_artifacts, groups):
    run = scored_run(empty_artifacts, "five", auc=0.5)
    scored_run(empty_artifacts, "one", auc=0.4)
    metrics = run.metrics()
    auc = {1: {"value": 0.7, "low": 0.6, "high": 0.8}, 3: {"value": None, "low": None, "high": None}}
    metrics["by_slices"] = {
        str(slices): {"rows": 10, "metrics": {metric.name: score for metric in SLICE_METRICS}}
        for slices, score in auc.items()
    }
    run.write_metrics(metrics)

    ((group,), _) = groups()
    table = slice_table(group.runs, METRICS[0])

    assert table.drop(columns="run").to_dict("records") == [{"slices": 1, "value": 0.7, "low": 0.6, "high": 0.8}]
    assert table["run"].item().startswith("five")


def test_runs_of_single_slices_have_no_line_in_that_table(empty_artifacts, groups):
    scored_run(empty_artifacts, "one", auc=0.4)

    ((group,), _) = groups()

    assert slice_table(group.runs, METRICS[0]).empty


def test_a_run_that_failed_after_it_was_scored_is_neither_ranked_nor_damaged(empty_artifacts, groups):
    scored_run(empty_artifacts, "failed", auc=0.9).write_status(RunStatus(state=RunState.FAILED))
    scored_run(empty_artifacts, "stopped", auc=0.5).write_status(RunStatus(state=RunState.STOPPED))

    found, damaged = groups()

    assert groups_of_names(found) == {("stopped",)}
    assert damaged == []


def test_the_challenges_metrics_are_shown_where_every_line_has_them(empty_artifacts, groups):
    run = scored_run(empty_artifacts, "all conditions", auc=0.5)
    scored_run(empty_artifacts, "one condition", auc=0.5, rows="other rows")
    metrics = run.metrics()
    for scores in (metrics["metrics"], *metrics["baselines"].values()):
        scores["challenge_score"] = scores["any_severe_spinal"] = {"value": 0.4, "low": None, "high": None}
    run.write_metrics(metrics)

    names = {group.first.listed.name: [metric.name for metric in group.metrics] for group in groups()[0]}

    usual, report = [metric.name for metric in METRICS], [metric.name for metric in REPORT_METRICS]
    assert names == {
        "all conditions": [*usual, "any_severe_spinal", "challenge_score", *report],
        "one condition": [*usual, *report],
    }


def test_predictions_that_were_written_again_are_read_again(empty_artifacts):
    run = scored_run(empty_artifacts, "resumed", auc=0.5)
    run.write_predictions(pd.DataFrame({"label": ["Severe"]}))
    before = load_predictions(run)
    run.write_predictions(pd.DataFrame({"label": ["Severe", "Moderate"]}))

    assert (len(before), len(load_predictions(run))) == (1, 2)


def test_missing_predictions_are_named(empty_artifacts):
    run = scored_run(empty_artifacts, "emptied", auc=0.5)
    run.predictions_path.unlink()

    with pytest.raises(CorruptRunError, match=r"predictions\.parquet .* is missing"):
        load_predictions(run)


def test_a_run_leaks_if_parts_of_its_split_share_a_patient(empty_artifacts, groups):
    scored_run(empty_artifacts, "clean", auc=0.5)
    scored_run(empty_artifacts, "leaking", auc=0.4, shared=3)

    ((group,), _) = groups()

    assert {run.listed.name: run.leaks for run in group.runs} == {"clean": False, "leaking": True}
    assert leak_table(group.runs)["shared patients"].tolist() == [0, 3]


@pytest.mark.parametrize(("gain", "shown"), [(0.1, True), (0.04, False), (-0.1, False)])
def test_a_run_is_above_the_level_alone_only_if_the_interval_of_its_gain_is(empty_artifacts, groups, gain, shown):
    scored_run(empty_artifacts, "run", auc=0.5, above_level=gain)

    ((group,), _) = groups()

    assert group.first.beats_level_only is shown
