"""The run folder: the contract between training, comparison and prediction."""

from lsdc.runs.folder import GRACE_SECONDS, RunFolder
from lsdc.runs.status import RunNotes, RunState, RunStatus
from lsdc.runs.store import create_run, list_runs, open_run

__all__ = ["GRACE_SECONDS", "RunFolder", "RunNotes", "RunState", "RunStatus", "create_run", "list_runs", "open_run"]
