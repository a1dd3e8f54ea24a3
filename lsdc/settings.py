"""Where data and artifacts live. The only reader of its environment variables, and the only writer of the chosen data folder."""

from __future__ import annotations

import json
import os
from pathlib import Path

from lsdc.files import read_json, write_json

PROJECT_ROOT = Path(__file__).resolve().parent.parent
DATA_VARIABLE = "LSDC_DATA"


def artifacts_root() -> Path:
    """The folder for runs, caches and the phantom data; `LSDC_ARTIFACTS` moves it."""
    return Path(os.environ.get("LSDC_ARTIFACTS") or PROJECT_ROOT / "artifacts").resolve()


def runs_root() -> Path:
    """The folder whose children are run folders."""
    return artifacts_root() / "runs"


def crop_cache_root() -> Path:
    """The folder of crop caches; everything in it can be rebuilt."""
    return artifacts_root() / "crops"


def phantom_root() -> Path:
    """The phantom data set that the program makes for itself when it is given no data."""
    return artifacts_root() / "phantom"


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


def _settings_file() -> Path:
    return artifacts_root() / "settings.json"


def _chosen_folder() -> str | None:
    try:
        settings = read_json(_settings_file())
    except (OSError, json.JSONDecodeError):
        return None
    folder = settings.get("data_root") if isinstance(settings, dict) else None
    return folder if isinstance(folder, str) else None
