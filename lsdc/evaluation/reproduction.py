"""How to make a run again: the commands, and what they need."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from lsdc.config import PRESETS, SplitConfig, TrainingConfig, preset


def commands(record: Mapping[str, Any], config: TrainingConfig, members: Sequence[str]) -> list[str]:
    """The command lines that repeat a run, one after the other.

    Args:
        record: The whole of its config.json.
        config: Its hyperparameters.
        members: The names of the runs that it averages; empty for a run that was trained.
    """
    checkout = [f"git checkout {record['commit']}"] if record.get("commit") else []
    if members:
        return [*checkout, shlex.join(["python", "-m", "lsdc", "ensemble", *members])]
    began_with = record.get("preset") if record.get("preset") in PRESETS else "recommended"
    data = ["--data", f"path/to/{record['data']['name']}"]
    if config.review_path:
        # The copy that it keeps: the file that it was started with may have changed since.
        config = config.changed(label_review="path/to/review.csv")
    return [*checkout, shlex.join(["python", "-m", "lsdc", "train", *data, *_values(str(began_with), config)])]


def judged_by(record: Mapping[str, Any]) -> SplitConfig | None:
    """What fixed the rows of validation and test of a trial, or of the trials that an ensemble averages.

    None if the run's own split did. With such rows `train` cannot make the run again, for it knows one split only.
    """
    told = record.get("sweep", record).get("held_out")
    return None if told is None else SplitConfig.model_validate(told)


def _values(began_with: str, config: TrainingConfig) -> list[str]:
    """The preset, and what was set to something else."""
    wanted, original = (of.model_dump(mode="json") for of in (config, preset(began_with)))
    changed = {name: value for name, value in wanted.items() if value != original[name]}
    options = [f"--set={name}={_typed(value)}" for name, value in changed.items()]
    return [f"--preset={began_with}", *options]


def _typed(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
