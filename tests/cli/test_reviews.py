"""Label reviews and human readers on the command line."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from lsdc.cli.app import app
from lsdc.config import preset
from lsdc.dataset.reviews import LABEL_KEYS, Review, as_csv
from lsdc.dataset.tables import load_label_table
from lsdc.errors import LsdcError, TableError
from lsdc.evaluation.doubtful_labels import doubtful_labels
from lsdc.evaluation.predictions import with_probabilities
from lsdc.runs import Member, RunNotes, RunState, RunStatus, create_run


@pytest.fixture
def call():
    """Run a command in this process; its output, or the failure that it leaves with."""

    def go(*arguments):
        result = CliRunner().invoke(app, list(map(str, arguments)))
        if isinstance(result.exception, LsdcError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return go


@pytest.fixture
def make_run(empty_artifacts, phantom_root):
    table = load_label_table(phantom_root).dropna(subset="severity", ignore_index=True)

    def make(fingerprint="f"):
        data = {"name": "p", "root": "", "fingerprint": fingerprint, "synthetic": True, "rows": 1, "studies": 1}
        run = create_run(empty_artifacts / "runs", preset("quick"), {"preset": "quick", "data": data}, RunNotes())
        run.write_status(RunStatus(state=RunState.FINISHED))
        rows = table.rename(columns={"severity": "label"}).astype({"label": object})
        rows = rows.assign(split=np.where(rows["study_id"].rank() % 2 > 1, "train", "test"))
        guesses = np.random.default_rng(1).dirichlet([1, 1, 1], size=len(rows))
        run.write_predictions(with_probabilities(rows.drop(columns=["image", "series_description"]), guesses))
        return run

    return make


def test_doubted_labels_are_ranked_and_written(call, make_run, tmp_path):
    run = make_run()
    out = tmp_path / "labels.csv"
    printed = call("reviews", "rank", run.run_id, "--out", out)

    expected = doubtful_labels([run.predictions()])
    assert len(pd.read_csv(out)) == len(expected)
    assert str(expected["study_id"].iloc[0]) in printed.splitlines()[0]
    assert f"{len(expected)} labels are held out" in printed
    ranked = json.loads(call("reviews", "rank", run.run_id, "--json"))["labels"]
    assert [row["loss"] for row in ranked] == pytest.approx(expected["loss"].tolist())


def test_the_members_of_an_ensemble_speak_for_it_once(call, make_run, empty_artifacts):
    members = [make_run(), make_run()]
    made = make_run()
    made.write_members([Member(run_id=run.run_id, network_sha256="0" * 64) for run in members])

    ranked = json.loads(call("reviews", "rank", made.run_id, *(run.run_id for run in members), "--json"))["labels"]

    assert {row["runs"] for row in ranked} == {2}


def test_runs_of_different_data_are_not_ranked_together(call, make_run):
    with pytest.raises(TableError, match="learned from different data"):
        call("reviews", "rank", make_run().run_id, make_run("other").run_id)


@pytest.fixture
def decide(call, empty_artifacts, phantom_root):
    studies = load_label_table(phantom_root)["study_id"].unique()

    def go(decision, study=0, reviewer="Anna", **changed):
        options = {"study": studies[study], "condition": "spinal_canal_stenosis", "level": "l4_l5"} | changed
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return call("reviews", "decide", decision, "--reviewer", reviewer, "--data", phantom_root, *words).strip()

    return go


def test_decisions_go_to_the_file_that_training_and_the_page_read(call, decide, phantom_root):
    decide("keep", study=0)
    path = decide("drop", study=1, reason="wrong level")

    assert Review.read(Path(path)).table["decision"].tolist() == ["keep", "drop"]
    assert call("reviews", "check", path, "--data", phantom_root) == "2 labels: 1 keep, 1 drop, 0 doubt\n"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"level": "l9"}, "no level"),
        ({"condition": "canal"}, "no condition"),
        ({"decision": "maybe"}, "no decision"),
        ({"reviewer": "../anna"}, "name of a reviewer"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(decide, changed, reason, empty_artifacts):
    with pytest.raises(LsdcError, match=reason):
        decide(**{"decision": "drop"} | changed)
    assert not (empty_artifacts / "reviews").exists()


def test_a_label_that_is_not_there_cannot_be_decided(call, empty_artifacts, phantom_root):
    with pytest.raises(TableError, match="no label 1 spinal_canal_stenosis midline L4/L5"):
        call(
            *("reviews", "decide", "drop", "--reviewer", "Anna", "--data", phantom_root),
            *("--study", 1, "--condition", "spinal_canal_stenosis", "--level", "l4_l5"),
        )


def test_two_files_are_compared(call, decide):
    for study, (first, second) in enumerate([("keep", "keep"), ("drop", "drop"), ("drop", "keep")]):
        anna, ben = decide(first, study), decide(second, study, "Ben")

    printed = json.loads(call("reviews", "agree", anna, ben, "--json"))
    # Alike on 2 of 3, by chance on 4 of 9: (6 - 4) / (9 - 4).
    assert printed["kappa"] == pytest.approx(0.4)
    assert (printed["labels"], printed["agreed"], printed["counts"]["drop"]["keep"]) == (3, 2, 1)
    assert "3 labels, alike on 2; Cohen's kappa, unweighted: 0.400" in call("reviews", "agree", anna, ben)


def test_a_file_from_elsewhere_is_taken_in_if_its_labels_are_here(call, decide, phantom_root, tmp_path):
    table = load_label_table(phantom_root)[list(LABEL_KEYS)].iloc[:3]
    decisions = table.assign(decision="doubt", reason="", reviewer="Ben", when="2026-01-31")
    here, elsewhere = tmp_path / "here.csv", tmp_path / "elsewhere.csv"
    here.write_bytes(as_csv(decisions))
    elsewhere.write_bytes(as_csv(decisions.assign(study_id=[1, 2, 3])))

    assert "3 of 3 decisions taken in" in call("reviews", "import", here, "--data", phantom_root)
    with pytest.raises(TableError, match="3 of 3 labels that are not in this data set"):
        call("reviews", "import", elsewhere, "--data", phantom_root)


def test_kappas_stand_beside_published_ones_of_the_same_kind(call, make_run):
    run = make_run()
    told = json.loads(call("readers", run.run_id, "--kappa", "linear", "--json"))

    assert {value["kind"] for value in told["published"]} == {"linear weights"}
    assert len(told["kappas"][run.run_id]) == 3
    assert "no target" in call("readers")
