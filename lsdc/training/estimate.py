"""How long a run would take and how much memory it would need, from a few real steps in a process of their own.

What was measured is kept in `artifacts/estimates/` by all that it depends on, so that it is measured once.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ValidationError

from lsdc import settings
from lsdc.config import Backend, DeviceChoice, TrainingConfig
from lsdc.errors import CorruptRunError, EstimateError
from lsdc.files import read_json, write_json
from lsdc.models.catalogue import check_network
from lsdc.runs import list_runs
from lsdc.runs.locks import inheritable_lock
from lsdc.training.device import Slot, check_backend, describe_device, slots
from lsdc.training.processes import start_process

# A probe that takes longer is ended: the network is too large for this device, and that is an answer too.
LIMIT_SECONDS = 120
# Raised when the same hyperparameters on the same device would be measured in another way.
FORMAT_VERSION = 1
# They change what is learnt, and not what a step costs. How often steps are made is reckoned, not measured.
COSTLESS = (
    *(
        "side",
        "levels",
        "balance",
        "label_review",
        "leave_out",
        "split_strategy",
        "split_unit",
        "test_share",
        "folds",
        "fold",
        "seed",
    ),
    *("calibrate", "epochs", "head_epochs", "learning_rate", "warmup_epochs", "early_stopping_patience"),
    *("reduce_lr_factor", "reduce_lr_patience"),
)


class Measured(BaseModel, frozen=True, extra="forbid"):
    """What a probe measured. Times are in seconds.

    Args:
        start: From the start of the process to the end of its first step, and compiling the validation.
        step: The median training step; a tenth of them were below `step_low`, a tenth above `step_high`.
        validation_step: A batch of validation.
        save: Writing a checkpoint.
        steps: How many steps were measured.
        memory_bytes: The most that was in use, on the GPU or, where there is none, by the process.
        memory_total_bytes: What the GPU or the machine has.
        device: Such as `CPU, 2 cores`.
        precision: What it computed with.
        disturbed: What else computed meanwhile, so that a run alone may be faster; empty if nothing did.
    """

    start: float
    step: float
    step_low: float
    step_high: float
    validation_step: float
    save: float
    steps: int
    memory_bytes: int | None
    memory_total_bytes: int | None
    device: str
    precision: str
    disturbed: str


class Unmeasured(BaseModel, frozen=True, extra="forbid"):
    """Why a probe measured nothing."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Duration:
    """Seconds of a whole run with all its epochs, without cutting the crops and without the export.

    Args:
        low: If all steps were as fast as the fastest tenth.
        likely: By the median step.
        high: If all were as slow as the slowest tenth.
    """

    low: float
    likely: float
    high: float


def begin_probe(config: TrainingConfig) -> None:
    """Start to measure, unless somebody does it, or it is done and nothing disturbed it.

    Raises:
        EstimateError: If a run or another probe computes on this machine, or runs compute on a cluster.
        ConfigError: If the network cannot be built.
        DeviceError: If the device or the backend is not there.
    """
    if settings.ray_address():
        raise EstimateError(
            "Runs compute on a Ray cluster.",
            "Steps are measured where a run computes.",
            "Look at the first epoch instead.",
        )
    check_network(config)
    check_backend(config.backend)
    folder = _folder(config)
    known = read_probe(config)
    if isinstance(known, Measured) and not known.disturbed:
        return
    slot = _free_slot()
    folder.mkdir(parents=True, exist_ok=True)
    with inheritable_lock(_lock_path()) as descriptor:
        if descriptor is None:
            if (folder / "config.json").exists():
                return
            raise EstimateError(
                "Another estimate is being made on this machine.", "One at a time.", "Try again in a minute."
            )
        (folder / "result.json").unlink(missing_ok=True)
        write_json(folder / "config.json", config.model_dump(mode="json"))
        probe = start_process(
            "lsdc.training.probe",
            str(folder),
            descriptor=descriptor,
            log=folder / "probe.log",
            environment=slot.environment(config.device),
        )
    # Somebody must wait for a child, or it stays in the process table as a zombie.
    threading.Thread(target=probe.wait, name="wait-probe", daemon=True).start()


def read_probe(config: TrainingConfig) -> Measured | Unmeasured | None:
    """What is known of these hyperparameters on this device; None if they were not measured, or are being measured.

    Raises:
        DeviceError: If the device is not there.
    """
    folder = _folder(config)
    if not (folder / "config.json").exists():
        return None
    probing = is_probing()
    try:
        told = read_json(folder / "result.json")
        return Unmeasured.model_validate(told) if "reason" in told else Measured.model_validate(told)
    except FileNotFoundError:
        if probing:
            return None
        return Unmeasured(
            reason=f"The probe ended without a word: its few steps took more than {LIMIT_SECONDS} s, or the memory ran out."
        )
    except (OSError, ValueError, ValidationError):
        return None  # of another version, or damaged: it is measured again


def is_probing() -> bool:
    """Whether something is being measured on this machine."""
    lock_path = _lock_path()
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    with inheritable_lock(lock_path) as descriptor:
        return descriptor is None


def whole_run(measured: Measured, config: TrainingConfig, rows: Mapping[str, int]) -> Duration:
    """What a run would take.

    Args:
        measured: By the probe.
        config: Its hyperparameters; early stopping may end it before its last epoch.
        rows: How many there are of each part of the split.
    """
    training, validation = (-(-rows.get(part, 0) // config.batch_size) for part in ("train", "validation"))
    # The checkpoint is written after each epoch, and the best network after most.
    around = measured.start + config.all_epochs * (validation * measured.validation_step + 2 * measured.save)
    low, likely, high = (
        around + config.all_epochs * training * step for step in (measured.step_low, measured.step, measured.step_high)
    )
    return Duration(low=low, likely=likely, high=high)


def free_slots() -> list[Slot]:
    """The slots of this host in which no run computes, nor on their GPU; none while a run waits for one."""
    places, busy = slots(), set()
    for run in list_runs(settings.runs_root()):
        try:
            status = run.status()
        except CorruptRunError:
            continue
        if status.waits:
            return []
        if not status.state.is_over and status.host == socket.gethostname():
            busy.add(status.slot)
    gpus = {slot.gpu for slot in places if slot.index in busy and slot.gpu is not None}
    return [slot for slot in places if slot.index not in busy and slot.gpu not in gpus]


def _free_slot() -> Slot:
    places = free_slots()
    if not places:
        raise EstimateError(
            "Runs compute in all slots of this machine, or wait for one.",
            "Steps that are measured beside a run would say how two share the device, and would slow it down.",
            "Wait until the queue is empty.",
        )
    # The worker fills them from the first.
    return places[-1]


def _folder(config: TrainingConfig) -> Path:
    """Where the measurement of these hyperparameters on this device lies."""
    counts = {name: value for name, value in config.model_dump(mode="json").items() if name not in COSTLESS}
    software = [version("keras"), *([version("tensorflow")] if config.backend is Backend.TENSORFLOW else [])]
    device = describe_device(DeviceChoice(config.device))
    told = json.dumps([FORMAT_VERSION, socket.gethostname(), os.cpu_count(), device, software, counts], sort_keys=True)
    return settings.estimates_root() / hashlib.sha256(told.encode()).hexdigest()[:16]


def _lock_path() -> Path:
    return settings.estimates_root() / f"probe-{socket.gethostname()}.lock"
