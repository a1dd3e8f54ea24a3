"""The folder of all runs: new ones appear in it whole, and damaged ones hide no others."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from lsdc.config import TrainingConfig
from lsdc.errors import CorruptRunError, RunError, RunNotFoundError
from lsdc.folders import add_folder, move_to_trash
from lsdc.runs.folder import RunFolder
from lsdc.runs.locks import LEAVING_SECONDS
from lsdc.runs.queue import queued_status
from lsdc.runs.status import RunNotes, RunStatus


def create_run(
    runs_root: Path,
    config: TrainingConfig,
    record: Mapping[str, Any],
    notes: RunNotes,
    *,
    review: bytes | None = None,
) -> RunFolder:
    """Make the folder of a queued run; it appears under its name, and so in the queue, only when it is whole.

    Args:
        runs_root: The folder whose children are runs; made if it is not there.
        config: The hyperparameters.
        record: What else config.json holds.
        notes: The name, note and tags to begin with.
        review: The content of the label review that the config names.
    """

    def fill(draft: RunFolder) -> None:
        draft.write_record({"config": config.model_dump(mode="json"), **record})
        draft.write_status(queued_status(epochs=config.all_epochs))
        draft.write_notes(notes)
        if review is not None:
            draft.write_review(review)

    return add_run(runs_root, config.model, fill)


def add_run(runs_root: Path, kind: str, fill: Callable[[RunFolder], None]) -> RunFolder:
    """Make the folder of a run, which appears under its name only when `fill` has written everything into it.

    Args:
        runs_root: As for `create_run`.
        kind: The word in its name.
        fill: Writes into the draft that it is given. What it raises leaves nothing behind.
    """
    return RunFolder(add_folder(runs_root, kind, lambda draft: fill(RunFolder(draft))))


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
        RunError: If the run is not over, or an ensemble averages it.
    """
    if not _is_over(run.status):
        raise _not_over(run)
    # While it is held, nobody else can start the run or put it back into the queue.
    with run.lock(patience_s=LEAVING_SECONDS) as descriptor:
        if descriptor is None or not _is_over(run.status_under_lock):
            raise _not_over(run)
        # Who makes an ensemble holds the locks of its members.
        refuse_if_averaged(run)
        return move_to_trash(run.path, trash_root)


def ensembles_of(run: RunFolder) -> list[str]:
    """The names of the ensembles that average a run."""
    names = []
    for other in list_runs(run.path.parent):
        with suppress(CorruptRunError):  # a damaged one averages nothing
            if other.is_ensemble and run.run_id in [member.run_id for member in other.members()]:
                names.append(other.run_id)
    return names


def refuse_if_averaged(run: RunFolder) -> None:
    """Refuse to take away or to replace the network of a run with which an ensemble grades.

    Raises:
        RunError: If there is such an ensemble.
    """
    if names := ensembles_of(run):
        raise RunError(
            f"Run {run.run_id} is a member of {', '.join(names)}.",
            "An ensemble grades with the networks of its members, as they were when it was made.",
            "Remove the ensemble first.",
        )


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
