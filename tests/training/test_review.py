"""A run that leaves rows out: what it records, what it learns from, and what is refused before it starts."""

import shutil

import pytest

from lsdc import settings
from lsdc.config import LeaveOut
from lsdc.dataset.reviews import LABEL_KEYS, Decision, Review, as_csv, divide_rows
from lsdc.dataset.splits import Part
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.errors import MissingFileError, TableError
from lsdc.runs import RunFolder, RunState, list_runs
from lsdc.runs.locks import inheritable_lock
from lsdc.runs.transfer import export_runs, import_runs
from lsdc.training.launch import start_run
from lsdc.training.rows import read_rows


@pytest.fixture
def start(empty_artifacts, phantom_root):
    """Put a run into a queue that nobody works on."""
    empty_artifacts.mkdir()
    with inheritable_lock(settings.worker_lock_path()):
        yield lambda config: start_run(config, preset="quick", data_root=phantom_root)


@pytest.fixture
def rows(phantom_root, tiny_config):
    return rows_for_training(load_label_table(phantom_root), tiny_config)


@pytest.fixture
def parts(rows, tiny_config):
    return divide_rows(rows, tiny_config, None)


def write_review(path, rows, decision=Decision.DROP):
    table = rows[list(LABEL_KEYS)].assign(decision=decision.value, reason="", reviewer="Anna", when="2026-01-31")
    path.write_bytes(as_csv(table))
    return str(path)


def test_a_run_learns_without_the_dropped_rows_and_is_judged_on_all(start, tmp_path, rows, parts, tiny_config):
    some = rows[parts == Part.TRAIN].iloc[:3]
    judged = rows[parts != Part.TRAIN].iloc[:4]
    path = tmp_path / "anna.csv"
    write_review(path, rows.loc[[*some.index, *judged.index]])
    run = start(tiny_config.changed(label_review=str(path)))
    digest = Review.read(path).sha256
    write_review(path, rows)  # somebody goes on deciding
    read = read_rows(run, lambda done, total: None)

    assert run.data["left_out"] == {"rows": 3, "review": "anna.csv", "sha256": digest}
    assert Review.read(run.review_path).sha256 == digest
    assert read.cache.index.index[read.split == Part.LEFT_OUT].tolist() == some.index.tolist()
    unmoved = read.split != Part.LEFT_OUT
    assert read.split[unmoved].tolist() == parts[read.cache.index.index[unmoved]].tolist()
    assert not set(read.positions("train", "validation", "test")) & set(read.positions(Part.LEFT_OUT))


def test_doubted_rows_are_left_out_when_asked_for(start, tmp_path, rows, parts, tiny_config):
    some = rows[parts == Part.TRAIN].iloc[:2]
    asked = tiny_config.changed(label_review=write_review(tmp_path / "anna.csv", some, Decision.DOUBT))

    assert start(asked).data["left_out"]["rows"] == 0
    assert start(asked.changed(leave_out=LeaveOut.DOUBTED_TOO)).data["left_out"]["rows"] == 2


def test_a_run_without_a_review_says_nothing_of_one(start, tiny_config):
    run = start(tiny_config)

    assert "left_out" not in run.data
    assert not run.review_path.exists()


def test_a_run_whose_own_copy_is_gone_does_not_train_on_everything(start, tmp_path, rows, parts, tiny_config):
    run = start(
        tiny_config.changed(label_review=write_review(tmp_path / "anna.csv", rows[parts == Part.TRAIN].iloc[:1]))
    )
    run.review_path.unlink()

    with pytest.raises(MissingFileError, match="no label review"):
        read_rows(RunFolder(run.path), lambda done, total: None)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path, rows: path.unlink(), "no label review"),
        (lambda path, rows: path.write_text("study_id,decision\n1,drop\n"), "no column"),
        (lambda path, rows: write_review(path, rows.assign(study_id=1)), "more than one row"),
        (lambda path, rows: write_review(path, rows.iloc[:2].assign(study_id=1)), "not in this data set"),
    ],
)
def test_a_review_that_cannot_be_believed_is_refused_before_a_run_is_there(
    start, tmp_path, rows, tiny_config, spoil, reason
):
    path = tmp_path / "anna.csv"
    write_review(path, rows)
    spoil(path, rows)

    with pytest.raises((TableError, MissingFileError), match=reason) as refusal:
        start(tiny_config.changed(label_review=str(path)))

    assert refusal.value.expected
    assert refusal.value.fix
    assert list_runs(settings.runs_root()) == []


def test_a_run_moves_with_its_review(start, tmp_path, rows, parts, tiny_config):

    run = start(
        tiny_config.changed(label_review=write_review(tmp_path / "anna.csv", rows[parts == Part.TRAIN].iloc[:1]))
    )
    run.write_status(run.status().end(RunState.STOPPED, "Stopped.", when=0.0))
    export_runs([run], tmp_path / "run.zip")
    content = run.review_path.read_bytes()
    shutil.rmtree(run.path)
    with (tmp_path / "run.zip").open("rb") as file:
        (moved,) = import_runs(file, settings.runs_root())

    assert moved.review_path.read_bytes() == content
