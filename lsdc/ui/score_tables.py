"""Scores of runs as tables, which charts and pages draw."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lsdc.evaluation.attention import attention_by_place
from lsdc.evaluation.calibration_file import CalibrationRecord
from lsdc.evaluation.metrics import Metric
from lsdc.evaluation.metrics_file import Score
from lsdc.ui.scores import Line, ScoredRun, load_predictions


def interval_table(lines: Sequence[Line], metric: Metric) -> pd.DataFrame:
    """One row per run and baseline: `run`, `value`, `low`, `high`, `is_baseline`."""
    return pd.DataFrame(
        [
            {"run": line.label, "is_baseline": line.run is None, **line.scores[metric.name]}
            for line in lines
            if line.scores[metric.name]["value"] is not None
        ]
    )


def slice_table(runs: Sequence[ScoredRun], metric: Metric) -> pd.DataFrame:
    """One row per run and number of slices shown: `run`, `slices`, `value`, `low`, `high`.

    Runs whose network sees a single slice have none.
    """
    return pd.DataFrame(
        [
            {"run": run.label, "slices": slices, **scores["metrics"][metric.name]}
            for run in runs
            for slices, scores in run.metrics.get("by_slices", {}).items()
            if scores["metrics"][metric.name]["value"] is not None
        ],
        columns=["run", "slices", "value", "low", "high"],
    )


def attention_table(runs: Sequence[ScoredRun]) -> pd.DataFrame:
    """One row per run and place of its stack: `run` and what `attention_by_place` tells; empty if none weighs slices."""
    tables = [attention_by_place(load_predictions(run.listed.run)).assign(run=run.label) for run in runs]
    return pd.concat(tables, ignore_index=True)


def reliability_table(record: CalibrationRecord) -> pd.DataFrame:
    """One row per bin: `low`, `high`, `rows`, `confidence`, `accuracy`, `accuracy_low`, `accuracy_high`."""
    return pd.DataFrame(
        [
            {
                **bin_,
                "accuracy": bin_["accuracy"]["value"],
                "accuracy_low": bin_["accuracy"]["low"],
                "accuracy_high": bin_["accuracy"]["high"],
            }
            for bin_ in record["reliability"]["bins"]
        ]
    )


def leak_table(runs: Sequence[ScoredRun]) -> pd.DataFrame:
    """One row per run and two parts of its split: what they share, and what that is worth to a look-up of patients."""
    return pd.DataFrame(
        [
            {
                "run": run.label,
                "parts": overlap["parts"],
                "shared patients": overlap["studies"],
                "shared images": overlap["images"],
                "identical crops": overlap["crops"],
                "patient look-up": _gain(run.metrics["leak_check"]["lookup_gain"]),
            }
            for run in runs
            for overlap in run.metrics["leak_check"]["overlaps"]
        ]
    )


def _gain(score: Score) -> str:
    if score["value"] is None:
        return "–"
    if score["low"] is None or score["high"] is None:
        return f"{score['value']:+.3f}"
    return f"{score['value']:+.3f} ({score['low']:+.3f} to {score['high']:+.3f})"
