"""Runs as a zip: what moves, and what is refused."""

import json
import stat
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lsdc import archives
from lsdc.config import preset
from lsdc.errors import ArchiveError, CorruptRunError, ImportedRunError, RunError
from lsdc.runs import RunFolder, RunNotes, RunState, RunStatus, create_run, list_runs, transfer
from lsdc.runs.transfer import export_runs, import_runs

DATA = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": True, "rows": 5, "studies": 1}
ID = "20260101-000000-report_cnn-0001"


def bring(packed, runs_root):
    with packed.open("rb") as file:
        return import_runs(file, runs_root)


@pytest.fixture
def run(tmp_path):
    run = create_run(tmp_path / "there", preset("quick"), {"preset": "quick", "data": DATA}, RunNotes(tags=("fold 1",)))
    run.write_status(RunStatus(state=RunState.STOPPED, message="Stopped.", pid=1, host="there"))
    run.write_predictions(pd.DataFrame({"split": ["test"], "p_severe": [0.25]}))
    run.checkpoint_path.parent.mkdir()
    run.checkpoint_path.write_bytes(b"weights")
    run.log_path.write_text("epoch 1\n")
    return run


@pytest.fixture
def here(tmp_path):
    return tmp_path / "here"


@pytest.fixture
def files(run):
    """The files of a run that could be imported under the name `ID`, as bytes by their place in the zip."""
    names = ("config.json", "status.json", "predictions.parquet")
    return {f"{ID}/{name}": (run.path / name).read_bytes() for name in names}


@pytest.fixture
def pack(tmp_path):
    def write(files):
        path = tmp_path / "packed.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path

    return write


def _nothing_is_left(runs_root):
    return list(runs_root.iterdir()) == []


@pytest.mark.parametrize("checkpoints", [False, True])
def test_an_exported_run_is_the_same_when_it_is_imported(run, here, tmp_path, checkpoints):
    export_runs([run], tmp_path / "runs.zip", checkpoints=checkpoints)
    (imported,) = bring(tmp_path / "runs.zip", here)

    assert imported.run_id == run.run_id
    assert imported.config == run.config
    assert imported.notes() == run.notes()
    assert imported.log_tail() == run.log_tail()
    pd.testing.assert_frame_equal(imported.predictions(), run.predictions())
    assert imported.status().state is RunState.STOPPED
    assert imported.status().pid is None
    assert imported.can_resume is checkpoints
    assert [listed.run_id for listed in list_runs(here)] == [run.run_id]


def test_a_run_that_died_without_a_word_is_exported_as_failed(run, here, tmp_path):
    run.write_status(RunStatus(state=RunState.RUNNING))

    export_runs([run], tmp_path / "runs.zip")
    (imported,) = bring(tmp_path / "runs.zip", here)

    assert imported.written_status().state is RunState.FAILED


def test_a_run_that_waits_is_not_exported(run, tmp_path):
    run.write_status(RunStatus(state=RunState.QUEUED))

    with pytest.raises(RunError, match="queued"):
        export_runs([run], tmp_path / "runs.zip")
    assert not (tmp_path / "runs.zip").exists()


def test_a_run_that_is_here_already_is_refused_and_stays_as_it_is(run, tmp_path):
    export_runs([run], tmp_path / "runs.zip")
    run.write_notes(RunNotes(name="since"))

    with pytest.raises(ImportedRunError, match=f"{run.run_id} is here already"):
        bring(tmp_path / "runs.zip", run.path.parent)

    assert RunFolder(run.path).notes().name == "since"


@pytest.mark.parametrize(
    "name",
    [
        *("../evil/config.json", "/etc/passwd", f"{ID}/../../x", f"{ID}/checkpoint/../config.json"),
        *(f"{ID}/run.lock", f"{ID}/model.h5", f"{ID}/", "config.json", ".draft/config.json", f"{ID}\\config.json"),
    ],
)
def test_names_that_no_run_has_are_refused(pack, files, here, name):
    packed = pack(files)
    # `writestr` would tidy some of these names.
    with zipfile.ZipFile(packed, "a") as archive:
        member = zipfile.ZipInfo("x")
        member.filename = name
        archive.writestr(member, "{}")

    with pytest.raises((ArchiveError, ImportedRunError)):
        bring(packed, here)

    assert _nothing_is_left(here)


@pytest.mark.parametrize("fingerprint", ["../../../x", "/etc", "", 7.5])
def test_a_fingerprint_that_leads_out_of_the_folder_of_reviews_is_refused(pack, files, here, fingerprint):
    config = json.loads(files[f"{ID}/config.json"])
    config["data"]["fingerprint"] = fingerprint

    with pytest.raises(ImportedRunError, match="fingerprint of its data"):
        bring(pack(files | {f"{ID}/config.json": json.dumps(config).encode()}), here)

    assert _nothing_is_left(here)


def test_a_link_is_refused(pack, files, here):
    packed = pack(files)
    with zipfile.ZipFile(packed, "a") as archive:
        member = zipfile.ZipInfo(f"{ID}/train.log")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, "/etc/passwd")

    with pytest.raises(ArchiveError, match="link"):
        bring(packed, here)

    assert _nothing_is_left(here)


def test_a_bomb_is_refused_before_it_is_inflated(pack, files, here, monkeypatch):
    monkeypatch.setattr(transfer, "_inflate", None)

    with pytest.raises(ArchiveError, match="more than 100 to one"):
        bring(pack(files | {f"{ID}/train.log": bytes(10**7)}), here)
    monkeypatch.setattr(transfer, "MAX_INFLATED_BYTES", 1000)
    with pytest.raises(ImportedRunError, match="It would take"):
        bring(pack(files), here)
    monkeypatch.setattr(transfer, "MAX_ZIP_BYTES", 10)
    with pytest.raises(ImportedRunError, match="GiB, more than"):
        bring(pack(files), here)

    assert _nothing_is_left(here)


def test_a_table_that_names_more_rows_than_memory_holds_is_refused(pack, files, here, tmp_path, monkeypatch):
    column = pa.DictionaryArray.from_arrays(np.zeros(250_000, np.int32), pa.array(["x" * 10_000]))
    # Without the schema, a reader does not know that one string was meant 250,000 times.
    pq.write_table(pa.table({"split": column}), tmp_path / "bomb.parquet", store_schema=False)
    monkeypatch.setattr(archives, "MAX_RATIO", 10**6)
    assert (tmp_path / "bomb.parquet").stat().st_size < 10**6

    with pytest.raises(ImportedRunError, match="memory or time"):
        bring(pack(files | {f"{ID}/predictions.parquet": (tmp_path / "bomb.parquet").read_bytes()}), here)

    assert _nothing_is_left(here)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("config.json", b"{}", "config.json .* holds no configuration"),
        ("status.json", b'{"state": "running"}', "the run is not over"),
        ("status.json", b'{"state": "stopped", "code": 1}', "does not hold the state"),
        ("predictions.parquet", b"PAR1", "predictions.parquet"),
        ("notes.json", b'{"name": 1}', "notes.json"),
        ("history.csv", b"epoch\n1\n", "history.csv"),
        ("metrics.json", b"[]", "metrics.json"),
    ],
)
def test_a_check_names_the_file_that_cannot_be_read_and_the_reason(files, here, name, content, words):
    for place, whole in files.items():
        (here / place).parent.mkdir(parents=True, exist_ok=True)
        (here / place).write_bytes(whole)
    (here / ID / name).write_bytes(content)

    with pytest.raises(CorruptRunError, match=words):
        RunFolder(here / ID).check()


def test_a_run_that_cannot_be_read_is_refused(pack, files, here):
    with pytest.raises(ImportedRunError, match=r"config\.json .* holds no configuration"):
        bring(pack(files | {f"{ID}/config.json": b"{}"}), here)

    assert _nothing_is_left(here)


def test_a_run_without_its_config_is_refused(pack, files, here):
    with pytest.raises(ImportedRunError, match=r"lacks config\.json"):
        bring(pack({f"{ID}/status.json": files[f"{ID}/status.json"]}), here)


def test_what_is_no_zip_is_refused(here, tmp_path, pack, files):
    (tmp_path / "no.zip").write_bytes(b"PK but no")
    with pytest.raises(ArchiveError, match="no zip"):
        bring(tmp_path / "no.zip", here)

    packed = bytearray(pack(files).read_bytes())
    packed[60:70] = bytes(10)
    (tmp_path / "damaged.zip").write_bytes(packed)
    with pytest.raises(ArchiveError, match="damaged"):
        bring(tmp_path / "damaged.zip", here)

    assert _nothing_is_left(here)
