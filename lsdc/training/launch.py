"""Start a run as a process of its own, which outlives the page and the server."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from lsdc import settings
from lsdc.config import Backend, TrainingConfig
from lsdc.dataset.splits import split_rows
from lsdc.dataset.tables import (
    data_fingerprint,
    is_synthetic,
    load_label_table,
    require_images,
    rows_for_training,
)
from lsdc.errors import ExportError, RunError
from lsdc.models.catalogue import check_network
from lsdc.runs import RunFolder, RunNotes, RunState, RunStatus, create_run
from lsdc.training.device import check_backend, describe_device, is_installed

POLL_SECONDS = 0.5
# How the status of a run begins to say that its network was not exported.
NOT_EXPORTED = "Not exported:"
RECORDED_PACKAGES = (
    *("tensorflow", "jax", "torch", "keras"),
    *("numpy", "pandas", "pydicom", "scikit-learn", "onnxruntime", "streamlit"),
)


def start_run(config: TrainingConfig, *, preset: str, data_root: Path, name: str = "") -> RunFolder:
    """Check that a run can begin, make its folder, and start its process.

    Args:
        config: The hyperparameters.
        preset: The preset they began from.
        data_root: The data set.
        name: What a person calls the run.

    Raises:
        LsdcError: If the tables, the split, the network or the device do not allow it; nothing is left then.
    """
    run = enqueue_run(config, preset=preset, data_root=data_root, name=name)
    _start_process(run)
    return run


def enqueue_run(config: TrainingConfig, *, preset: str, data_root: Path, name: str = "") -> RunFolder:
    """Check that a run can begin and make its folder, without starting it. Arguments and errors as `start_run`."""
    check_network(config)
    check_backend(config.backend)
    describe_device(config.device)
    table = load_label_table(data_root)
    require_images(data_root)
    rows = rows_for_training(table, config)
    split_rows(rows, config.split)
    record = {
        "preset": preset,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": _describe_data(table, rows, data_root),
        "versions": _versions(),
        "commit": _git_commit(),
    }
    return create_run(settings.runs_root(), config, record, RunNotes(name=name))


def resume_run(run: RunFolder) -> None:
    """Go on from the last epoch boundary, in a new process.

    Raises:
        RunError: If the run is alive, finished, or left no checkpoint.
    """
    status = run.status()
    if not status.state.is_over or status.state is RunState.FINISHED or not run.can_resume:
        raise RunError(
            f"Run {run.run_id} cannot be resumed: it is {status.state}"
            + ("." if run.can_resume else " and left no checkpoint."),
            "A stopped or failed run with a checkpoint can be resumed.",
            "Repeat the run with the same hyperparameters instead.",
        )
    run.clear_stop_request()
    run.write_status(RunStatus(state=RunState.QUEUED, epochs=run.config.all_epochs, message="Waiting to go on."))
    _start_process(run)


def export_in_process(run: RunFolder) -> str:
    """Export the network of a scored run in a process of its own; returns a sentence on the twin.

    Raises:
        RunError: If the run has no scored network.
        ExportError: If TensorFlow is not installed here, the export fails, or the twin differs.
    """
    if not (run.keras_path.is_file() and run.is_scored):
        raise RunError(
            f"Run {run.run_id} has no scored network to export.",
            "A run that was trained and scored keeps model.keras and calibration.json.",
            "Let it finish, or repeat it.",
        )
    if not is_installed(Backend.TENSORFLOW):
        raise ExportError(
            "TensorFlow, which converts networks to ONNX, is not installed here.",
            "The run is finished and scored; only its exported twin is missing.",
            f"Where TensorFlow is installed: python -m lsdc export --onnx {run.run_id}.",
        )
    answer = subprocess.run(
        [sys.executable, "-m", "lsdc.training.export", str(run.path)],
        cwd=settings.PROJECT_ROOT,
        # On the CPU, as the twin is run: a GPU's float32 has fewer digits.
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        reason = answer.stderr.strip().splitlines()[-1] if answer.stderr.strip() else f"exit code {answer.returncode}"
        raise ExportError(reason, "A twin that agrees with the trained network.", "The run keeps its Keras network.")
    return answer.stdout.strip().splitlines()[-1]


def complete_export(run: RunFolder) -> str:
    """Export a run that ended without it, and say so in its status; returns a sentence on the twin.

    Raises:
        RunError: If the run is not over; also as `export_in_process`.
        ExportError: As `export_in_process`.
    """
    status = run.status()
    if not status.state.is_over:
        raise RunError(
            f"Run {run.run_id} is {status.state}.",
            "A run is exported when it is over.",
            "Wait for its end, or stop it.",
        )
    answer = export_in_process(run)
    said = status.message.partition(NOT_EXPORTED)[0].rstrip()
    run.write_status(status.model_copy(update={"message": f"{said} {answer}"}))
    return answer


def wait_for(run: RunFolder) -> RunStatus:
    """Wait until a run is over, and return its last word."""
    while not (status := run.status()).state.is_over:
        time.sleep(POLL_SECONDS)
    return status


def request_stop(run: RunFolder) -> None:
    """Ask a run to stop after its current step; its best network so far is kept, scored and exported."""
    run.request_stop()


def _start_process(run: RunFolder) -> None:
    with run.log_path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lsdc.training.fit", str(run.path)],
            cwd=settings.PROJECT_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # A session of its own, so that neither Ctrl-C to the server nor the server's death reaches the run.
            start_new_session=True,
        )
    # Somebody must wait for a child, or it stays in the process table as a zombie.
    threading.Thread(target=process.wait, name=f"wait-{run.run_id}", daemon=True).start()


def _describe_data(table: pd.DataFrame, rows: pd.DataFrame, data_root: Path) -> dict[str, Any]:
    return {
        "name": data_root.name,
        "root": str(data_root),
        "fingerprint": data_fingerprint(table, data_root),
        "synthetic": is_synthetic(data_root),
        "rows": len(rows),
        "studies": int(rows["study_id"].nunique()),
    }


def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in RECORDED_PACKAGES:
        with suppress(PackageNotFoundError):  # a backend that nobody needs here
            versions[name] = version(name)
    return versions


def _git_commit() -> str | None:
    command = ["git", "-C", str(settings.PROJECT_ROOT), "rev-parse", "HEAD"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=5)
    except (OSError, subprocess.SubprocessError):
        # Installed from an archive, or without git: there is no commit to record.
        return None
    return answer.stdout.strip()
