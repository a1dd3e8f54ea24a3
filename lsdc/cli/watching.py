"""A run as it goes on, told on standard error."""

from __future__ import annotations

import sys

from lsdc.runs import RunFolder, RunStatus
from lsdc.training.queue import follow


def watch_run(run: RunFolder) -> RunStatus:
    """Say what changes until the run is over, and return what was said last; Ctrl-C stops watching, not the run."""
    said, status = "", run.status()
    try:
        for status in follow(run):
            if status.state.is_over:
                line = f"{status.state} · {status.message}"
            else:
                line = (
                    f"{status.state} · epoch {status.epoch} of {status.epochs} · {status.hindrance or status.message}"
                )
            if line != said:
                print(line, file=sys.stderr)
                said = line
    except KeyboardInterrupt:
        print(f"Run {run.run_id} goes on without you.", file=sys.stderr)
    return status
