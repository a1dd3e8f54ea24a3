"""The Compare page."""

import json
import shutil

import numpy as np
import pytest

from lsdc.evaluation.baselines import BASELINES
from lsdc.evaluation.calibration import calibrate
from lsdc.evaluation.predictions import probabilities_of
from lsdc.evaluation.scoring import evaluate
from lsdc.runs import RunFolder, RunState
from lsdc.ui.errors import as_text


def test_without_scored_runs_the_page_says_what_to_do_and_still_has_the_reports_table(
    open_page, empty_artifacts, words
):
    app = open_page("compare")

    assert "No scored run yet" in words(app)
    assert "Report: custom" in app.dataframe[0].value["Grader"].tolist()


def test_runs_on_the_same_rows_share_a_table_with_the_baselines(
    open_page, trained_run, whole_slice_run, empty_artifacts
):
    for run in (trained_run, whole_slice_run):
        shutil.copytree(run.path, empty_artifacts / "runs" / run.run_id)
    app = open_page("compare")

    (table,) = [table.value for table in app.table if len(table.value) == 5]
    lines = list(table.index)
    assert any("Tiny crop" in line for line in lines[:2])
    assert any("Tiny whole" in line for line in lines[:2])
    baselines = [as_text(name) for name in BASELINES]
    assert [line.removeprefix(":gray[").removesuffix(" (baseline)]") for line in lines[2:]] == baselines
    assert table.columns[0].startswith("Macro AUC")


def test_a_synthetic_run_is_marked(open_page, trained_run, words):
    assert "SYNTHETIC" in words(open_page("compare"))


@pytest.mark.parametrize(
    "tab", ["Confusion", "Curves", "Calibration", "Learning", "Levels", "Slices", "Head to head", "Networks"]
)
def test_every_detail_of_two_runs_can_be_opened(open_page, trained_run, whole_slice_run, tab):
    app = open_page("compare")
    app.multiselect(key="compare_runs").set_value([trained_run.run_id, whole_slice_run.run_id])
    app.session_state["compare_tab"] = tab
    app.run()

    assert not app.exception
    assert not app.error


@pytest.fixture
def open_tab(open_page, empty_artifacts, trained_run):
    """Open a tab of the page for a copy of a run, which may be changed before."""

    def go(tab, change):
        path = empty_artifacts / "runs" / trained_run.run_id
        shutil.copytree(trained_run.path, path)
        change(RunFolder(path))
        app = open_page("compare")
        app.session_state["compare_tab"] = tab
        return app.run()

    return go


def calibrate_copy(run):
    predictions = run.predictions()
    logits = np.log(probabilities_of(predictions).clip(1e-6)) * 2
    run.write_calibration(calibrate(logits, predictions, weights=(1.0, 2.0, 4.0), fit=True).record)


def test_calibration_is_drawn_with_the_rows_that_it_was_measured_on(open_tab, words):
    app = open_tab("Calibration", calibrate_copy)

    assert "Calibration error" in words(app)
    assert "test rows of" in words(app)
    assert "Severe 4.00; that is taken out" in words(app)
    assert not app.error


def test_a_run_without_a_record_of_its_calibration_is_told_so(open_tab, words):
    app = open_tab("Calibration", lambda run: (run.path / "calibration.json").unlink(missing_ok=True))

    assert "no record of its calibration" in words(app)
    assert not app.error


@pytest.mark.parametrize("content", ["{", "[]", '{"temperature": "warm"}'])
def test_a_damaged_record_of_calibration_is_advice_on_a_page_that_works(open_tab, words, content):
    app = open_tab("Calibration", lambda run: (run.path / "calibration.json").write_text(content))

    assert ["calibration.json" in error.value for error in app.error] == [True]
    assert "it is not your doing" not in words(app)


def test_a_network_of_several_slices_is_compared_with_fewer(open_tab, words):
    def score_with_fewer(run):
        predictions = run.predictions()
        by_slices = {number: probabilities_of(predictions) for number in (1, 3)}
        run.write_metrics(evaluate(predictions, by_slices=by_slices).metrics)

    app = open_tab("Slices", score_with_fewer)

    (table,) = [frame.value for frame in app.dataframe if "slices" in frame.value]
    assert table["slices"].tolist() == [1, 3]
    assert "nearest to the point" in words(app)


def test_networks_of_one_slice_have_nothing_to_hide(open_tab, words):
    app = open_tab("Slices", lambda run: run.write_metrics({**run.metrics(), "by_slices": {}}))

    assert "see one slice" in words(app)
    assert not app.error


def test_no_chosen_run_is_an_empty_state_and_no_error(open_page, trained_run, words):
    app = open_page("compare")

    app.multiselect(key="compare_runs").set_value([]).run()

    assert "Choose a run above" in words(app)
    assert not app.exception


def test_scores_that_cannot_be_read_are_listed_and_hide_no_other_run(
    open_page, empty_artifacts, trained_run, whole_slice_run, words
):
    for run in (trained_run, whole_slice_run):
        shutil.copytree(run.path, empty_artifacts / "runs" / run.run_id)
    (empty_artifacts / "runs" / whole_slice_run.run_id / "metrics.json").unlink()

    app = open_page("compare")

    assert "metrics.json" in words(app)
    assert len([table for table in app.table if "Tiny crop" in str(table.value.index[0])]) == 1


@pytest.mark.parametrize("metrics", [None, []])
def test_metrics_of_another_shape_are_listed_and_hide_no_other_run(
    open_page, empty_artifacts, trained_run, whole_slice_run, words, metrics
):
    for run in (trained_run, whole_slice_run):
        shutil.copytree(run.path, empty_artifacts / "runs" / run.run_id)
    spoilt = empty_artifacts / "runs" / whole_slice_run.run_id / "metrics.json"
    spoilt.write_text(json.dumps(json.loads(spoilt.read_text()) | {"metrics": metrics}))

    app = open_page("compare")

    assert "metrics.json" in words(app)
    assert not app.error
    assert len([table for table in app.table if "Tiny crop" in str(table.value.index[0])]) == 1


def test_a_failed_run_is_listed_with_its_reason_and_a_stopped_one_is_marked(
    open_page, empty_artifacts, trained_run, whole_slice_run, words
):
    for run, state in ((trained_run, RunState.STOPPED), (whole_slice_run, RunState.FAILED)):
        path = empty_artifacts / "runs" / run.run_id
        shutil.copytree(run.path, path)
        RunFolder(path).write_status(run.status().model_copy(update={"state": state, "message": "No memory."}))

    app = open_page("compare")

    (scores,) = [table.value for table in app.table if "Tiny crop" in str(table.value.index[0])]
    assert "stopped" in scores.index[0]
    assert not any("Tiny whole" in line for line in scores.index)
    assert "Runs that failed: 1" in [expander.label for expander in app.expander]
    assert "No memory." in words(app)
