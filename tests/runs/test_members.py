"""Ensembles as run folders: what they need stays, and travels with them."""

import json
import zipfile

import pytest

from lsdc.config import preset
from lsdc.errors import CorruptRunError, ImportedRunError, RunError
from lsdc.runs import (
    Member,
    RunFolder,
    RunNotes,
    RunState,
    RunStatus,
    add_run,
    create_run,
    ensembles_of,
    list_runs,
    remove_run,
)
from lsdc.runs.queue import check_resumable
from lsdc.runs.transfer import export_runs, import_runs
from lsdc.training import launch
from lsdc.training.launch import complete_export

DATA = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": True, "rows": 5, "studies": 1}
RECORD = {"preset": "quick", "data": DATA}


@pytest.fixture
def root(tmp_path):
    return tmp_path / "runs"


@pytest.fixture
def members(root):
    runs = [create_run(root, preset("quick"), RECORD, RunNotes()) for _ in range(2)]
    for number, run in enumerate(runs):
        run.onnx_path.write_bytes(bytes([number]))
        run.write_status(RunStatus(state=RunState.FINISHED))
    return runs


@pytest.fixture
def ensemble(root, members):
    def fill(draft):
        draft.write_record({"config": preset("quick").model_dump(mode="json"), **RECORD})
        draft.write_members([Member(run_id=run.run_id, network_sha256=run.network_sha256()) for run in members])
        draft.write_status(RunStatus(state=RunState.FINISHED))

    return add_run(root, "ensemble", fill)


@pytest.fixture
def bring(tmp_path, ensemble):
    """Export the ensemble, and import it into a folder of runs."""

    def bring(runs_root):
        export_runs([ensemble], tmp_path / "runs.zip")
        with (tmp_path / "runs.zip").open("rb") as file:
            return import_runs(file, runs_root)

    return bring


def names(runs):
    return {run.run_id for run in runs}


def test_a_run_is_listed_only_when_all_of_it_is_written(root):
    seen = []

    def fill(draft):
        draft.write_record({"config": preset("quick").model_dump(mode="json"), **RECORD})
        seen.append((draft.run_id, list_runs(root)))

    run = add_run(root, "ensemble", fill)

    assert seen == [(run.run_id, [])]
    assert names(list_runs(root)) == {run.run_id}


def test_a_run_whose_writing_fails_leaves_nothing(root):
    def fill(draft):
        draft.write_notes(RunNotes())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_run(root, "ensemble", fill)

    assert list(root.iterdir()) == []


def test_an_ensemble_grades_with_the_networks_of_its_members(ensemble, members):
    assert ensemble.is_ensemble
    assert ensemble.can_predict
    assert [run.path for run in ensemble.networks()] == [run.path for run in members]
    assert [run.path for run in members[0].networks()] == [members[0].path]


def test_a_member_is_neither_removed_nor_exported_anew_while_its_ensemble_is_here(ensemble, members, tmp_path):
    for run in members:
        with pytest.raises(RunError, match=f"is a member of {ensemble.run_id}"):
            remove_run(run, tmp_path / "trash")
        with pytest.raises(RunError, match="is a member of"):
            complete_export(run)
    assert ensembles_of(members[0]) == [ensemble.run_id]

    remove_run(ensemble, tmp_path / "trash")
    remove_run(members[0], tmp_path / "trash")

    assert names(list_runs(members[1].path.parent)) == {members[1].run_id}


def test_a_run_that_is_being_averaged_is_not_exported_anew(members, monkeypatch):
    monkeypatch.setattr(launch, "LEAVING_SECONDS", 0.0)

    # Who makes an ensemble holds the locks of its members.
    with members[0].lock(), pytest.raises(RunError, match="in use"):
        complete_export(members[0])


def test_a_run_is_held_while_it_is_exported(members, monkeypatch):
    members[0].write_status(RunStatus(state=RunState.FINISHED, message="Done. Not exported: no TensorFlow."))
    held = []
    monkeypatch.setattr(launch, "export_in_process", lambda run: held.append(run.is_locked()) or "Exported.")

    complete_export(members[0])

    assert held == [True]
    assert not members[0].is_locked()
    assert members[0].status().message == "Done. Exported."


def test_an_ensemble_is_neither_resumed_nor_exported_as_a_network(ensemble):
    with pytest.raises(RunError, match="was never trained"):
        check_resumable(ensemble, ensemble.status())
    with pytest.raises(RunError, match="no network of its own"):
        complete_export(ensemble)


@pytest.mark.parametrize(
    "content",
    [
        *("[]", "{}", "null", "[" * 100_000),
        '[{"run_id": "a", "network_sha256": "b"}, {"run_id": "c", "network_sha256": "d"}]',
        json.dumps([{"run_id": "../x", "network_sha256": "0" * 64}] * 2),
    ],
)
def test_members_that_cannot_be_read_are_explained(ensemble, content):
    (ensemble.path / "members.json").write_text(content)

    with pytest.raises(CorruptRunError, match=r"members\.json"):
        RunFolder(ensemble.path).members()


def test_members_travel_with_their_ensemble(ensemble, members, bring, tmp_path):
    brought = bring(tmp_path / "there")

    assert names(brought) == names(list_runs(tmp_path / "there")) == names([ensemble, *members])
    (there,) = [run for run in brought if run.is_ensemble]
    assert [run.network_sha256() for run in there.networks()] == [run.network_sha256() for run in members]


def test_members_that_are_here_with_the_same_network_stay(ensemble, members, bring, tmp_path):
    there = tmp_path / "there"
    export_runs(members[:1], tmp_path / "first.zip")
    with (tmp_path / "first.zip").open("rb") as file:
        (first,) = import_runs(file, there)
    first.write_notes(RunNotes(name="since"))

    brought = bring(there)

    assert names(brought) == names([ensemble, members[1]])
    assert RunFolder(first.path).notes().name == "since"


def test_an_ensemble_is_refused_where_a_member_has_another_network(ensemble, members, bring, tmp_path):
    there = tmp_path / "there"
    export_runs(members[:1], tmp_path / "first.zip")
    with (tmp_path / "first.zip").open("rb") as file:
        (first,) = import_runs(file, there)
    first.onnx_path.write_bytes(b"another")

    with pytest.raises(ImportedRunError, match=f"averages {first.run_id}, .* another network"):
        bring(there)

    assert names(list_runs(there)) == {first.run_id}


def test_an_ensemble_is_not_exported_without_a_member(ensemble, members, bring, tmp_path):
    members[0].path.rename(tmp_path / members[0].run_id)

    with pytest.raises(CorruptRunError, match=members[0].run_id):
        bring(tmp_path / "there")


def test_an_ensemble_is_not_taken_in_without_a_member(ensemble, members, tmp_path):
    export_runs([ensemble], tmp_path / "whole.zip")
    with zipfile.ZipFile(tmp_path / "whole.zip") as whole, zipfile.ZipFile(tmp_path / "part.zip", "w") as part:
        for name in whole.namelist():
            if not name.startswith(members[0].run_id):
                part.writestr(name, whole.read(name))

    with (tmp_path / "part.zip").open("rb") as file, pytest.raises(ImportedRunError, match="is not in the zip"):
        import_runs(file, tmp_path / "there")

    assert list((tmp_path / "there").iterdir()) == []
