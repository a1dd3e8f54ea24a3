"""Make the phantom data set in the background: `python -m lsdc.dataset.prepare FOLDER` is the process, the rest watches it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ValidationError

from lsdc.dataset.phantom import write_phantom
from lsdc.errors import DataError, LsdcError
from lsdc.files import read_json, write_json
from lsdc.settings import PROJECT_ROOT


class PreparationState(StrEnum):
    """Where the making of a data set stands."""

    ABSENT = "absent"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


class Preparation(BaseModel, frozen=True):
    """How far a data set is; `done` and `total` count studies."""

    state: PreparationState
    done: int = 0
    total: int = 0
    message: str = ""


def watch_preparation(data_root: Path) -> Preparation:
    """How far the phantom data set at `data_root` is. A process that died shows as failed, with the reason."""
    if data_root.is_dir():
        return Preparation(state=PreparationState.READY)
    written = _read(data_root)
    if _is_locked(data_root):
        return written.model_copy(update={"state": PreparationState.BUILDING})
    if data_root.is_dir():
        return Preparation(state=PreparationState.READY)
    if written.state is PreparationState.BUILDING:
        reason = "The process that made the data set ended without a word; it was killed or ran out of memory."
        return written.model_copy(update={"state": PreparationState.FAILED, "message": reason})
    return written


def start_preparation(data_root: Path) -> None:
    """Start making the phantom data set at `data_root` in a process that outlives this one; does nothing if one works."""
    if data_root.is_dir() or _is_locked(data_root):
        return
    data_root.parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "lsdc.dataset.prepare", str(data_root)],
        cwd=PROJECT_ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Somebody must wait for a child, or it stays in the process table as a zombie.
    threading.Thread(target=process.wait, name="wait-phantom", daemon=True).start()


@contextmanager
def preparing(data_root: Path) -> Iterator[None]:
    """Keep the background process away while the data set at `data_root` is made here.

    Raises:
        DataError: If it is at work already.
    """
    data_root.parent.mkdir(parents=True, exist_ok=True)
    try:
        held = _lock(data_root).acquire(timeout=0)
    except Timeout:
        raise DataError(
            f"The app is making {data_root} at this moment.",
            "One process at a time makes a data set.",
            "Wait for it, or name another folder with --out.",
        ) from None
    with held:
        yield


def main(arguments: Sequence[str]) -> int:
    """Make the data set, unless another process does."""
    data_root = Path(arguments[0])
    try:
        with _lock(data_root).acquire(timeout=0):
            return _make(data_root)
    except Timeout:
        # Another process makes it.
        return 0


def _make(data_root: Path) -> int:
    def report(done: int, total: int) -> None:
        _write(data_root, Preparation(state=PreparationState.BUILDING, done=done, total=total))

    if data_root.is_dir():
        return 0
    # Whoever left these was killed, since the lock is ours.
    for leftover in data_root.parent.glob(f".{data_root.name}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        report(0, 0)
        write_phantom(data_root, report_progress=report)
    except (LsdcError, OSError) as error:
        _write(data_root, Preparation(state=PreparationState.FAILED, message=str(error)))
        return 1
    _progress_file(data_root).unlink(missing_ok=True)
    return 0


def _lock(data_root: Path) -> FileLock:
    return FileLock(data_root.with_name(f".{data_root.name}.lock"))


def _is_locked(data_root: Path) -> bool:
    if not data_root.parent.is_dir():
        return False
    try:
        with _lock(data_root).acquire(timeout=0):
            return False
    except Timeout:
        return True


def _progress_file(data_root: Path) -> Path:
    return data_root.with_name(f".{data_root.name}.progress.json")


def _read(data_root: Path) -> Preparation:
    try:
        return Preparation.model_validate(read_json(_progress_file(data_root)))
    except (OSError, ValueError, ValidationError):
        # Nothing was said yet, or the words are not ours: nobody has begun.
        return Preparation(state=PreparationState.ABSENT)


def _write(data_root: Path, preparation: Preparation) -> None:
    write_json(_progress_file(data_root), preparation.model_dump(mode="json"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
