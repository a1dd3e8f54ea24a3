"""The folder of all runs: new ones appear in it whole, and damaged ones hide no others."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from lsdc.config import TrainingConfig
from lsdc.errors import CorruptRunError, RunError, RunNotFoundError
from lsdc.files import sync_folder
from lsdc.runs.folder import RunFolder
from lsdc.runs.locks import LEAVING_SECONDS
from lsdc.runs.queue import queued_status
from lsdc.runs.status import RunNotes, RunStatus


def create_run(runs_root: Path, config: TrainingConfig, record: Mapping[str, Any], notes: RunNotes) -> RunFolder:
    """Make the folder of a queued run; it appears under its name, and so in the queue, only when it is whole.

    Args:
        runs_root: The folder whose children are runs; made if it is not there.
        config: The hyperparameters.
        record: What else config.json holds.
        notes: The name, note and tags to begin with.
    """
    runs_root.mkdir(parents=True, exist_ok=True)
    # A name that begins with a dot is not listed; a kill before the rename leaves nothing that anybody sees.
    draft = RunFolder(Path(tempfile.mkdtemp(dir=runs_root, prefix=".draft-")))
    try:
        draft.path.chmod(0o755)
        draft.write_record({"config": config.model_dump(mode="json"), **record})
        draft.write_status(queued_status(epochs=config.all_epochs))
        draft.write_notes(notes)
        return RunFolder(_rename_to_new_id(draft.path, runs_root, config.model))
    except BaseException:
        shutil.rmtree(draft.path, ignore_errors=True)
        raise


def _rename_to_new_id(draft: Path, runs_root: Path, model: str) -> Path:
    while True:
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        target = runs_root / f"{stamp}-{model}-{secrets.token_hex(2)}"
        try:
            # Onto a folder with content a rename fails, so two runs never share a name.
            draft.rename(target)
        except OSError:
            if not target.exists():
                raise
            continue
        sync_folder(runs_root)
        return target


def list_runs(runs_root: Path) -> list[RunFolder]:
    """All run folders, newest first, damaged ones included: reading one of those says what is wrong."""
    if not runs_root.is_dir():
        return []
    # The worker looks twice a second; this asks the system once, and not once more for each folder.
    with os.scandir(runs_root) as entries:
        names = [entry.name for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
    return [RunFolder(runs_root / name) for name in sorted(names, reverse=True)]


def open_run(runs_root: Path, run_id: str) -> RunFolder:
    """The run of that name.

    Raises:
        RunNotFoundError: If there is none. A name with a path in it is none.
    """
    for run in list_runs(runs_root):
        if run.run_id == run_id:
            return run
    raise RunNotFoundError(
        f"There is no run “{run_id}”.",
        f"Runs are the folders in {runs_root}.",
        "Choose one that `python -m lsdc runs` lists.",
    )


def remove_run(run: RunFolder, trash_root: Path) -> Path:
    """Move a run that is over to the trash; returns where it lies now.

    Raises:
        RunError: If the run is not over.
    """
    if not _is_over(run.status):
        raise _not_over(run)
    # While it is held, nobody else can start the run or put it back into the queue.
    with run.lock(patience_s=LEAVING_SECONDS) as descriptor:
        if descriptor is None or not _is_over(run.status_under_lock):
            raise _not_over(run)
        trash_root.mkdir(parents=True, exist_ok=True)
        target = trash_root / run.run_id
        if target.exists():
            target = trash_root / f"{run.run_id}-{secrets.token_hex(2)}"
        run.path.rename(target)
        sync_folder(trash_root)
        sync_folder(run.path.parent)
    return target


def _is_over(status: Callable[[], RunStatus]) -> bool:
    try:
        return status().state.is_over
    except CorruptRunError:
        # Nothing can be done with it but to remove it.
        return True


def _not_over(run: RunFolder) -> RunError:
    return RunError(
        f"Run {run.run_id} is {run.status().state}, and its process has not ended.",
        "A run is removed when it is over.",
        "Stop it first, and wait for its end.",
    )
