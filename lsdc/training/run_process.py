"""What the process of a run does around its work: it keeps the lock and the status, and says a last word."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from lsdc.runs import RunFolder, RunState
from lsdc.training.last_words import explain_error
from lsdc.training.processes import keep_lock
from lsdc.training.progress import RunProgress, StopRequestedError


def work_on_run(arguments: Sequence[str], work: Callable[[RunFolder, RunProgress], None]) -> int:
    """Do the work of a run, whatever comes of it.

    Args:
        arguments: The run's folder, and the descriptor of its lock with which the process was started.
        work: Does it, and says the last word if it comes to its end.

    Returns:
        The exit code: 0 for a finished or stopped run.
    """
    folder, descriptor = arguments
    keep_lock(descriptor)
    run = RunFolder(Path(folder))
    with RunProgress(run) as progress:
        signal.signal(signal.SIGTERM, lambda *_: run.request_stop())
        try:
            work(run, progress)
        except StopRequestedError:
            progress.end(RunState.STOPPED, f"{run.stopped_how} before it trained.")
        except Exception as error:  # noqa: BLE001  # the process ends here, and the page must be able to say why
            return _fail(progress, error)
    return os.EX_OK


def _fail(progress: RunProgress, error: Exception) -> int:
    try:
        progress.end(RunState.FAILED, explain_error(error))
    except OSError:
        # Whoever waits for this process writes the last word when there is room for it.
        code = os.EX_IOERR
    else:
        code = 1
    with suppress(OSError):  # the log may be on the same full disk
        traceback.print_exception(error)
    return code
