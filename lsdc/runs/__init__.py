"""The run folder: the contract between training, comparison and prediction."""

from lsdc.runs.folder import RunFolder
from lsdc.runs.members import Member
from lsdc.runs.paths import CALIBRATION_FILE, METRICS_FILE
from lsdc.runs.status import RunNotes, RunState, RunStatus, SweepTrial
from lsdc.runs.store import add_run, create_run, ensembles_of, list_runs, open_run, refuse_if_averaged, remove_run

__all__ = [
    "CALIBRATION_FILE",
    "METRICS_FILE",
    "Member",
    "RunFolder",
    "RunNotes",
    "RunState",
    "RunStatus",
    "SweepTrial",
    "add_run",
    "create_run",
    "ensembles_of",
    "list_runs",
    "open_run",
    "refuse_if_averaged",
    "remove_run",
]
