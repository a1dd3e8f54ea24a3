"""The Compare page."""

import json
import re
import shutil

import numpy as np
import pytest

from lsdc import settings
from lsdc.evaluation.baselines import BASELINES
from lsdc.evaluation.calibration import calibrate
from lsdc.evaluation.metrics import METRICS
from lsdc.evaluation.predictions import probabilities_of
from lsdc.evaluation.stored import write_scores
from lsdc.runs import RunFolder, RunState


def test_without_scored_runs_the_page_says_what_to_do_and_still_has_the_reports_table(
    open_page, empty_artifacts, words
):
    app = open_page("compare")

    assert "No scored run yet" in words(app)
    assert "Report: custom" in app.dataframe[0].value["Grader"].tolist()


def boards(app):
    """The tables of runs, by their first run."""
    return {frame.value["run"].iloc[0]: frame.value for frame in app.dataframe if "marks" in frame.value}


def test_runs_on_the_same_rows_share_a_table_with_the_baselines(
    open_page, trained_run, whole_slice_run, empty_artifacts
):
    for run in (trained_run, whole_slice_run):
        shutil.copytree(run.path, empty_artifacts / "runs" / run.run_id)
    app = open_page("compare")

    (table,) = boards(app).values()
    assert set(table["run"][:2]) == {"Tiny crop", "Tiny whole"}
    assert table["run"][2:].tolist() == list(BASELINES)
    assert [list(marks) for marks in table["marks"][2:]] == [["baseline"]] * 3
    assert list(table.columns[2:]) == [metric.name for metric in METRICS]


def test_runs_on_different_rows_are_in_one_table_only_when_somebody_asks(
    open_page, trained_run, whole_slice_run, empty_artifacts, words
):
    for run in (trained_run, whole_slice_run):
        shutil.copytree(run.path, empty_artifacts / "runs" / run.run_id)
    elsewhere = RunFolder(empty_artifacts / "runs" / whole_slice_run.run_id)
    predictions = elsewhere.predictions()
    elsewhere.write_predictions(predictions.assign(study_id=predictions["study_id"] + 1_000_000))
    app = open_page("compare")
    assert set(boards(app)) == {"Tiny crop", "Tiny whole"}
    assert "1 run was scored by another version" in words(app)

    app.toggle(key="compare_together").set_value(True).run()

    (table,) = boards(app).values()
    assert set(table["run"]) == {"Tiny crop", "Tiny whole"}
    assert table["rows"].str.contains("test rows of").all()
    assert "Not a ranking" in words(app)


def test_a_synthetic_run_is_marked(open_page, trained_run, words):
    assert "SYNTHETIC" in words(open_page("compare"))


@pytest.mark.parametrize(
    "tab",
    [
        "Confusion",
        "Curves",
        "Calibration",
        "Coverage",
        "Learning",
        "Parts",
        "Slices",
        "Human readers",
        "Head to head",
        "All pairs",
        "Differences",
        "Networks",
        "Label review",
    ],
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
        write_scores(run, by_slices)

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
    assert list(boards(app)) == ["Tiny crop"]


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
    assert list(boards(app)) == ["Tiny crop"]


def test_a_failed_run_is_listed_with_its_reason_and_a_stopped_one_is_marked(
    open_page, empty_artifacts, trained_run, whole_slice_run, words
):
    for run, state in ((trained_run, RunState.STOPPED), (whole_slice_run, RunState.FAILED)):
        path = empty_artifacts / "runs" / run.run_id
        shutil.copytree(run.path, path)
        RunFolder(path).write_status(run.status().model_copy(update={"state": state, "message": "No memory."}))

    app = open_page("compare")

    scores = boards(app)["Tiny crop"]
    assert "stopped" in scores["marks"].iloc[0]
    assert "Tiny whole" not in scores["run"].tolist()
    assert "Runs that failed: 1" in [expander.label for expander in app.expander]
    assert "No memory." in words(app)


@pytest.fixture
def two_runs(open_page, empty_artifacts, trained_run, whole_slice_run):
    """The page with two runs on the same rows; what is set before goes with it."""
    for run in (trained_run, whole_slice_run):
        shutil.copytree(run.path, empty_artifacts / "runs" / run.run_id)
    return open_page("compare")


def test_runs_are_filtered_hidden_and_sorted(two_runs, trained_run):
    (table,) = boards(two_runs).values()
    assert len(table) == 5

    two_runs.text_input(key="compare_filter").set_value("WHOLE").run()
    assert boards(two_runs)["Tiny whole"]["run"].tolist() == ["Tiny whole", *BASELINES]

    two_runs.text_input(key="compare_filter").set_value("").run()
    two_runs.multiselect(key="compare_hidden").set_value([trained_run.run_id]).run()
    assert boards(two_runs)["Tiny whole"]["run"].tolist() == ["Tiny whole", *BASELINES]

    two_runs.multiselect(key="compare_hidden").set_value([]).run()
    log_loss = next(metric for metric in METRICS if metric.name == "log_loss")
    two_runs.selectbox(key="compare_sort").set_value(log_loss).run()
    (table,) = boards(two_runs).values()
    assert table["log_loss"][:2].is_monotonic_increasing


def test_columns_are_chosen(two_runs):
    two_runs.session_state["compare_columns"] = [METRICS[3], METRICS[0]]
    two_runs.run()

    (table,) = boards(two_runs).values()
    assert list(table.columns) == ["run", "marks", METRICS[0].name, METRICS[3].name]


def test_the_best_of_each_column_is_bold(two_runs):
    (frame,) = [frame for frame in two_runs.dataframe if "marks" in frame.value]

    styles = frame.proto.arrow_data.styler.styles
    for place, name in enumerate(frame.value.columns[2:], start=2):
        metric = next(metric for metric in METRICS if metric.name == name)
        best = frame.value[name].max() if metric.higher_is_better else frame.value[name].min()
        if frame.value[name].nunique() > 1:
            bold = [row for row in range(5) if re.search(rf"row{row}_col{place}\b[^}}]*font-weight: bold", styles)]
            assert bold == frame.value.index[frame.value[name] == best].tolist()


def test_all_pairs_are_tested_when_asked(two_runs, words):
    two_runs.session_state["compare_tab"] = "All pairs"
    two_runs.run()
    assert "Choose at least two runs" in words(two_runs)
    two_runs.button[-1].click().run()

    (table,) = [frame.value for frame in two_runs.dataframe if "p, corrected" in frame.value]
    assert len(table) == 1
    assert table["p, corrected"].tolist() == table["p"].tolist()
    assert "of 1 pair" in words(two_runs)


def choose_cell(app, run, label, predicted):
    app.session_state["compare_cell_of"] = run.run_id
    app.session_state[f"compare_matrix_{run.run_id}"] = {
        "selection": {"cell": [{"label": label, "predicted": predicted}]}
    }
    return app.run()


def test_the_cases_of_a_cell_are_those_that_its_count_says(two_runs, trained_run, words):
    rows = trained_run.predictions().query("split == 'test'")
    graded = rows[["p_normal_mild", "p_moderate", "p_severe"]].to_numpy().argmax(axis=1)
    expected = rows[
        (rows["label"] == "Normal/Mild") & (graded == graded[(rows["label"] == "Normal/Mild").to_numpy()][0])
    ]
    shown = ["Normal/Mild", "Moderate", "Severe"][graded[(rows["label"] == "Normal/Mild").to_numpy()][0]]

    app = choose_cell(two_runs, trained_run, "Normal/Mild", shown)

    (cases,) = [frame.value for frame in app.dataframe if "p_severe" in frame.value]
    assert sorted(cases["study_id"]) == sorted(expected["study_id"])
    assert f"{len(expected)} cases labelled Normal/Mild, graded {shown}" in words(app)
    assert not app.error


def test_a_threshold_of_nothing_grades_all_as_severe(two_runs, trained_run):
    two_runs.session_state["compare_rule"] = "Severe from a threshold"
    two_runs.run()
    two_runs.slider(key="compare_threshold").set_value(0.0).run()

    app = choose_cell(two_runs, trained_run, "Normal/Mild", "Severe")

    (cases,) = [frame.value for frame in app.dataframe if "p_severe" in frame.value]
    rows = trained_run.predictions().query("split == 'test' and label == 'Normal/Mild'")
    assert len(cases) == len(rows)


def test_images_of_another_data_set_are_not_shown(two_runs, trained_run, words):
    """A study of the same number may be somebody else."""
    record = RunFolder(settings.runs_root() / trained_run.run_id)
    record.write_record({**record.record, "data": {**record.data, "fingerprint": "other"}})

    rows = trained_run.predictions().query("split == 'test'")
    grade = rows[["p_normal_mild", "p_moderate", "p_severe"]].to_numpy().argmax(axis=1)[0]
    shown = ["Normal/Mild", "Moderate", "Severe"][grade]
    app = choose_cell(two_runs, trained_run, rows["label"].iloc[0], shown)

    assert "which is not the one in use" in words(app)
    assert not app.error


def test_only_hyperparameters_that_differ_are_listed_and_a_grade_is_timed_when_asked(two_runs):
    two_runs.session_state["compare_tab"] = "Differences"
    two_runs.run()
    (differing,) = [frame.value for frame in two_runs.dataframe if "Hyperparameter" in frame.value]
    (costs,) = [frame.value for frame in two_runs.dataframe if "Grading, ms" in frame.value]
    assert differing["Hyperparameter"].tolist() == ["Input"]
    assert set(differing.iloc[0, 1:]) == {"crop", "whole"}
    assert costs["Grading, ms"].isna().all()

    two_runs.button(key="compare_time").click().run()

    (costs,) = [frame.value for frame in two_runs.dataframe if "Grading, ms" in frame.value]
    assert (costs["Grading, ms"] > 0).all()
    assert not two_runs.error
