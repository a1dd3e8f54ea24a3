"""The phantom data set is made by a process of its own, and whatever happens to it is told."""

import subprocess
import sys
import time

import psutil
import pytest

from lsdc.dataset.background import JobState
from lsdc.dataset.prepare import preparing, start_preparation, watch_preparation
from lsdc.errors import DataError

SECONDS = 60


def _wait_for(done):
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _workers(data_root):
    return [process for process in psutil.Process().children(recursive=True) if str(data_root) in _command(process)]


def _command(process):
    try:
        return process.cmdline()
    except psutil.Error:  # it has ended between the two looks
        return []


@pytest.fixture
def data_root(tmp_path):
    folder = tmp_path / "phantom"
    yield folder
    for process in _workers(folder):
        for child in [*process.children(recursive=True), process]:
            child.kill()


def test_nothing_has_begun_at_first(data_root):
    assert watch_preparation(data_root).state is JobState.ABSENT


def test_the_making_is_watched_and_a_kill_is_told_and_it_can_begin_again(data_root):
    start_preparation(data_root)
    start_preparation(data_root)
    _wait_for(lambda: watch_preparation(data_root).total)
    assert watch_preparation(data_root).state is JobState.BUILDING
    (worker,) = _workers(data_root)

    for child in [*worker.children(recursive=True), worker]:
        child.kill()
    _wait_for(lambda: watch_preparation(data_root).state is JobState.FAILED)
    assert "killed" in watch_preparation(data_root).message
    assert not data_root.exists()

    leftovers = set(data_root.parent.glob(".phantom-*"))
    start_preparation(data_root)
    _wait_for(lambda: watch_preparation(data_root).state is JobState.BUILDING)
    _wait_for(lambda: not leftovers & set(data_root.parent.glob(".phantom-*")))


def test_two_processes_never_make_the_same_folder(data_root):
    with preparing(data_root):
        start_preparation(data_root)
        assert _workers(data_root) == []

        with pytest.raises(DataError, match="at this moment"), preparing(data_root):
            pass


def test_a_data_set_that_is_there_is_ready_and_never_made_again(phantom_root):
    before = (phantom_root / "phantom.json").stat()

    start_preparation(phantom_root)
    done = subprocess.run([sys.executable, "-m", "lsdc.dataset.prepare", str(phantom_root)], check=False)

    assert done.returncode == 0
    assert watch_preparation(phantom_root).state is JobState.READY
    assert (phantom_root / "phantom.json").stat() == before


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    data_root = tmp_path / "file" / "phantom"

    with pytest.raises(OSError, match="file"):
        start_preparation(data_root)
