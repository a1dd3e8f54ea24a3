"""Runs beside each other on the command line."""

import json
import shutil
import sys

import pandas as pd
import pytest

from lsdc.cli.app import run
from lsdc.evaluation.markdown import escaped
from lsdc.runs import RunFolder

pytestmark = pytest.mark.trains


@pytest.fixture
def call(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["lsdc", "compare", *map(str, arguments)])
        with pytest.raises(SystemExit) as leaving:
            run()
        return leaving.value.code, capsys.readouterr()

    return call


@pytest.fixture
def runs(empty_artifacts, trained_run, whole_slice_run):
    return [
        RunFolder(shutil.copytree(run.path, empty_artifacts / "runs" / run.run_id))
        for run in (trained_run, whole_slice_run)
    ]


def test_runs_of_the_same_rows_are_ranked_and_two_are_tested(call, runs):
    code, said = call(*(run.run_id for run in runs), "--json")

    assert code == 0
    answer = json.loads(said.out)
    (group,) = answer["groups"]
    assert set(group["runs"]) == {run.run_id for run in runs}
    assert set(group["baselines"]) == {"constant", "level only", "level + coordinates"}
    assert "A" in answer["verdict"]
    assert answer["not_compared"] is None


def test_scores_are_written_anew_and_leave_a_sheet(call, runs, tmp_path):
    before = [run.metrics() for run in runs]
    for run_ in runs:
        run_.draws_path.unlink()

    code, said = call(*(run.run_id for run in runs), "--rescore", "--out", tmp_path / "scores.md")

    assert code == 0
    assert [run.metrics() for run in runs] == before
    assert all(run.draws_path.is_file() for run in runs)
    assert "Holm over 1" in said.out
    heading, _, _, _, *lines = (tmp_path / "scores.md").read_text().splitlines()
    assert heading.startswith("## phantom: ")
    assert [line.split(" | ")[0] for line in lines[:2]] == [f"| {escaped(run.run_id)}" for run in runs]


def test_runs_of_other_rows_stand_in_their_own_group_and_are_not_tested(call, runs, tmp_path):
    elsewhere = runs[1]
    predictions = elsewhere.predictions()
    elsewhere.write_predictions(predictions.assign(study_id=predictions["study_id"] + 1_000_000))

    code, said = call(*(run.run_id for run in runs), "--out", tmp_path / "scores.csv")

    assert code == 0
    assert said.out.count("level + coordinates") == 2
    assert "Not compared. These runs share no scored rows." in said.out
    sheet = pd.read_csv(tmp_path / "scores.csv")
    assert sheet.groupby("rows", sort=False)["grader"].first().tolist() == [run.run_id for run in runs]
    assert sheet["macro_auc"].notna().all()


def test_a_damaged_run_does_not_keep_the_others_from_being_scored_anew(call, runs):
    damaged, whole = runs
    damaged.predictions_path.write_bytes(b"no table")
    whole.metrics_path.write_text("{}")

    code, said = call("--rescore")

    assert code == 0
    assert damaged.run_id not in said.out
    assert f"{damaged.run_id}: predictions.parquet" in said.err
    assert whole.run_id in said.out
    assert "macro_auc" in whole.metrics()["metrics"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([f"run{number}" for number in range(11)], "11 runs make 55 pairs"),
        (["--out", "scores.xlsx"], "scores.xlsx"),
        (["no-such-run"], "no-such-run"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_scored(call, runs, arguments, words):
    code, said = call(*arguments)

    assert code == 1
    assert words in said.err
    assert not said.out
