"""`python -m lsdc sweep …`, as a script calls it."""

import json

import pytest
from typer.testing import CliRunner

from lsdc import settings
from lsdc.cli.app import app
from lsdc.runs import RunState
from lsdc.runs.locks import inheritable_lock
from lsdc.sweeps.driver import Driver
from lsdc.sweeps.folder import open_sweep

DEFINITION = """
title = "Mine"
preset = "quick"
trials = 7
[fixed]
image_px = 16
conv_filters = [4, 8]
[search]
conv_filters = [[4, 8], [8, 8], [4, 8, 8, 8, 8]]
"""


@pytest.fixture
def call(empty_artifacts, phantom_root, tmp_path):
    """Call a command in this process, beside a worker that lives and starts nothing."""
    (tmp_path / "mine.toml").write_text(DEFINITION)

    def invoke(*arguments, **options):
        settings.artifacts_root().mkdir(exist_ok=True)
        with inheritable_lock(settings.worker_lock_path()):
            return CliRunner().invoke(app, ["sweep", *map(str, arguments)], catch_exceptions=False, **options)

    return invoke


def test_a_sweep_is_started_listed_shown_stopped_and_removed(call, phantom_root, tmp_path):
    assert "No sweep yet" in call("list").stdout
    name = json.loads(
        call("start", tmp_path / "mine.toml", "--data", phantom_root, "--trials", 3, "--parallel", 3, "--json").stdout
    )["sweep"]
    sweep = open_sweep(settings.sweeps_root(), name)
    call("stop", name)
    with sweep.lock(patience_s=30):  # its driver has ended
        pass
    sweep.reopen()
    with sweep.lock(), inheritable_lock(settings.worker_lock_path()):
        Driver(sweep).turn()
        for trial in sweep.trials(settings.runs_root()):
            if trial.run:
                trial.run.write_history([{"epoch": 1, "stage": 1, "val_loss": trial.number}])
                trial.run.write_status(trial.run.written_status().model_copy(update={"state": RunState.FINISHED}))
        Driver(sweep).turn()

    shown = json.loads(call("show", name, "--json").stdout)
    words = call("show", name).stdout
    (listed,) = json.loads(call("list", "--json").stdout)

    assert shown["state"] == listed["state"] == "finished"
    assert {trial["state"] for trial in shown["trials"]} == {"finished", "infeasible"}
    assert shown["best"]["run"] in words
    assert "too small" in words
    assert "test rows had no say" in words
    assert call("remove", name, input="n\n").exit_code == 1
    call("remove", name, "--yes", "--with-runs")
    assert json.loads(call("list", "--json").stdout) == []
