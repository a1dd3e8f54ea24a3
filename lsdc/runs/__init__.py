"""The run folder: the contract between training, comparison and prediction."""

from lsdc.runs.folder import CALIBRATION_FILE, GRACE_SECONDS, METRICS_FILE, RunFolder
from lsdc.runs.status import RunNotes, RunState, RunStatus
from lsdc.runs.store import create_run, list_runs, open_run, remove_run

__all__ = [
    "CALIBRATION_FILE",
    "GRACE_SECONDS",
    "METRICS_FILE",
    "RunFolder",
    "RunNotes",
    "RunState",
    "RunStatus",
    "create_run",
    "list_runs",
    "open_run",
    "remove_run",
]
