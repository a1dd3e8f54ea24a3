"""`python -m lsdc ensemble`, `card` and `export`, as a script calls them."""

import json
import shutil
import sys

import pytest
from typer.testing import CliRunner

from lsdc import settings
from lsdc.cli.app import app
from lsdc.errors import ConfigError, EnsembleError, ExportError, RunError
from lsdc.labels import Severity
from lsdc.runs import open_run


@pytest.fixture
def runs(empty_artifacts, trained_run, whole_slice_run, trained_stack_run):
    """Copies of the trained runs, apart from those of other tests: two that share a split, and one of other rows."""
    copies = []
    for run in (trained_run, whole_slice_run, trained_stack_run):
        shutil.copytree(run.path, settings.runs_root() / run.run_id)
        copies.append(run.run_id)
    return copies


@pytest.fixture
def call(empty_artifacts):
    def invoke(*arguments):
        done = CliRunner().invoke(app, list(map(str, arguments)))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return invoke


def test_an_ensemble_is_made_shown_graded_with_and_given_up(runs, call, phantom_root):
    one, other, _ = runs

    made = json.loads(call("ensemble", one, other, "--name", "Both", "--json").stdout)

    assert sorted(made["members"]) == sorted([one, other])
    shown = call("runs", "show", made["run"]).stdout
    assert all(name in shown for name in ("Both", one, other, "The mean of 2 runs."))
    assert "Epochs" not in shown
    assert json.loads(call("runs", "show", made["run"], "--json").stdout)["members"] == made["members"]
    row = open_run(settings.runs_root(), one).predictions().iloc[0]
    dicom = phantom_root / f"train_images/{row.study_id}/{row.series_id}/{row.instance_number}.dcm"
    point = ("--x", row.x, "--y", row.y, "--level", row.level.lower().replace("/", "_"), "--side", row.side)
    grade = json.loads(call("predict", "--run", made["run"], "--dicom", dicom, *point, "--json").stdout)
    stored = open_run(settings.runs_root(), made["run"]).predictions()
    same = stored[(stored[["study_id", "series_id", "level"]] == row[["study_id", "series_id", "level"]]).all(axis=1)]
    expected = [same[severity.probability_column].item() for severity in Severity]
    assert list(grade["probabilities"].values()) == pytest.approx(expected, abs=1e-4)
    assert list(grade["members"]) == made["members"]
    with pytest.raises(RunError, match="is a member of"):
        call("runs", "remove", one, "--yes")
    call("runs", "remove", made["run"], "--yes")
    call("runs", "remove", one, "--yes")


def test_runs_of_other_rows_are_not_averaged(runs, call):
    with pytest.raises(EnsembleError, match="did not learn the same"):
        call("ensemble", runs[0], runs[2])


def test_a_card_is_printed_or_written_as_its_suffix_says(runs, call, tmp_path):
    text = call("card", runs[0]).stdout
    for suffix in ("md", "html"):
        call("card", runs[0], "--out", tmp_path / f"card.{suffix}")

    assert text == open_run(settings.runs_root(), runs[0]).model_card()
    assert (tmp_path / "card.md").read_text() == text
    assert "<h1>" in (tmp_path / "card.html").read_text()
    with pytest.raises(ConfigError, match=r"card\.pdf"):
        call("card", runs[0], "--out", tmp_path / "card.pdf")


def test_an_export_says_what_it_writes(runs, call, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "mlflow", None)

    assert call("export", runs[0]).exit_code == 2
    assert call("export", runs[0], "--onnx", "--mlflow", tmp_path).exit_code == 2
    with pytest.raises(ExportError, match="MLflow is not installed"):
        call("export", "--mlflow", tmp_path, runs[0])
