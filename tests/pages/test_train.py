"""The Train page."""

import re

import pytest

from lsdc import settings
from lsdc.config import preset
from lsdc.runs import RunNotes, RunState, RunStatus, create_run, list_runs, remove_run
from lsdc.runs.locks import inheritable_lock
from lsdc.runs.transfer import export_runs
from lsdc.ui.errors import as_text
from pages.train.manage import SWEEP_DIVIDED

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


def test_a_memory_that_outlasts_the_run_is_warned_of(open_page, empty_artifacts, words):
    app = open_page("train")
    recommended = words(app)
    app.selectbox(key="hyperparameters_preset").set_value("report").run()

    assert "Too few steps for this normalisation memory" not in recommended
    assert "Too few steps for this normalisation memory" in words(app)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("hyperparameter_1_dense_units", "64, many", "“many” is not a whole number"),
        ("hyperparameter_1_conv_filters", "8, 8, 8, 8, 8", "An image of 16 px is too small"),
    ],
)
def test_start_is_disabled_with_the_reason(open_page, empty_artifacts, words, key, value, reason):
    app = open_page("train")

    app.number_input(key="hyperparameter_1_image_px").set_value(16)
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
        app.session_state[f"hyperparameter_1_{name}"] = value
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


@pytest.fixture
def idle_worker(empty_artifacts):
    """A worker that lives and starts nothing."""
    empty_artifacts.mkdir()
    with inheritable_lock(settings.worker_lock_path()) as descriptor:
        assert descriptor is not None
        yield


def _shown_in_queue(app):
    return [button.label for button in app.button if (button.key or "").startswith("queue_show_")]


def test_the_queue_shows_who_works_and_who_is_next(open_page, empty_artifacts, idle_worker, words):
    runs = [make_run(empty_artifacts, state=RunState.QUEUED, enqueued=2 - place) for place in range(3)]
    working = make_run(empty_artifacts, state=RunState.RUNNING, epoch=3, pid=1, eta_seconds=200.0)
    with working.lock():
        app = open_page("train")

    names = [f"Mine · {run.run_id[-4:]}" for run in (working, *reversed(runs))]
    assert _shown_in_queue(app) == names
    assert "3 of 12 epochs done · about 3 min left" in [bar.proto.text for bar in app.get("progress")]
    assert "queued · number 1] Waits for a free slot" in words(app)
    assert "queued · number 3]" in words(app)


def test_a_run_that_waits_can_be_chosen_and_stopped_in_the_queue(open_page, empty_artifacts, idle_worker, words):
    first, second = (make_run(empty_artifacts, state=RunState.QUEUED, enqueued=place) for place in (1, 2))
    app = open_page("train")
    assert "The worker is about to start it" in words(app)

    app.button(key=f"queue_show_{first.run_id}").click().run()
    assert app.query_params["run"] == first.run_id
    app.button(key=f"queue_stop_{first.run_id}").click().run()

    assert first.status().state is RunState.STOPPED
    assert _shown_in_queue(app) == [f"Mine · {second.run_id[-4:]}"]
    assert [toast.value for toast in app.toast] == [f"**Mine · {first.run_id[-4:]}** stopped."]


def test_the_queue_says_what_keeps_it_waiting_and_where_runs_compute(
    open_page, empty_artifacts, idle_worker, words, monkeypatch
):
    monkeypatch.setenv("LSDC_RAY", "head:6379")
    reason = "The cluster cannot be reached."
    make_run(empty_artifacts, state=RunState.QUEUED, enqueued=2, hindrance=reason)
    working = make_run(empty_artifacts, state=RunState.RUNNING, epoch=3, pid=1, host="node-7", node="c0ffee")
    working.write_record({**working.record, "device": "GPU, H100", "backend": "tensorflow"})

    with working.lock():
        app = open_page("train")
        app.selectbox(key="train_run").set_value(working.run_id).run()

    assert f"number 1] {reason}" in words(app)
    assert "on node-7" in words(app)
    assert "Ray cluster, head:6379" in [metric.value for metric in app.metric]


def test_more_runs_than_are_read_at_a_glance_are_counted(open_page, empty_artifacts, idle_worker, words):
    for place in range(14):
        make_run(empty_artifacts, state=RunState.QUEUED, enqueued=place)

    app = open_page("train")

    assert len(_shown_in_queue(app)) == 12
    assert "And 2 more that wait" in words(app)


def test_a_stopped_run_is_resumed_at_the_end_of_the_queue(open_page, empty_artifacts, idle_worker):
    run = make_run(empty_artifacts, state=RunState.STOPPED, epoch=3)
    run.checkpoint_path.parent.mkdir()
    run.checkpoint_path.write_bytes(b"")
    make_run(empty_artifacts, state=RunState.QUEUED, enqueued=1)
    app = open_page("train")

    app.selectbox(key="train_run").set_value(run.run_id).run()
    app.button(key=f"resume_{run.run_id}").click().run()

    assert run.status().state is RunState.QUEUED
    assert _shown_in_queue(app)[1] == f"Mine · {run.run_id[-4:]}"


def test_a_run_is_named_and_noted(open_page, empty_artifacts, words):
    run = make_run(empty_artifacts, state=RunState.STOPPED, message="Stopped.")
    app = open_page("train")

    app.text_input(key=f"notes_name_{run.run_id}").set_value("Baseline")
    app.text_area(key=f"notes_note_{run.run_id}").set_value("Too *few* epochs")
    app.text_input(key=f"notes_tags_{run.run_id}").set_value("fold 1, cosine")
    next(button for button in app.button if button.label == "Keep").click().run()

    assert run.notes() == RunNotes(name="Baseline", note="Too *few* epochs", tags=("fold 1", "cosine"))
    assert ":gray-badge[fold 1] :gray-badge[cosine] Too \\*few\\* epochs" in words(app)


def test_a_run_is_removed_when_somebody_says_yes(open_page, empty_artifacts, words):
    run = make_run(empty_artifacts, state=RunState.STOPPED)
    app = open_page("train")

    assert run.path.exists()
    app.button(key=f"remove_{run.run_id}").click().run()

    assert [path.name for path in (empty_artifacts / "trash").iterdir()] == [run.run_id]
    assert "No run yet" in words(app)


def test_runs_from_elsewhere_are_taken_in_and_refused_with_the_reason(open_page, empty_artifacts, tmp_path, words):
    run = make_run(empty_artifacts, state=RunState.STOPPED)
    export_runs([run], tmp_path / "runs.zip")
    content = (tmp_path / "runs.zip").read_bytes()
    app = open_page("train")

    app.file_uploader(key="import_file").set_value(("runs.zip", content, "application/zip")).run()
    app.button(key="import_start").click().run()
    assert f"{as_text(run.run_id)} is here already" in words(app)

    remove_run(run, tmp_path / "trash")
    app.button(key="import_start").click().run()
    assert [listed.run_id for listed in list_runs(empty_artifacts / "runs")] == [run.run_id]


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


def test_repeat_says_that_a_sweep_divided_the_rows(open_page, empty_artifacts):
    own = make_run(empty_artifacts, state=RunState.FINISHED)
    trial = make_run(empty_artifacts, state=RunState.FINISHED)
    held_out = preset("quick").split.model_dump(mode="json")
    trial.write_record({**trial.record, "sweep": {"id": "s", "number": 1, "held_out": held_out}})
    app = open_page("train")

    said = {}
    for run in (own, trial):
        app.selectbox(key="train_run").set_value(run.run_id).run()
        said[run] = SWEEP_DIVIDED in app.button(key=f"repeat_{run.run_id}").help

    assert said == {own: False, trial: True}


def test_a_run_that_has_built_its_network_shows_it_and_can_be_repeated(open_page, trained_run, tiny_config):
    app = open_page("train")
    app.selectbox(key="train_run").set_value(trained_run.run_id).run()
    app.button(key=f"repeat_{trained_run.run_id}").click().run()

    assert not app.exception
    assert trained_run.model_summary().strip() in [code.value.strip() for code in app.code]
    assert app.number_input(key="hyperparameter_2_image_px").value == tiny_config.image_px
    assert app.text_input(key="hyperparameter_2_conv_filters").value == "4, 8"
