"""Cached reads: never of another file, never of an older one."""

import shutil

import pytest

from lsdc import settings
from lsdc.config import preset
from lsdc.dataset.dicom import read_slice
from lsdc.dataset.series import SeriesStack
from lsdc.errors import MissingFileError
from lsdc.runs import RunNotes, RunState, RunStatus, create_run
from lsdc.ui.datasets import (
    count_rows,
    count_studies_without_images,
    load_data_set,
    load_slice,
    load_slices_around,
)
from lsdc.ui.runs import read_runs


@pytest.fixture
def own_data(phantom_root, tmp_path):
    """A copy of the phantom's tables that a test may change."""
    for path in phantom_root.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path / path.name)
    return tmp_path


def test_a_table_that_changed_on_disk_is_read_again(own_data):
    before = load_data_set(own_data).table
    points = own_data / "train_label_coordinates.csv"
    points.write_text("\n".join(points.read_text().splitlines()[:-1]) + "\n")

    assert len(load_data_set(own_data).table) == len(before) - 1


def test_a_missing_table_is_named_and_found_when_it_is_back(own_data):
    moved = own_data / "train.csv"
    moved.rename(own_data / "elsewhere.csv")
    with pytest.raises(MissingFileError, match=r"train\.csv"):
        load_data_set(own_data)
    (own_data / "elsewhere.csv").rename(moved)

    assert len(load_data_set(own_data).table) > 0


def test_rows_of_a_plan_add_up_to_the_rows_of_a_run(phantom_root):
    data = load_data_set(phantom_root)
    config = preset("quick").changed(balance=False)

    counts = count_rows(data, config)

    targets = {(target.condition.value, target.side.value) for target in config.targets}
    rows = [key in targets for key in zip(data.table["condition"], data.table["side"], strict=True)]
    assert sum(counts.values()) == data.table[rows]["severity"].notna().sum()


def test_a_slice_that_is_not_there_is_named(phantom_root):
    with pytest.raises(MissingFileError, match=r"7\.dcm"):
        load_slice(phantom_root / "train_images" / "7.dcm")


def test_the_slices_around_one_are_those_of_its_series_and_a_new_file_is_seen(phantom_root, tmp_path):
    (source, *_) = sorted(phantom_root.glob("train_images/*/*"))
    files = SeriesStack.from_folder(source).neighbours(int(next(source.glob("*.dcm")).stem), 1)
    for path in {path for path, _ in files}:
        shutil.copy2(path, tmp_path / path.name)
    own = tmp_path / files[1][0].name

    around = load_slices_around(own, 1)
    for path, real in (files[0], files[2]):
        if real:
            (tmp_path / path.name).unlink()
    alone = load_slices_around(own, 1)

    assert [image is not None for image in around] == [real for _, real in files]
    assert around[1] is load_slice(own)[1]
    assert alone == [None, around[1], None]


def test_an_image_that_was_made_again_or_lies_elsewhere_has_another_name(phantom_root, tmp_path):
    source, other = sorted(phantom_root.glob("train_images/*/*/*.dcm"))[:2]
    path, elsewhere = tmp_path / "here" / "1.dcm", tmp_path / "there" / "1.dcm"
    for copy in (path, elsewhere):
        copy.parent.mkdir()
        shutil.copy2(source, copy)
    names = {load_slice(path)[0], load_slice(elsewhere)[0]}
    shutil.copy(other, path)
    name, image = load_slice(path)

    assert name not in names
    assert len(names) == 2
    assert (image.pixels == read_slice(other).pixels).all()


def test_studies_without_images_are_counted_until_their_images_come(own_data, phantom_root):
    before = count_studies_without_images(load_data_set(own_data))
    (own_data / "train_images").symlink_to(phantom_root / "train_images")

    assert (before, count_studies_without_images(load_data_set(own_data))) == (14, 0)


def test_runs_are_listed_as_they_are_and_not_as_they_were(empty_artifacts):
    data = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": True, "rows": 5, "studies": 1}
    run = create_run(settings.runs_root(), preset("quick"), {"preset": "quick", "data": data}, RunNotes())
    assert [(listed.status.state, listed.place) for listed in read_runs()[0]] == [(RunState.QUEUED, 1)]

    run.write_status(RunStatus(state=RunState.RUNNING))
    with run.lock():
        assert read_runs()[0][0].status.state is RunState.RUNNING
    assert read_runs()[0][0].status.state is RunState.FAILED

    run.write_status(RunStatus(state=RunState.STOPPED))
    run.write_notes(RunNotes(name="since"))
    assert [(listed.name, listed.status.state) for listed in read_runs()[0]] == [("since", RunState.STOPPED)]
    (run.path / "notes.json").write_text("{")
    assert read_runs()[0] == []
