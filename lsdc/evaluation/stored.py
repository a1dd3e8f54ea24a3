"""The scores that a run keeps: metrics.json and the draws of its intervals, both made of predictions.parquet."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsdc.evaluation.intervals import Resampled
from lsdc.evaluation.metrics import DEFAULT_BETA, METRICS
from lsdc.evaluation.metrics_file import Metrics, read_metrics, validated
from lsdc.evaluation.model_card import model_card
from lsdc.evaluation.scoring import evaluate
from lsdc.runs import RunFolder

# Counts up when the formulas, or the way in which studies are drawn, change: scores of an older count are made anew.
SCORES_VERSION = 2


def write_scores(run: RunFolder, by_slices: Mapping[int, NDArray[np.float64]] = MappingProxyType({})) -> None:
    """Score a run by the predictions in its folder, and write metrics, draws and model card.

    Args:
        run: The folder, with its predictions and its calibration.
        by_slices: As `evaluate` takes it.

    Raises:
        TableError: If the predictions cannot be scored.
    """
    evaluation = evaluate(run.predictions(), DEFAULT_BETA, by_slices)
    _write(run, evaluation.metrics, evaluation.draws)


def rescore(run: RunFolder) -> None:
    """Make metrics, draws and model card anew from the predictions; what only the network knows stays as it was.

    Raises:
        CorruptRunError: If a file of the run cannot be read.
        TableError: If the predictions cannot be scored.
    """
    evaluation = evaluate(run.predictions())
    _write(run, evaluation.metrics | _from_the_network(run), evaluation.draws)


def current_metrics(run: RunFolder) -> Metrics:
    """The scores of a run: those in its folder, or new ones where its predictions or the formulas have changed since.

    Raises:
        CorruptRunError: If its predictions or its metrics cannot be read.
        TableError: If the predictions cannot be scored.
    """
    return read_metrics(run) if is_current(run) else scores_anew(run)[0]


def scores_anew(run: RunFolder) -> tuple[Metrics, Resampled]:
    """The scores of a run as this version makes them of its predictions; nothing is written. Errors as above."""
    evaluation = evaluate(run.predictions())
    metrics = validated(evaluation.metrics | _from_the_network(run), run)
    return metrics, _resampled(metrics, evaluation.draws)


def stored_draws(run: RunFolder) -> Resampled | None:
    """The scores of a run with the draws that were stored with them; None if one of the two is missing or outdated.

    Raises:
        CorruptRunError: If the scores or the draws cannot be read.
    """
    if not (run.draws_path.is_file() and is_current(run)):
        return None
    draws = run.draws()
    return _resampled(read_metrics(run), draws) if draws.attrs == _source(run) else None


def is_current(run: RunFolder) -> bool:
    """Whether metrics.json was made of the predictions as they are now, by this version.

    Raises:
        CorruptRunError: If one of the two cannot be read.
    """
    return bool(run.metrics().get("source") == _source(run))


def _resampled(metrics: Metrics, draws: pd.DataFrame) -> Resampled:
    scores = metrics["metrics"] | metrics["report_metrics"]
    values = {name: scores[name]["value"] for name in map(str, draws)}
    return Resampled(
        observed={name: np.nan if value is None else value for name, value in values.items()},
        draws=draws,
        inflated=[metric.name for metric in METRICS if metric.inflated],
    )


def _write(run: RunFolder, metrics: dict[str, Any], draws: pd.DataFrame) -> None:
    source = _source(run)
    metrics = {**metrics, "source": source}
    draws.attrs.update(source)
    # What cannot be described is not written either: scores of one version beside a card of another would contradict.
    card = model_card(
        run_id=run.run_id,
        config=run.config,
        record=run.record,
        metrics=metrics,
        calibration=run.calibration(),
        members={member.run_id: member.config for member in run.networks()} if run.is_ensemble else {},
    )
    run.write_draws(draws)
    run.write_metrics(metrics)
    run.write_model_card(card)


def _source(run: RunFolder) -> dict[str, Any]:
    return {"predictions_sha256": run.predictions_sha256(), "version": SCORES_VERSION}


def _from_the_network(run: RunFolder) -> dict[str, Any]:
    by_slices = run.metrics().get("by_slices")
    return {"by_slices": by_slices} if isinstance(by_slices, dict) else {}
