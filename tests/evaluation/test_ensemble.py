"""The mean of several runs, as a run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from lsdc.config import SideChoice, preset
from lsdc.errors import EnsembleError
from lsdc.evaluation import ensemble as ensembles
from lsdc.evaluation.calibration_file import about_fit, read_calibration
from lsdc.evaluation.ensemble import check_members, create_ensemble, mean_predictions
from lsdc.evaluation.predictions import (
    PROBABILITY_COLUMNS,
    labels_of,
    probabilities_of,
    rows_fingerprint,
    scored_rows,
)
from lsdc.evaluation.stored import current_metrics, is_current, rescore, stored_draws
from lsdc.labels import Level
from lsdc.runs import RunFolder, RunNotes, RunState, RunStatus, create_run, list_runs
from lsdc.settings import PROJECT_ROOT

DATA = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": True, "rows": 300, "studies": 60}


BOTH_SIDES = preset("quick").changed(side=SideChoice.EITHER)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("ensembles")


@pytest.fixture(scope="module")
def make_member(root, make_predictions):
    def make(config=BOTH_SIDES, *, data=DATA, num_studies=24, **of_predictions) -> RunFolder:
        run = create_run(root, config, {"preset": "quick", "data": data}, RunNotes())
        run.write_predictions(make_predictions(num_studies, **of_predictions))
        run.write_metrics({})  # that it was scored counts, and not how well
        run.write_model_summary(f"layers of {run.run_id}")
        run.onnx_path.write_bytes(run.run_id.encode())
        run.write_status(RunStatus(state=RunState.FINISHED))
        return run

    return make


@pytest.fixture(scope="module")
def members(make_member) -> list[RunFolder]:
    neighbours = BOTH_SIDES.changed(neighbours=1)
    one, other = make_member(grader=1), make_member(neighbours, grader=2)
    # Tables of the same rows in another order.
    other.write_predictions(other.predictions().sample(frac=1, random_state=0))
    return [one, other]


@pytest.fixture(scope="module")
def made(members, root) -> RunFolder:
    return create_ensemble(members, root, RunNotes(name="Both"))


def test_an_ensemble_predicts_the_mean_of_its_members(members, made) -> None:
    keys = ["study_id", "level"]
    tables = [of.predictions().set_index(keys).sort_index() for of in (made, *members)]
    mean, one, other = (table[list(PROBABILITY_COLUMNS)].to_numpy() for table in tables)
    np.testing.assert_allclose(mean, (one + other) / 2, rtol=1e-12)
    assert tables[0]["label"].tolist() == tables[1]["label"].tolist()
    assert made.notes().name == "Both"


def test_it_is_scored_as_any_run_is(members, made) -> None:
    metrics = current_metrics(made)
    _, rows = scored_rows(made.predictions())
    expected = roc_auc_score(labels_of(rows), probabilities_of(rows), multi_class="ovr")
    assert metrics["metrics"]["macro_auc"]["value"] == pytest.approx(expected)
    assert metrics["rows_fingerprint"] == rows_fingerprint(scored_rows(members[0].predictions())[1])
    assert is_current(made)
    assert stored_draws(made) is not None
    made.check()


def test_it_says_of_what_it_is_made(members, made) -> None:
    # The member that looks at the most slices comes first, so that an image's neighbours are read for all of them.
    assert [member.run_id for member in made.members()] == [members[1].run_id, members[0].run_id]
    assert [member.network_sha256 for member in made.members()] == [
        members[1].network_sha256(),
        members[0].network_sha256(),
    ]
    assert made.config == members[1].config
    assert made.data == members[0].data
    assert all(f"layers of {member.run_id}" in made.model_summary() for member in members)
    assert made.status().state is RunState.FINISHED
    card = made.model_card()
    assert f"python -m lsdc ensemble {members[1].run_id} {members[0].run_id}" in card
    assert f"| Name | {members[1].run_id} | {members[0].run_id} |" in card
    rescore(made)
    assert made.model_card() == card


def test_nothing_of_it_is_fitted_on_any_row(made) -> None:
    record = read_calibration(made)

    assert record["fitted_on"] is None
    assert record["temperature"] == 1
    assert record["reliability"]["part"] == "test"
    assert record["reliability"]["ece"]["value"] == pytest.approx(current_metrics(made)["metrics"]["ece"]["value"])
    assert "mean of the probabilities of 2 runs" in about_fit(record)


@given(st.data())
def test_a_mean_lies_between_its_members_and_sums_to_one(make_predictions, data) -> None:
    tables = [
        make_predictions(6, grader=data.draw(st.integers(0, 99)), skill=data.draw(st.floats(0, 5)))
        for _ in range(data.draw(st.integers(2, 4)))
    ]

    mean = probabilities_of(mean_predictions(tables))

    each = np.stack([probabilities_of(table.sort_values(["study_id"], kind="stable")) for table in tables])
    np.testing.assert_allclose(mean.sum(axis=1), 1)
    assert (mean >= each.min(axis=0) - 1e-12).all()
    assert (mean <= each.max(axis=0) + 1e-12).all()


def test_attention_of_one_network_is_not_that_of_several(make_predictions) -> None:
    tables = [make_predictions(6, grader=grader).assign(attention_1=1.0, crop_hash="x") for grader in (1, 2)]

    mean = mean_predictions(tables)

    assert "attention_1" not in mean
    assert "crop_hash" in mean


def test_runs_that_do_not_belong_together_are_refused_with_the_reason(make_member) -> None:
    one = make_member()
    levels = BOTH_SIDES.changed(levels=(Level.L4_L5,))
    fewer = make_member()
    fewer.write_predictions(fewer.predictions().query("study_id != 3"))
    others = {
        "other data": make_member(data=DATA | {"fingerprint": "g"}),
        "conditions, sides and levels": make_member(levels),
        "120 of their rows are in another part": make_member(parts=("validation", "test", "train")),
        ": 5 of their rows are in another part, or in one of them only": fewer,
    }
    for words, other in others.items():
        with pytest.raises(EnsembleError, match=words):
            check_members([one, other])
    check_members([one, make_member(grader=3)])


def test_members_that_a_sweep_divided_hand_on_how(make_member, root) -> None:
    members = [make_member(grader=grader) for grader in (1, 2)]
    held_out = preset("quick").split.model_dump(mode="json")
    for number, member in enumerate(members):
        member.write_record({**member.record, "sweep": {"id": "s", "number": number, "held_out": held_out}})

    made = create_ensemble(members, root, RunNotes())

    assert made.record["held_out"] == held_out
    assert made.trial is None
    assert "divided once more" in made.model_card()


def test_a_run_that_may_still_change_is_no_member(make_member) -> None:
    one, stopped, unexported = make_member(), make_member(), make_member()
    stopped.write_status(RunStatus(state=RunState.STOPPED))
    unexported.onnx_path.unlink()

    for other in (stopped, unexported):
        with pytest.raises(EnsembleError, match="or has no exported network"):
            check_members([one, other])


def test_an_ensemble_has_two_different_members_or_more_and_is_none_itself(members, made) -> None:
    for chosen, words in (
        (members[:1], "1 runs were chosen"),
        (members[:1] * 2, "chosen twice"),
        ([*members, members[0]], "chosen twice"),
        ([made, members[0]], "is an ensemble itself"),
    ):
        with pytest.raises(EnsembleError, match=words):
            check_members(chosen)


def test_a_run_that_is_chosen_twice_is_not_waited_for(members, root, monkeypatch) -> None:
    monkeypatch.setattr(ensembles, "LEAVING_SECONDS", 0.0)

    with pytest.raises(EnsembleError, match="chosen twice"):
        create_ensemble(members[:1] * 2, root, RunNotes())


def test_a_member_that_somebody_holds_is_waited_for(members, root, monkeypatch) -> None:
    monkeypatch.setattr(ensembles, "LEAVING_SECONDS", 0.0)

    before = len(list_runs(root))

    with members[0].lock(), pytest.raises(EnsembleError, match="is in use"):
        create_ensemble(members, root, RunNotes())

    assert len(list_runs(root)) == before


MAKER = """
import sys
from pathlib import Path
from lsdc.evaluation.ensemble import create_ensemble
from lsdc.runs import RunNotes, list_runs
root = Path(sys.argv[1])
members = list_runs(root)
print("begins", flush=True)
create_ensemble(members, root, RunNotes())
"""


@pytest.mark.exhaustive
def test_a_kill_at_any_instant_leaves_no_half_ensemble(members, tmp_path) -> None:
    for run in members:
        shutil.copytree(run.path, tmp_path / run.run_id)
    kept = {run.run_id for run in members}
    for seconds in np.linspace(0, 3, 12):
        maker = subprocess.Popen(
            [sys.executable, "-c", MAKER, str(tmp_path)], stdout=subprocess.PIPE, cwd=PROJECT_ROOT, env=os.environ
        )
        maker.stdout.readline()
        time.sleep(seconds)
        maker.send_signal(signal.SIGKILL)
        maker.wait()
        maker.stdout.close()
        made = [run for run in list_runs(tmp_path) if run.run_id not in kept]

        assert all(run.is_ensemble for run in made)
        for run in made:
            run.check()
            assert pd.notna(run.metrics()["metrics"]["macro_auc"]["value"])
            run.path.rename(tmp_path / f".removed-{run.run_id}")
