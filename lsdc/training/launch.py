"""Put a run into the queue, once it is known that it can begin; and complete the export of one that ended without it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from lsdc import settings
from lsdc.config import Backend, TrainingConfig
from lsdc.dataset.reviews import Review, divide_rows
from lsdc.dataset.splits import Part
from lsdc.dataset.tables import (
    data_fingerprint,
    is_synthetic,
    load_label_table,
    require_images,
    rows_for_training,
)
from lsdc.errors import ExportError, RunError
from lsdc.models.catalogue import check_network
from lsdc.runs import RunFolder, RunNotes, RunStatus, SweepTrial, create_run, refuse_if_averaged
from lsdc.runs.environment import describe_environment
from lsdc.runs.locks import LEAVING_SECONDS
from lsdc.training.device import NO_GPU, VISIBLE_GPUS, check_backend, describe_place, is_installed
from lsdc.training.queue import ensure_worker

# How the status of a run begins to say that its network was not exported.
NOT_EXPORTED = "Not exported:"


def start_run(
    config: TrainingConfig,
    *,
    preset: str,
    data_root: Path,
    notes: RunNotes | None = None,
    trial: SweepTrial | None = None,
) -> RunFolder:
    """Check that a run can begin, and put it into the queue.

    Args:
        config: The hyperparameters.
        preset: The preset they began from.
        data_root: The data set.
        notes: What a person says of it.
        trial: Which trial of a sweep it is, if it is one.

    Raises:
        LsdcError: If the tables, the split, the network or the device do not allow it; nothing is left then.
    """
    review = Review.asked_for(config)
    record = describe_run(config, preset=preset, data_root=data_root, review=review, trial=trial)
    content = review.content if review else None
    run = create_run(settings.runs_root(), config, record, notes or RunNotes(), review=content)
    ensure_worker()
    return run


def describe_run(
    config: TrainingConfig,
    *,
    preset: str,
    data_root: Path,
    review: Review | None = None,
    trial: SweepTrial | None = None,
) -> dict[str, Any]:
    """Check that a run can begin, and say what its config.json holds besides the config. Errors as `start_run`."""
    check_network(config)
    check_backend(config.backend)
    describe_place(config.device)
    settings.configured_slots()
    table = load_label_table(data_root)
    require_images(data_root)
    rows = rows_for_training(table, config)
    if review:
        review.refuse_unknown_labels(table)
    parts = divide_rows(rows, config, review, held_out=trial.held_out if trial else None)
    return {
        **({"sweep": trial.model_dump(mode="json")} if trial else {}),
        "preset": preset,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": _describe_data(table, rows, data_root) | _describe_left_out(parts, review),
        **describe_environment(),
    }


def export_in_process(run: RunFolder) -> str:
    """Export the network of a scored run in a process of its own; returns a sentence on the twin.

    Raises:
        RunError: If the run has no scored network.
        ExportError: If TensorFlow is not installed here, the export fails, or the twin differs.
    """
    if run.is_ensemble:
        raise RunError(
            f"Run {run.run_id} is an ensemble.",
            "An ensemble has no network of its own; it grades with those of its members.",
            "Export its members.",
        )
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
        env={**os.environ, VISIBLE_GPUS: NO_GPU},
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
        RunError: If the run is not over, in use, or a member of an ensemble; also as `export_in_process`.
        ExportError: As `export_in_process`.
    """
    _refuse_to_export_before_its_end(run.status(), run)
    # While it is held, nobody averages the run with the network that it has now, starts it again or removes it.
    with run.lock(patience_s=LEAVING_SECONDS) as descriptor:
        if descriptor is None:
            raise RunError(
                f"Run {run.run_id} is in use.", "A run that nobody changes or averages can be exported.", "Try again."
            )
        status = run.status_under_lock()
        _refuse_to_export_before_its_end(status, run)
        refuse_if_averaged(run)
        answer = export_in_process(run)
        said = status.message.partition(NOT_EXPORTED)[0].rstrip()
        run.write_status(status.model_copy(update={"message": f"{said} {answer}"}))
    return answer


def _refuse_to_export_before_its_end(status: RunStatus, run: RunFolder) -> None:
    if not status.state.is_over:
        raise RunError(
            f"Run {run.run_id} is {status.state}.",
            "A run is exported when it is over.",
            "Wait for its end, or stop it.",
        )


def _describe_data(table: pd.DataFrame, rows: pd.DataFrame, data_root: Path) -> dict[str, Any]:
    return {
        "name": data_root.name,
        "root": str(data_root),
        "fingerprint": data_fingerprint(table, data_root),
        "synthetic": is_synthetic(data_root),
        "rows": len(rows),
        "studies": int(rows["study_id"].nunique()),
    }


def _describe_left_out(parts: pd.Series, review: Review | None) -> dict[str, Any]:
    if review is None:
        return {}
    return {"left_out": {"rows": int((parts == Part.LEFT_OUT).sum()), "review": review.name, "sha256": review.sha256}}
