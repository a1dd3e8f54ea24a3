"""Make the phantom data set in the background: `python -m lsdc.dataset.prepare FOLDER` is the process, the rest watches it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from lsdc import settings
from lsdc.dataset.background import Job, Progress
from lsdc.errors import DataError


def watch_preparation(data_root: Path) -> Progress:
    """How far the phantom data set at `data_root` is, in studies. A process that died shows as failed, with the reason."""
    return _job(data_root).watch()


def start_preparation(data_root: Path) -> None:
    """Start making the phantom data set at `data_root` in a process that outlives this one; does nothing if one works."""
    _job(data_root).start("lsdc.dataset.prepare", str(data_root))


@contextmanager
def preparing(data_root: Path) -> Iterator[None]:
    """Keep the background process away while the data set at `data_root` is made here.

    Raises:
        DataError: If it is at work already.
    """
    data_root.parent.mkdir(parents=True, exist_ok=True)
    try:
        held = FileLock(_job(data_root).lock).acquire(timeout=0)
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

    # Here, since every page imports this module to watch, and what draws phantoms takes two seconds to import.
    from lsdc.dataset.phantom import write_phantom

    def make(report: Callable[[int, int], None]) -> None:
        # Whoever left these was killed, since the lock is ours.
        for leftover in data_root.parent.glob(f".{data_root.name}-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        write_phantom(data_root, studies=settings.phantom_studies(), report_progress=report)

    return _job(data_root).run_alone(make)


def _job(data_root: Path) -> Job:
    return Job(
        lock=data_root.with_name(f".{data_root.name}.lock"),
        said=data_root.with_name(f".{data_root.name}.progress.json"),
        is_done=data_root.is_dir,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
