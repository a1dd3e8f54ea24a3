"""Scan headers in the background: `python -m lsdc.dataset.scanning DATA FOLDER` is the process, the rest watches it."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lsdc.dataset.background import Job, Progress
from lsdc.dataset.headers import lock_path, scan_folder, scan_into, series_folders, table_path
from lsdc.files import write_text


def watch_scan(root: Path, cache_root: Path) -> Progress:
    """How far the scan of a data set is, in files; ready if the table is that of the folders as they are now."""
    return _job(root, scan_folder(root, cache_root)).watch()


def start_scan(root: Path, cache_root: Path) -> None:
    """Start the scan of a data set in a process that outlives this one; does nothing if one is at work."""
    folder = scan_folder(root, cache_root)
    _job(root, folder).start("lsdc.dataset.scanning", str(root), str(folder))


def forget_scan(root: Path, cache_root: Path) -> None:
    """Have the files looked at again; those that did not change are not read again."""
    _seen_path(scan_folder(root, cache_root)).unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """Scan the data set, unless another process does."""
    root, folder = (Path(argument) for argument in arguments)

    def scan(report: Callable[[int, int], None]) -> None:
        # Before the scan: what is added meanwhile is a change that the next look sees.
        seen = folders_version(root)
        scan_into(folder, root, workers=0, report=report)
        write_text(_seen_path(folder), seen)

    return _job(root, folder).run_alone(scan)


def folders_version(root: Path) -> str:
    """What changes whenever an image is added, removed or renamed; a file rewritten in its place does not show in it."""
    folders = [f"{path.relative_to(root)} {path.stat().st_mtime_ns}" for path in series_folders(root)]
    return hashlib.sha256("\n".join(folders).encode()).hexdigest()


def _job(root: Path, folder: Path) -> Job:
    def is_done() -> bool:
        seen = _seen_path(folder)
        return table_path(folder).is_file() and seen.is_file() and seen.read_text() == folders_version(root)

    return Job(lock=lock_path(folder), said=folder / "progress.json", is_done=is_done)


def _seen_path(folder: Path) -> Path:
    return folder / "seen.txt"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
