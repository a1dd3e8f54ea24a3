"""Locks that a process can be born with, so that there is no moment between its start and its holding them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import lock_descriptor

# Whoever only looks whether a lock is held takes it for an instant; patience tells that from a life.
PATIENCE_SECONDS = 1.0
# A process that has said its last word gives back its memory before it lets go; frameworks take seconds for it.
LEAVING_SECONDS = 15.0
RETRY_SECONDS = 0.02


@contextmanager
def inheritable_lock(path: Path, *, patience_s: float = 0.0) -> Iterator[int | None]:
    """Hold the lock on a file by a descriptor; None if somebody else holds it. It excludes `FileLock` on the same file.

    The lock lasts until the last copy of the descriptor is closed: a child that inherits it holds the lock from its
    first instant until its death, also if this process dies in between.

    Args:
        path: The file; made if it is not there.
        patience_s: For how many seconds to try.

    Raises:
        OSError: If the file cannot be made, such as in a folder that was removed.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        yield descriptor if _locks(descriptor, time.monotonic() + patience_s) else None
    finally:
        os.close(descriptor)


def _locks(descriptor: int, deadline: float) -> bool:
    while not lock_descriptor(descriptor, blocking=False):
        if time.monotonic() >= deadline:
            return False
        time.sleep(RETRY_SECONDS)
    return True
