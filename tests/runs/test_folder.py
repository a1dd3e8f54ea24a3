"""The run folder."""

import json
import socket
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from lsdc import settings
from lsdc.config import preset
from lsdc.errors import ConfigError, CorruptRunError, RunError, RunNotFoundError
from lsdc.runs import (
    RunFolder,
    RunNotes,
    RunState,
    RunStatus,
    create_run,
    list_runs,
    open_run,
    remove_run,
)

HOLDER = """
import sys, time
from pathlib import Path
from lsdc.runs import RunFolder
with RunFolder(Path(sys.argv[1])).lock():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def run(tmp_path):
    data = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": True, "rows": 5, "studies": 1}
    record = {"preset": "quick", "data": data}
    return create_run(tmp_path / "runs", preset("quick"), record, RunNotes(name="first"))


def _epoch(number, **figures):
    figures = {"loss": 1.0, "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": 0.5} | figures
    return {"epoch": number, "stage": 1, **figures, "learning_rate": 1e-3, "seconds": 2.0}


def test_a_new_run_is_whole_and_queued(run, tmp_path):
    assert run.config == preset("quick")
    assert run.status().state is RunState.QUEUED
    assert run.notes().name == "first"
    assert [listed.run_id for listed in list_runs(tmp_path / "runs")] == [run.run_id]


def test_a_run_of_another_version_is_not_guessed_at(run):
    config = dict(run.record["config"])
    del config["neighbours"]
    run.write_record({**run.record, "config": config})

    with pytest.raises(CorruptRunError, match="another version wrote it, without neighbours"):
        _ = RunFolder(run.path).config


def test_runs_are_listed_newest_first_and_drafts_are_not(run, tmp_path):
    (tmp_path / "runs" / ".draft-abc").mkdir()
    (tmp_path / "runs" / "20000101-000000-report_cnn-0000").mkdir()

    names = [listed.run_id for listed in list_runs(tmp_path / "runs")]

    assert names == [run.run_id, "20000101-000000-report_cnn-0000"]


def test_there_are_no_runs_where_there_is_no_folder(tmp_path):
    assert list_runs(tmp_path / "none") == []


@pytest.mark.parametrize("name", ["missing", "../runs", "/etc", ""])
def test_a_name_that_is_not_listed_is_not_opened(run, tmp_path, name):
    with pytest.raises(RunNotFoundError):
        open_run(tmp_path / "runs", name)


def test_a_run_whose_process_holds_the_lock_is_running(run):
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(run.path)], stdout=subprocess.PIPE)
    try:
        holder.stdout.readline()
        run.write_status(RunStatus(state=RunState.RUNNING))

        assert run.status().state is RunState.RUNNING
        run.request_stop()
        assert run.status().state is RunState.STOPPING
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()

    killed = run.status()
    assert killed.state is RunState.FAILED
    assert "killed" in killed.message


def test_a_run_on_another_host_lives_as_long_as_its_heart_beats(run, monkeypatch):
    run.write_status(RunStatus(state=RunState.RUNNING, host="another"))
    assert run.status().state is RunState.RUNNING

    written = time.time()
    monkeypatch.setattr(time, "time", lambda: written + settings.grace_seconds() + 1)
    assert run.status().state is RunState.FAILED


def test_a_queued_run_waits_however_long_it_takes(run, monkeypatch):
    written = time.time()
    monkeypatch.setattr(time, "time", lambda: written + 10 * settings.grace_seconds())

    assert run.status().state is RunState.QUEUED


def test_who_holds_the_lock_of_a_run_knows_that_its_process_is_dead(run):
    run.write_status(RunStatus(state=RunState.RUNNING, pid=1, host=socket.gethostname()))

    with run.lock() as descriptor:
        assert descriptor is not None
        assert run.status().state is RunState.RUNNING
        assert run.status_under_lock().state is RunState.FAILED


def test_a_removed_run_lies_in_the_trash_and_is_whole(run, tmp_path):
    run.write_status(RunStatus(state=RunState.FINISHED))

    target = remove_run(run, tmp_path / "trash")

    assert list_runs(tmp_path / "runs") == []
    assert RunFolder(target).status().state is RunState.FINISHED
    assert target == tmp_path / "trash" / run.run_id


def test_a_run_that_waits_or_works_is_not_removed(run, tmp_path):
    with pytest.raises(RunError, match="queued"):
        remove_run(run, tmp_path / "trash")
    run.write_status(RunStatus(state=RunState.RUNNING, host="another"))
    with pytest.raises(RunError, match="running"):
        remove_run(run, tmp_path / "trash")

    assert [listed.run_id for listed in list_runs(tmp_path / "runs")] == [run.run_id]


def test_a_damaged_run_can_be_removed(run, tmp_path):
    (run.path / "status.json").write_text("{")

    remove_run(run, tmp_path / "trash")

    assert list_runs(tmp_path / "runs") == []


def test_looking_at_a_run_that_is_gone_does_not_bring_its_folder_back(run, tmp_path):
    run.path.rename(tmp_path / "elsewhere")

    assert not run.is_locked()
    with pytest.raises(CorruptRunError, match="missing"):
        run.status()
    assert not run.path.exists()


def test_notes_are_tidied_and_bounded():
    notes = RunNotes.parse(name=" mine ", note="a\n", tags=["fold", " fold ", "", "two words"])

    assert notes == RunNotes(name="mine", note="a", tags=("fold", "two words"))
    with pytest.raises(ConfigError, match="too long"):
        RunNotes.parse(name="x" * 81)


def test_history_reads_back_bit_for_bit(run):
    loss = np.nextafter(1 / 3, 1)
    run.write_history([_epoch(1, loss=loss)])

    assert run.history()["loss"].item() == loss


def test_history_is_empty_before_the_first_epoch(run):
    assert run.history().empty


@pytest.mark.parametrize("content", ["", "{", "[]", '{"state": "dreaming"}', "\x00\x01", "[" * 100_000])
@pytest.mark.parametrize("name", ["config.json", "status.json"])
def test_a_damaged_file_is_explained_by_name(run, name, content):
    (run.path / name).write_text(content)
    reopened = RunFolder(run.path)
    read = {"config.json": lambda: reopened.config, "status.json": reopened.status}[name]

    with pytest.raises(CorruptRunError, match=name):
        read()


def test_a_missing_file_is_explained_by_name(run):
    for read, name in ((run.predictions, "predictions.parquet"), (run.metrics, "metrics.json")):
        with pytest.raises(CorruptRunError, match=f"{name} .* missing"):
            read()


def test_predictions_that_are_no_parquet_are_explained(run):
    (run.path / "predictions.parquet").write_bytes(b"PAR1 but not really")

    with pytest.raises(CorruptRunError, match="predictions"):
        run.predictions()


def test_metrics_that_are_no_object_are_explained(run):
    (run.path / "metrics.json").write_text("[]")

    with pytest.raises(CorruptRunError, match="metrics"):
        run.metrics()


def test_calibration_reads_back(run):
    assert not run.has_calibration
    run.write_calibration({"temperature": 1.5})

    assert run.has_calibration
    assert run.calibration() == {"temperature": 1.5}


@pytest.mark.parametrize("content", ["[]", "{", "1", None])
def test_calibration_that_is_no_object_or_missing_is_explained(run, content):
    if content is not None:
        (run.path / "calibration.json").write_text(content)

    with pytest.raises(CorruptRunError, match="calibration"):
        run.calibration()


@pytest.mark.parametrize("missing", ["synthetic", "root", "fingerprint"])
def test_a_record_that_lacks_a_fact_about_the_data_is_explained(run, missing):
    record = json.loads((run.path / "config.json").read_text())
    record["data"].pop(missing)
    run.write_record(record)

    with pytest.raises(CorruptRunError, match="data"):
        _ = run.data


def test_a_config_from_a_stranger_program_is_explained(run):
    record = json.loads((run.path / "config.json").read_text())
    record["config"]["no_such_name"] = 1
    run.write_record(record)

    with pytest.raises(CorruptRunError, match="no_such_name"):
        _ = run.config


def test_the_log_tail_begins_with_a_whole_line(run):
    run.log_path.write_text("".join(f"line {number}\n" for number in range(1000)))

    tail = run.log_tail(max_bytes=100)

    assert tail.startswith("line ")
    assert tail.endswith("line 999\n")
    assert len(tail) <= 100


def test_predictions_read_back(run):
    table = pd.DataFrame({"split": ["test"], "p_severe": [0.25]})
    run.write_predictions(table)

    pd.testing.assert_frame_equal(run.predictions(), table, check_dtype=False)
