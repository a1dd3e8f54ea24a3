"""`python -m lsdc runs …`, as a script calls it."""

import json

import pytest
from typer.testing import CliRunner

from lsdc import settings
from lsdc.cli.app import app
from lsdc.config import preset
from lsdc.errors import ImportedRunError, RunError
from lsdc.runs import RunNotes, RunState, RunStatus, create_run
from lsdc.runs.locks import inheritable_lock

DATA = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": True, "rows": 10, "studies": 2}


@pytest.fixture
def make_run(empty_artifacts):
    def create(state, **status):
        notes = RunNotes(name="Mine", tags=("fold 1",))
        run = create_run(settings.runs_root(), preset("quick"), {"preset": "quick", "data": DATA}, notes)
        run.write_status(RunStatus(state=state, epochs=12, **status))
        return run

    return create


@pytest.fixture
def call(empty_artifacts):
    """Call a command in this process, beside a worker that lives and starts nothing."""

    def invoke(*arguments, **options):
        settings.artifacts_root().mkdir(exist_ok=True)
        with inheritable_lock(settings.worker_lock_path()):
            done = CliRunner().invoke(app, ["runs", *map(str, arguments)], catch_exceptions=True, **options)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return invoke


def test_runs_are_listed_with_their_state_and_their_place_in_the_queue(call, make_run):
    make_run(RunState.QUEUED, enqueued=2)
    first = make_run(RunState.QUEUED, enqueued=1)
    (settings.runs_root() / "20260101-000000-report_cnn-dead").mkdir()

    listed = {row["run"]: row for row in json.loads(call("list", "--json").stdout)}

    assert listed[first.run_id]["place"] == 1
    assert listed[first.run_id]["name"] == "Mine"
    assert sorted(row["state"] for row in listed.values()) == ["corrupt", "queued", "queued"]
    assert json.loads(call("--json").stdout) == list(listed.values())
    assert "queued 2" in call().stdout


def test_what_keeps_a_run_from_starting_and_where_it_computes_is_said(call, make_run):
    waiting = make_run(RunState.QUEUED, message="Waiting to start.", hindrance="The cluster is away.")
    lost = make_run(RunState.FAILED, message="Lost.", host="node-7", node="c0ffee")

    assert "The cluster is away." in call("list").stdout
    assert "The cluster is away." in call("show", waiting.run_id).stdout
    assert "node-7" in call("show", lost.run_id).stdout


def test_a_run_is_shown_with_what_it_says_of_itself(call, make_run):
    run = make_run(RunState.STOPPED, message="Stopped.", epoch=3, seconds_per_step=0.25, memory_bytes=2**30)
    run.log_path.write_text("epoch 3: loss 0.5\n")

    said = call("show", run.run_id).stdout
    facts = json.loads(call("show", run.run_id, "--json").stdout)

    for words in ("Mine", "fold 1", "stopped", "3 of 12", "250 ms", "1.0 GiB", "epoch 3: loss 0.5"):
        assert words in said
    assert facts["config"] == run.config.model_dump(mode="json")
    assert facts["seconds_per_step"] == 0.25


def test_runs_are_stopped_and_resumed(call, make_run):
    run = make_run(RunState.QUEUED)
    run.checkpoint_path.parent.mkdir()
    run.checkpoint_path.write_bytes(b"")

    call("stop", run.run_id)
    assert run.status().state is RunState.STOPPED
    call("resume", run.run_id)
    assert run.status().state is RunState.QUEUED

    with pytest.raises(RunError, match="finished already"):
        call("stop", make_run(RunState.FINISHED).run_id)


def test_a_run_is_removed_only_if_somebody_says_yes(call, make_run):
    run = make_run(RunState.FINISHED)

    assert call("remove", run.run_id, input="n\n").exit_code == 1
    assert run.path.exists()
    call("remove", run.run_id, input="y\n")

    assert not run.path.exists()
    assert (settings.trash_root() / run.run_id / "config.json").exists()


def test_what_is_not_edited_stays(call, make_run):
    run = make_run(RunState.FINISHED)

    call("edit", run.run_id, "--note", "worth repeating")
    assert run.notes() == RunNotes(name="Mine", note="worth repeating", tags=("fold 1",))
    call("edit", run.run_id, "--tag", "")

    assert run.notes().tags == ()


def test_a_watched_run_tells_its_end_by_the_exit_code(call, make_run):
    assert call("watch", make_run(RunState.FINISHED).run_id).exit_code == 0
    assert call("watch", make_run(RunState.FAILED).run_id).exit_code == 1


def test_runs_move_as_a_zip(call, make_run, tmp_path, monkeypatch):
    runs = [make_run(RunState.FINISHED, message="Done.") for _ in range(2)]
    call("export", *[run.run_id for run in runs], "--out", tmp_path / "runs.zip")
    with pytest.raises(ImportedRunError, match="are here already"):
        call("import", tmp_path / "runs.zip")

    monkeypatch.setenv("LSDC_ARTIFACTS", str(tmp_path / "elsewhere"))
    imported = call("import", tmp_path / "runs.zip").stdout.split()

    assert sorted(imported) == sorted(run.run_id for run in runs)
    assert [row["message"] for row in json.loads(call("list", "--json").stdout)] == ["Done.", "Done."]
