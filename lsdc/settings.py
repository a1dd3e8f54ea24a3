"""Where data and artifacts live. The only reader of its environment variables, and the only writer of the chosen data folder."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from lsdc.errors import ConfigError
from lsdc.files import read_json, write_json

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DATA_VARIABLE = "LSDC_DATA"
ARTIFACTS_VARIABLE = "LSDC_ARTIFACTS"
SLOTS_VARIABLE = "LSDC_SLOTS"
RAY_VARIABLE = "LSDC_RAY"
HEARTBEAT_VARIABLE = "LSDC_HEARTBEAT"
PHANTOM_VARIABLE = "LSDC_PHANTOM_STUDIES"
# What all variables of the program begin with.
PREFIX = "LSDC_"

DEFAULT_PHANTOM_STUDIES = 40
DEFAULT_HEARTBEAT_SECONDS = 15.0
# Beats that a run on another host may miss before it counts as dead.
MISSED_BEATS = 4


def artifacts_root() -> Path:
    """The folder for runs, caches and the phantom data; `LSDC_ARTIFACTS` moves it."""
    return Path(os.environ.get(ARTIFACTS_VARIABLE) or PROJECT_ROOT / "artifacts").resolve()


def runs_root() -> Path:
    """The folder whose children are run folders."""
    return artifacts_root() / "runs"


def reviews_root() -> Path:
    """The folder of decisions on labels, one folder for each data set and one file for each reviewer."""
    return artifacts_root() / "reviews"


def sweeps_root() -> Path:
    """The folder whose children are sweeps."""
    return artifacts_root() / "sweeps"


def estimates_root() -> Path:
    """The folder of what probes have measured; everything in it can be measured again."""
    return artifacts_root() / "estimates"


def trash_root() -> Path:
    """The folder of removed runs and sweeps; whoever needs the space empties it."""
    return artifacts_root() / "trash"


def worker_lock_path() -> Path:
    """The file whose lock the worker of this host holds; its log stands beside it."""
    return artifacts_root() / f"worker-{socket.gethostname()}.lock"


def worker_log_path() -> Path:
    """What the worker of this host printed."""
    return worker_lock_path().with_suffix(".log")


def configured_slots() -> int | None:
    """How many runs compute at a time, if `LSDC_SLOTS` says so.

    Raises:
        ConfigError: If it is no positive whole number.
    """
    return _positive_number(SLOTS_VARIABLE, "how many runs compute at a time", "there is one slot for each GPU")


def ray_address() -> str | None:
    """The Ray cluster that runs compute on, as `host:port`, if `LSDC_RAY` names one.

    Raises:
        ConfigError: If it is none that a node of the cluster can be reached by.
    """
    value = os.environ.get(RAY_VARIABLE)
    if not value:
        return None
    host, _, port = value.rpartition(":")
    if not host or "/" in host or not port.isdecimal():
        raise ConfigError(
            f"{RAY_VARIABLE} is “{value}”.",
            "Expected host:port of the head node, such as 10.0.0.1:6379.",
            "Correct it, or unset it: then runs compute on this machine.",
        )
    return value


def heartbeat_seconds() -> float:
    """How often the process of a run says at least that it lives; `LSDC_HEARTBEAT` changes it, for all hosts alike.

    Raises:
        ConfigError: If it is no number of seconds.
    """
    value = os.environ.get(HEARTBEAT_VARIABLE)
    if not value:
        return DEFAULT_HEARTBEAT_SECONDS
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise ConfigError(
            f"{HEARTBEAT_VARIABLE} is “{value}”.",
            "Expected seconds, from 0.1 to 3600.",
            f"Correct it, or unset it: then it is {DEFAULT_HEARTBEAT_SECONDS:g}.",
        )
    return seconds


def grace_seconds() -> float:
    """How late the heartbeat of a run on another host may be before the run counts as dead."""
    return MISSED_BEATS * heartbeat_seconds()


def own_environment() -> dict[str, str]:
    """The variables of the program alone, for its processes on other hosts."""
    return {name: value for name, value in child_environment().items() if name.startswith(PREFIX)}


def child_environment() -> dict[str, str]:
    """The environment for processes that work elsewhere: a relative artifacts folder would be another one there."""
    return {**os.environ, ARTIFACTS_VARIABLE: str(artifacts_root())}


def crop_cache_root() -> Path:
    """The folder of crop caches; everything in it can be rebuilt."""
    return artifacts_root() / "crops"


def headers_root() -> Path:
    """The folder of scanned headers; everything in it can be scanned again."""
    return artifacts_root() / "headers"


def phantom_root() -> Path:
    """The phantom data set that the program makes for itself when it is given no data."""
    return artifacts_root() / "phantom"


def phantom_studies() -> int:
    """How many studies the phantom data set of a first start has; `LSDC_PHANTOM_STUDIES` changes it.

    Raises:
        ConfigError: If it is no positive whole number.
    """
    otherwise = f"there are {DEFAULT_PHANTOM_STUDIES}"
    return _positive_number(PHANTOM_VARIABLE, "how many studies to make", otherwise) or DEFAULT_PHANTOM_STUDIES


def keras_weights_root() -> Path:
    """Where Keras keeps the weights that it downloads; `KERAS_HOME` moves it, as Keras documents."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").resolve() / "models"


def data_root() -> Path:
    """The data set in use: the folder chosen in the app, else `LSDC_DATA`, else the phantom data set."""
    chosen = _chosen_folder()
    if chosen:
        return Path(chosen)
    return configured_root() or phantom_root()


def configured_root() -> Path | None:
    """The folder that `LSDC_DATA` names, if it is set."""
    configured = os.environ.get(DATA_VARIABLE)
    return Path(configured).expanduser().resolve() if configured else None


def choose_data_root(folder: Path | None) -> None:
    """Remember `folder` as the data set in use; None returns to `LSDC_DATA` or the phantom."""
    write_json(_settings_file(), {"data_root": str(folder) if folder else None})


def _positive_number(variable: str, meaning: str, otherwise: str) -> int | None:
    value = os.environ.get(variable)
    if not value:
        return None
    if not value.isdecimal() or int(value) == 0:
        raise ConfigError(
            f"{variable} is “{value}”.",
            f"Expected {meaning}, a whole number from 1.",
            f"Correct it, or unset it: then {otherwise}.",
        )
    return int(value)


def _settings_file() -> Path:
    return artifacts_root() / "settings.json"


def _chosen_folder() -> str | None:
    try:
        settings = read_json(_settings_file())
    except (OSError, json.JSONDecodeError):
        return None
    folder = settings.get("data_root") if isinstance(settings, dict) else None
    return folder if isinstance(folder, str) else None
