"""Runs as a person starts them: real processes, really stopped and killed."""

import json
import os
import random
import resource
import shutil
import signal
import time

import numpy as np
import onnxruntime
import pandas as pd
import psutil
import pytest

from lsdc.config import DeviceChoice, preset
from lsdc.dataset.splits import split_rows
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.errors import DeviceError, LsdcError, MissingFileError, RunError
from lsdc.files import read_json
from lsdc.labels import Severity
from lsdc.runs import RunFolder, RunNotes, RunState, create_run, list_runs, remove_run
from lsdc.training import fit
from lsdc.training.device import visible_gpus
from lsdc.training.launch import describe_run, start_run
from lsdc.training.queue import resume_run, stop_run, wait_for

pytestmark = pytest.mark.trains

SECONDS_TO_START = 120


@pytest.fixture
def phantom_copy(phantom_root, tmp_path):
    """A data set that a test may damage."""
    return shutil.copytree(phantom_root, tmp_path / "phantom")


def _make_run(folder, config, data_root):
    """A run apart from the queue, so that no worker starts it."""
    return create_run(folder / "runs", config, describe_run(config, preset="quick", data_root=data_root), RunNotes())


def _train_here(run):
    """The whole of a run's work in this process, in which Keras is loaded."""
    with run.lock() as descriptor:
        assert fit.main([str(run.path), str(descriptor)]) == 0


def _wait_until(run, done):
    deadline = time.monotonic() + SECONDS_TO_START
    while not done():
        assert time.monotonic() < deadline, run.log_tail()
        assert not run.status().state.is_over, run.log_tail()
        time.sleep(0.05)


def test_a_finished_run_leaves_all_that_the_contract_names(trained_run):
    names = {path.name for path in trained_run.path.iterdir()}

    assert names >= {
        *("config.json", "status.json", "history.csv", "train.log", "model.keras", "model.onnx"),
        *("predictions.parquet", "metrics.json", "model_card.md", "model_summary.txt", "embeddings.parquet"),
        *("calibration.json", "draws.parquet"),
    }
    assert not [name for name in names if name.startswith(".")]


def test_a_finished_run_says_what_it_computed_on(trained_run):
    status = trained_run.status()

    assert status.state is RunState.FINISHED
    assert status.epoch == status.epochs == 2
    assert status.device.startswith(("CPU", "GPU"))
    assert trained_run.record["device"] == status.device
    assert trained_run.record["backend"] == "tensorflow"
    assert trained_run.data["synthetic"] is True


def test_every_labelled_row_is_predicted_once_in_its_own_split(trained_run, phantom_root):
    rows = rows_for_training(load_label_table(phantom_root), trained_run.config)
    parts = split_rows(rows, trained_run.config.split)
    predictions = trained_run.predictions()
    keys = ["study_id", "level"]

    expected = rows.assign(split=parts)[[*keys, "split", "severity"]].sort_values(keys)
    actual = predictions[[*keys, "split", "label"]].sort_values(keys)

    assert len(predictions) == len(rows)
    np.testing.assert_array_equal(expected["split"].astype(str), actual["split"].astype(str))
    np.testing.assert_array_equal(expected["severity"].astype(str), actual["label"].astype(str))
    probabilities = predictions[[severity.probability_column for severity in Severity]].to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", ["trained_run", "trained_stack_run"])
def test_onnx_and_parquet_hold_the_same_answers(request, name):
    """The predictions on disk are Keras'; the twin answers the same from the same cached crops."""
    from lsdc.training.rows import read_rows

    run = request.getfixturevalue(name)
    rows = read_rows(run, lambda done, total: None)
    session = onnxruntime.InferenceSession(str(run.onnx_path))
    inputs = rows.inputs(rows.positions("train", "validation", "test"))
    answers = dict(
        zip(
            [output.name for output in session.get_outputs()],
            session.run(None, {wanted.name: inputs[wanted.name] for wanted in session.get_inputs()}),
            strict=True,
        )
    )

    predictions = run.predictions()
    expected = predictions[[severity.probability_column for severity in Severity]].to_numpy()
    np.testing.assert_allclose(answers["probabilities"], expected, atol=1e-4)
    attention = predictions.filter(like="attention_").to_numpy()
    assert ("attention" in answers) == (name == "trained_stack_run") == (attention.shape[1] == 3)
    if "attention" in answers:
        np.testing.assert_allclose(answers["attention"], attention, atol=1e-4)
        assert np.all(answers["attention"][inputs["mask"] == 0] == 0)


def test_a_run_is_scored_with_fewer_slices_too(trained_stack_run):
    by_slices = trained_stack_run.metrics()["by_slices"]

    assert list(by_slices) == ["1", "3"]
    assert by_slices["3"]["metrics"]["log_loss"] == trained_stack_run.metrics()["metrics"]["log_loss"]
    assert by_slices["1"]["metrics"]["log_loss"] != by_slices["3"]["metrics"]["log_loss"]


def test_a_stopped_run_keeps_its_best_network_and_one_that_can_write_no_more_says_so(phantom_root, tiny_config):
    """It is stopped, goes on, and then finds the disk full: the network of a later epoch can no longer be written."""
    # Enough epochs that it cannot be over before it is asked to stop.
    config = tiny_config.changed(epochs=400, early_stopping_patience=0)
    run = start_run(config, preset="quick", data_root=phantom_root)
    _wait_until(run, lambda: len(run.history()) >= 2)
    stop_run(run)

    stopped = wait_for(run)
    could_predict, epochs_before = run.can_predict, len(run.history())
    resume_run(run)
    _wait_until(run, lambda: len(run.history()) > epochs_before)
    resource.prlimit(run.status().pid, resource.RLIMIT_FSIZE, (20_000, 20_000))
    failed = wait_for(run)

    assert (stopped.state, could_predict) == (RunState.STOPPED, True)
    assert failed.state is RunState.FAILED
    assert "The disk is full, or a limit" in failed.message
    assert failed.ended - failed.heartbeat < 30
    assert run.history()["epoch"].tolist() == list(range(1, len(run.history()) + 1))
    _read_everything(RunFolder(run.path))
    assert run.can_resume


ONE_STAGE = {"epochs": 8, "dropout": 0.3, "early_stopping_patience": 0, "reduce_lr_patience": 1}
TWO_STAGES = {
    "model": "slice_attention",
    "neighbours": 1,
    "hide_neighbours": 0.5,
    "schedule": "cosine",
    "mixup": 0.3,
    "ema_momentum": 0.9,
    "dropout": 0.3,
    "augment_intensity": 0.1,
    "epochs": 2,
    "head_epochs": 4,
}


@pytest.mark.parametrize(
    ("changes", "epochs_before_the_kill"),
    [pytest.param(ONE_STAGE, 2, marks=pytest.mark.exhaustive), (TWO_STAGES, 3)],
    ids=["plateau", "two stages"],
)
def test_killed_and_resumed_equals_never_killed(phantom_root, tmp_path, tiny_config, changes, epochs_before_the_kill):
    config = tiny_config.changed(**changes)
    whole = _make_run(tmp_path, config, phantom_root)
    _train_here(whole)
    parted = start_run(config, preset="quick", data_root=phantom_root)
    _wait_until(parted, lambda: len(parted.history()) >= epochs_before_the_kill)
    os.kill(parted.status().pid, signal.SIGKILL)
    assert wait_for(parted).state is RunState.FAILED
    resume_run(parted)

    assert wait_for(parted).state is RunState.FINISHED, parted.log_tail()
    figures = ["stage", "loss", "val_loss", "learning_rate"]
    np.testing.assert_allclose(parted.history()[figures], whole.history()[figures], rtol=1e-3)
    probabilities = [severity.probability_column for severity in Severity]
    np.testing.assert_allclose(parted.predictions()[probabilities], whole.predictions()[probabilities], atol=1e-3)


def _kill_at_random_and_read(run, seconds):
    _wait_until(run, lambda: run.status().pid is not None)
    time.sleep(seconds)
    status = run.status()
    if not status.state.is_over:
        os.kill(status.pid, signal.SIGKILL)
    wait_for(run)
    _read_everything(RunFolder(run.path))


def _read_everything(run):
    assert run.status().message
    assert run.config
    assert list(run.history().columns)
    for path in run.path.rglob("*"):
        if path.suffix == ".json":
            read_json(path)
        if path.suffix == ".parquet":
            pd.read_parquet(path)
        if path.suffix == ".onnx" and not path.name.startswith("."):
            onnxruntime.InferenceSession(str(path))


# Nine more of these, of processes that train nothing, are in test_queue.py.
@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=[] if seed < 1 else pytest.mark.exhaustive) for seed in range(50)]
)
def test_a_folder_reads_back_after_a_kill_at_a_random_moment(phantom_root, tiny_config, seed):
    run = start_run(tiny_config.changed(epochs=30), preset="quick", data_root=phantom_root)

    _kill_at_random_and_read(run, random.Random(seed).uniform(0, 15))

    assert run.status().state in (RunState.FAILED, RunState.FINISHED)


@pytest.mark.exhaustive
def test_a_training_without_memory_says_so(phantom_root, tiny_config):
    config = tiny_config.changed(epochs=400, early_stopping_patience=0)
    run = start_run(config, preset="quick", data_root=phantom_root)
    _wait_until(run, lambda: len(run.history()) >= 2)
    size = psutil.Process(run.status().pid).memory_info().vms
    resource.prlimit(run.status().pid, resource.RLIMIT_AS, (size, size))

    failed = wait_for(run)

    assert failed.state is RunState.FAILED
    assert "memory" in failed.message
    _read_everything(RunFolder(run.path))


def test_a_run_that_was_refused_leaves_nothing(empty_artifacts, tmp_path, phantom_root):
    with pytest.raises(MissingFileError):
        start_run(preset("quick"), preset="quick", data_root=tmp_path / "nowhere")
    with pytest.raises(LsdcError):
        start_run(preset("quick").changed(model="resnet_of_dreams"), preset="quick", data_root=phantom_root)

    assert list_runs(empty_artifacts / "runs") == []


@pytest.mark.skipif(bool(visible_gpus()), reason="this machine has a GPU")
def test_a_gpu_is_never_replaced_by_the_cpu(empty_artifacts, phantom_root):
    with pytest.raises(DeviceError, match="GPU"):
        start_run(preset("quick").changed(device=DeviceChoice.GPU), preset="quick", data_root=phantom_root)

    assert list_runs(empty_artifacts / "runs") == []


def test_a_run_that_was_killed_while_it_was_scored_is_scored_and_not_trained_further(trained_run, tmp_path):
    run = RunFolder(shutil.copytree(trained_run.path, trained_run.path.with_name("20260101-000000-report_cnn-0001")))
    run.onnx_path.write_bytes(b"of an older network")
    run.write_status(run.status().model_copy(update={"state": RunState.FAILED}))

    resume_run(run)

    assert wait_for(run).state is RunState.FINISHED, run.log_tail()
    pd.testing.assert_frame_equal(run.history(), trained_run.history())
    pd.testing.assert_frame_equal(run.predictions(), trained_run.predictions())
    assert run.onnx_path.stat().st_size > 1000
    remove_run(run, tmp_path / "trash")


def test_tables_without_images_are_refused_before_a_run_is_made(empty_artifacts, phantom_copy, tiny_config):
    shutil.rmtree(phantom_copy / "train_images")

    with pytest.raises(MissingFileError, match="train_images"):
        start_run(tiny_config, preset="quick", data_root=phantom_copy)

    assert list_runs(empty_artifacts / "runs") == []


def test_a_finished_run_cannot_be_resumed(trained_run):
    with pytest.raises(RunError, match="finished"):
        resume_run(trained_run)


def test_unreadable_images_are_skipped_and_named_in_the_log(phantom_copy, tmp_path, tiny_config, capfd):
    from lsdc.training.rows import read_rows

    rows = rows_for_training(load_label_table(phantom_copy), tiny_config)
    empty, cut = rows["image"].drop_duplicates().iloc[[0, 5]]
    (phantom_copy / empty).write_bytes(b"")
    (phantom_copy / cut).write_bytes((phantom_copy / cut).read_bytes()[:-2000])
    run = _make_run(tmp_path, tiny_config, phantom_copy)

    read = read_rows(run, lambda done, total: None)

    assert 0 < len(read.split) < len(rows)
    log = capfd.readouterr().out
    assert f"skipped {empty}" in log
    assert f"skipped {cut}" in log


def test_tables_that_changed_since_the_start_fail_the_run(phantom_copy, tmp_path, tiny_config):
    run = _make_run(tmp_path, tiny_config, phantom_copy)
    points = pd.read_csv(phantom_copy / "train_label_coordinates.csv")
    points.iloc[:-1].to_csv(phantom_copy / "train_label_coordinates.csv", index=False)

    with run.lock() as descriptor:
        assert fit.main([str(run.path), str(descriptor)]) == 1
    assert run.status().state is RunState.FAILED
    assert "not those" in run.status().message


def test_the_written_config_is_enough_to_run_it_again(trained_run):
    record = json.loads((trained_run.path / "config.json").read_text())

    assert preset(record["preset"]).parse(record["config"]) == trained_run.config
    assert record["versions"]["keras"]
    assert record["data"]["fingerprint"]
