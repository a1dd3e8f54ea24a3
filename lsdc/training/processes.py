"""Processes that outlive whoever starts them, and hold a lock from their first instant to their last."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from lsdc import settings


def start_process(
    module: str, *arguments: str, descriptor: int, log: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a module of ours as a process that inherits a lock.

    Args:
        module: As for `python -m`.
        arguments: What it is told; the descriptor comes last.
        descriptor: Of `inheritable_lock`. It may be closed here afterwards: the process has its own copy.
        log: What it prints is added to this file.
        environment: What differs from the environment of this process.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments, str(descriptor)],
            cwd=settings.PROJECT_ROOT,
            env={**settings.child_environment(), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[descriptor],
            # A session of its own, so that neither Ctrl-C to the starter nor the starter's death reaches it.
            start_new_session=True,
        )


def keep_lock(descriptor: str) -> int:
    """Keep the lock that this process was born with from its own children, which would hold it beyond our death."""
    os.set_inheritable(int(descriptor), False)
    return int(descriptor)
