"""Runs as tables: in which hyperparameters they differ, what they cost, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from lsdc.config import TrainingConfig
from lsdc.config.words import in_words, value_in_words
from lsdc.evaluation.metrics import SLICE_METRICS
from lsdc.models.catalogue import entry
from lsdc.ui.scores import ScoredRun

SHOWN_METRICS = SLICE_METRICS
"""What came of a run, in short."""


def differing(runs: Sequence[ScoredRun]) -> dict[str, str]:
    """The hyperparameters that are not the same in all of these runs: their titles by their names."""
    words = [_words(run) for run in runs]
    return {
        name: field.title or name
        for name, field in TrainingConfig.model_fields.items()
        if len({of[name] for of in words}) > 1
    }


def difference_table(runs: Sequence[ScoredRun]) -> pd.DataFrame:
    """One row per hyperparameter that differs: `Hyperparameter`, and a column of words for each run."""
    words = {run.label: _words(run) for run in runs}
    return pd.DataFrame(
        [
            {"Hyperparameter": title} | {label: of[name] for label, of in words.items()}
            for name, title in differing(runs).items()
        ]
    )


def cost_table(runs: Sequence[ScoredRun], grading_ms: Sequence[float | None]) -> pd.DataFrame:
    """One row per run: its size, the time of its epochs and of a grade, and `SHOWN_METRICS` by their titles.

    What an ensemble costs is what its members cost together.

    Parameters are counted from the config alone, so a weights file that has gone since is no matter.

    Args:
        runs: The rows.
        grading_ms: What a grade by each of them takes; None is not known.
    """
    lines = []
    for run, milliseconds in zip(runs, grading_ms, strict=True):
        networks = run.listed.run.networks()
        history = pd.concat([of.history() for of in networks])
        lines.append(
            {
                "Run": run.label,
                "Parameters": sum(entry(of.config.model).measure(of.config).total for of in networks),
                "Network, MB": sum(of.onnx_path.stat().st_size for of in networks) / 1e6
                if all(of.can_predict for of in networks)
                else None,
                "Epochs": len(history),
                "Training, s": history["seconds"].sum(),
                "Grading, ms": milliseconds,
                **_results(run),
            }
        )
    return pd.DataFrame(lines)


def coordinate_table(runs: Sequence[ScoredRun], names: Sequence[str]) -> pd.DataFrame:
    """One row per run, by its label: a column for each of these hyperparameters and of `SHOWN_METRICS`."""
    titles = {name: TrainingConfig.model_fields[name].title or name for name in names}
    values = [run.listed.config.model_dump(mode="json") for run in runs]
    lines = [
        {title: _as_value(of[name]) for name, title in titles.items()} | _results(run)
        for run, of in zip(runs, values, strict=True)
    ]
    return pd.DataFrame(lines, index=[run.label for run in runs])


def _words(run: ScoredRun) -> dict[str, str]:
    return in_words([network.config for network in run.listed.run.networks()])


def _results(run: ScoredRun) -> dict[str, float | None]:
    return {metric.title: run.metrics["metrics"][metric.name]["value"] for metric in SHOWN_METRICS}


def _as_value(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else value_in_words(value)
