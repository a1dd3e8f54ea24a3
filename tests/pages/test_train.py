"""The Train page."""

import re

import pytest

from lsdc.config import preset
from lsdc.runs import RunNotes, RunState, RunStatus, create_run, list_runs

DATA = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": True, "rows": 10, "studies": 2}


def make_run(artifacts, **status):
    run = create_run(artifacts / "runs", preset("quick"), {"preset": "quick", "data": DATA}, RunNotes(name="Mine"))
    run.write_status(RunStatus(epochs=12, **status))
    return run


def test_without_runs_the_page_says_how_to_start_one(open_page, empty_artifacts, words):
    app = open_page("train")

    assert "No run yet" in words(app)
    assert not app.button(key="train_start").disabled


def test_the_plan_says_rows_parameters_and_device_before_anything_runs(open_page, empty_artifacts):
    app = open_page("train")
    app.selectbox(key="hyperparameters_preset").set_value("report").run()

    facts = {metric.label: metric.value for metric in app.metric}
    assert facts["Parameters"] == "4,302,819"
    assert facts["Work per slice"] == "155.7 M"
    assert int(facts["Training rows"]) > 0
    assert int(facts["Steps"]) == 10 * -(-int(facts["Training rows"]) // 32)
    assert facts["Device"]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("hyperparameter_dense_units", "64, many", "“many” is not a whole number"),
        ("hyperparameter_conv_filters", "8, 8, 8, 8, 8", "An image of 16 px is too small"),
    ],
)
def test_start_is_disabled_with_the_reason(open_page, empty_artifacts, words, key, value, reason):
    app = open_page("train")

    app.number_input(key="hyperparameter_image_px").set_value(16)
    app.text_input(key=key).set_value(value).run()

    assert reason in words(app)
    assert app.button(key="train_start").disabled
    assert list_runs(empty_artifacts / "runs") == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"split_strategy": "k-fold", "folds": 20}, "studies or rows cannot be divided into 20 folds"),
        ({"split_strategy": "1:1:1 train", "levels": ["L1/L2"]}, "No training row is graded Severe"),
        ({"input_kind": "whole"}, "Neighbouring slices need the crop input"),
    ],
)
def test_what_cannot_go_together_is_refused_in_the_sidebar_before_the_start(
    open_page, empty_artifacts, changes, reason
):
    app = open_page("train")

    for name, value in changes.items():
        app.session_state[f"hyperparameter_{name}"] = value
    app.run()

    assert any(reason in error.value for error in app.sidebar.error)
    assert app.button(key="train_start").disabled
    assert list_runs(empty_artifacts / "runs") == []


def test_a_leaking_split_and_missing_test_rows_are_said_before_the_start(open_page, empty_artifacts, words):
    app = open_page("train")

    app.selectbox(key="hyperparameters_preset").set_value("report-as-published").run()

    assert "This split leaks" in words(app)
    assert "No test rows" in words(app)


def test_a_finished_run_shows_its_curves_and_leads_to_compare(open_page, trained_run, words):
    app = open_page("train")

    app.selectbox(key="train_run").set_value(trained_run.run_id).run()

    assert "finished" in words(app)
    assert "The kept network is that of epoch" in words(app)
    assert len(app.get("vega_lite_chart")) == 2
    assert re.search(r"(CPU|GPU), .* · tensorflow · float32", words(app))
    assert app.query_params["run"] == trained_run.run_id


def test_a_run_that_goes_on_shows_its_progress_and_can_be_stopped(open_page, empty_artifacts, words):
    run = make_run(empty_artifacts, state=RunState.RUNNING, epoch=3, message="Learning.", eta_seconds=200.0)
    with run.lock():
        app = open_page("train")
        said = app.get("progress")[0].proto.text
        app.button(key=f"stop_{run.run_id}").click().run()

    assert "3 of 12 epochs done" in said
    assert "about 3 min left" in said
    assert run.stop_requested


def test_a_run_whose_process_died_is_shown_as_failed(open_page, empty_artifacts, words):
    make_run(empty_artifacts, state=RunState.RUNNING, epoch=3)

    app = open_page("train")

    assert ":red-badge[:material/error: failed]" in words(app)
    assert "ended without a word" in words(app)


def test_a_damaged_run_folder_is_listed_with_its_reason_beside_the_others(open_page, empty_artifacts, words):
    make_run(empty_artifacts, state=RunState.STOPPED, message="Stopped.")
    broken = empty_artifacts / "runs" / "20260101-000000-report_cnn-dead"
    broken.mkdir()
    (broken / "config.json").write_text("{")

    app = open_page("train")

    assert "not valid JSON" in words(app)
    assert "stopped" in words(app)


def test_a_run_that_has_built_its_network_shows_it_and_can_be_repeated(open_page, trained_run, tiny_config):
    app = open_page("train")
    app.selectbox(key="train_run").set_value(trained_run.run_id).run()
    app.button(key=f"repeat_{trained_run.run_id}").click().run()

    assert not app.exception
    assert trained_run.model_summary().strip() in [code.value.strip() for code in app.code]
    assert app.number_input(key="hyperparameter_image_px").value == tiny_config.image_px
    assert app.text_input(key="hyperparameter_conv_filters").value == "4, 8"
