"""Runs are ranked among each other only on the same rows of the same data."""

import pytest

from lsdc.config import preset
from lsdc.evaluation.metrics import METRICS
from lsdc.runs import RunFolder, RunNotes, RunState, RunStatus, create_run
from lsdc.ui.runs import read_runs
from lsdc.ui.scores import best_value, interval_table, read_scores

DATA = {"name": "phantom", "fingerprint": "f", "synthetic": False}


def scored_run(artifacts, name, *, auc, rows="rows", scored_on="test") -> RunFolder:
    run = create_run(artifacts / "runs", preset("quick"), {"preset": "quick", "data": DATA}, RunNotes(name=name))
    run.write_status(RunStatus(state=RunState.FINISHED))
    scores = {metric.name: {"value": auc, "low": None, "high": None} for metric in METRICS}
    baseline = {metric.name: {"value": 0.6, "low": 0.5, "high": 0.7} for metric in METRICS}
    run.write_metrics(
        {
            "rows_fingerprint": rows,
            "rows": 10,
            "studies": 2,
            "by_level": {},
            "confusion": [[0, 0, 0]] * 3,
            "report_metrics": {},
            "scored_on": scored_on,
            "chosen_on_these_rows": scored_on == "validation",
            "metrics": scores,
            "baselines": {"level only": baseline},
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

    best = {metric.name: best_value(group, metric) for metric in METRICS}
    assert best["macro_auc"] == 0.6
    assert best["log_loss"] == 0.5


def test_where_all_are_alike_nobody_is_best(empty_artifacts, groups):
    scored_run(empty_artifacts, "run", auc=0.6)

    ((group,), _) = groups()

    assert best_value(group, METRICS[0]) is None


def test_a_run_without_a_value_is_ranked_last_and_left_out_of_the_chart(empty_artifacts, groups):
    scored_run(empty_artifacts, "undefined", auc=None)
    scored_run(empty_artifacts, "defined", auc=0.1)

    ((group,), _) = groups()

    assert [run.listed.name for run in group.runs] == ["defined", "undefined"]
    assert interval_table(group, METRICS[0])["is_baseline"].tolist() == [False, True]


def test_a_finished_run_without_scores_is_damaged_and_one_that_never_had_any_is_not(empty_artifacts, groups):
    (scored_run(empty_artifacts, "finished", auc=0.5).path / "metrics.json").unlink()
    stopped = scored_run(empty_artifacts, "stopped", auc=0.5)
    (stopped.path / "metrics.json").unlink()
    stopped.write_status(RunStatus(state=RunState.STOPPED))

    found, damaged = groups()

    assert found == []
    assert ["metrics.json" in run.reason for run in damaged] == [True]


@pytest.mark.parametrize(
    "spoil", [lambda metrics: metrics.pop("confusion"), lambda metrics: metrics["metrics"].popitem()]
)
def test_scores_of_another_version_are_listed_with_what_they_lack(empty_artifacts, groups, spoil):
    run = scored_run(empty_artifacts, "old", auc=0.5)
    metrics = run.metrics()
    spoil(metrics)
    run.write_metrics(metrics)

    found, (damaged,) = groups()

    assert found == []
    assert "metrics.json has no" in damaged.reason
