"""What a run's predictions amount to: the content of its metrics.json, and the draws that its intervals come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsdc.dataset.splits import Part
from lsdc.evaluation.baselines import LEVEL_ONLY, baseline_predictions
from lsdc.evaluation.challenge import challenge_metrics
from lsdc.evaluation.intervals import Interval, Resampled, intervals, resample_metrics
from lsdc.evaluation.leakage import leak_check
from lsdc.evaluation.metrics import DEFAULT_BETA, METRICS, SLICE_METRICS, TRAIN_ACCURACY, Metric, report_metrics
from lsdc.evaluation.predictions import (
    labels_of,
    probabilities_of,
    rows_fingerprint,
    scored_rows,
    with_probabilities,
)
from lsdc.evaluation.weighted import Floats, WeightedRows, areas_under_curves
from lsdc.labels import Level, Severity

# Of the intervals with fewer slices: a trend is read from them and no verdict, and there is one set for each number.
SLICE_DRAWS = 300


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """The scores of a run.

    Args:
        metrics: Plain values for JSON; what is undefined is None.

            - `scored_on`: "test" or "validation"; with the latter `chosen_on_these_rows` is true.
            - `rows`, `studies`, `rows_fingerprint` of the scored rows; `beta`.
            - `metrics`: {name: {"value", "low", "high"}} for `METRICS`, and the challenge's with all conditions.
            - `report_metrics`: the same for `REPORT_METRICS`; the training accuracy has no interval.
            - `by_level`: {level: {"rows", and the value of every metric by name}} for the levels that occur.
            - `by_slices`: {number: {"rows", "metrics"}}, the number as text, rising; `metrics` for `SLICE_METRICS`.
            - `by_class`: {severity: {"rows", "auc", "recall", "specificity", "precision", "f1"}}.
            - `confusion`: rows true, columns predicted.
            - `baselines`: {name: {metric: {"value", "low", "high"}}} with all of `metrics` and `report_metrics`.
            - `gains`: {name: {metric: {"value", "low", "high"}}}: the run minus each baseline, for `metrics`.
            - `leak_check`: see `lsdc.evaluation.leakage`.
        draws: One row for each resample of studies, one column for each of `metrics` and `report_metrics` but the
            training accuracy. The intervals are their percentiles.
    """

    metrics: dict[str, Any]
    draws: pd.DataFrame


def evaluate(
    predictions: pd.DataFrame,
    beta: float = DEFAULT_BETA,
    by_slices: Mapping[int, NDArray[np.float64]] = MappingProxyType({}),
) -> Evaluation:
    """Score a run on its test rows, or on its validation rows if it has no others, beside the baselines.

    Args:
        predictions: A predictions table, with the training rows that the baselines learn from.
        beta: Of the F-beta score.
        by_slices: What the network predicts when it is shown at most so many of its slices, by their number:
            probabilities (rows of `predictions`, 3). Empty for a network that sees one slice.

    Raises:
        TableError: If there are no rows to score or to learn from, or a probability is not one.
    """
    part, rows = scored_rows(predictions)
    ours = (*METRICS, *challenge_metrics(rows))
    reports = report_metrics(beta)
    weighted = _once(rows)
    scores = resample_metrics(rows, (*ours, *reports))
    by_name = scores.intervals()
    graded = baseline_predictions(predictions)
    baselines = {name: resample_metrics(scored_rows(table)[1], (*ours, *reports)) for name, table in graded.items()}
    metrics = {
        "scored_on": part.value,
        "chosen_on_these_rows": part is Part.VALIDATION,
        "rows": len(rows),
        "studies": rows["study_id"].nunique(),
        "rows_fingerprint": rows_fingerprint(rows),
        "beta": beta,
        "metrics": _plain({metric.name: by_name[metric.name] for metric in ours}),
        "report_metrics": _plain(
            _train_accuracy(predictions) | {metric.name: by_name[metric.name] for metric in reports}
        ),
        "by_level": _by_level(rows, (*METRICS, *reports)),
        "by_slices": {str(number): _with_slices(predictions, by_slices[number]) for number in sorted(by_slices)},
        "by_class": {severity.value: _one_class(weighted, severity) for severity in Severity},
        "confusion": weighted.confusion[0].astype(int).tolist(),
        "baselines": {
            name: _plain(_train_accuracy(graded[name]) | baseline.intervals()) for name, baseline in baselines.items()
        },
        "gains": {name: _gains(scores, baseline, ours) for name, baseline in baselines.items()},
        "leak_check": leak_check(predictions, graded[LEVEL_ONLY]),
    }
    return Evaluation(metrics=metrics, draws=scores.draws)


def _gains(scores: Resampled, baseline: Resampled, metrics: Sequence[Metric]) -> dict[str, dict[str, float | None]]:
    by_name = scores.minus(baseline).intervals()
    return _plain({metric.name: by_name[metric.name] for metric in metrics})


def _once(rows: pd.DataFrame) -> WeightedRows:
    return WeightedRows.once(probabilities_of(rows), labels_of(rows))


def _train_accuracy(predictions: pd.DataFrame) -> dict[str, Interval]:
    value = TRAIN_ACCURACY.compute(_once(predictions[predictions["split"] == Part.TRAIN])).item()
    return {TRAIN_ACCURACY.name: Interval(value=value, low=None, high=None)}


def _by_level(rows: pd.DataFrame, metrics: Sequence[Metric]) -> dict[str, dict[str, float | None]]:
    table = {}
    for level in Level:
        at_level = rows[rows["level"] == level.value]
        if not at_level.empty:
            weighted = _once(at_level)
            values = {metric.name: _defined(metric.compute(weighted)) for metric in metrics}
            table[level.value] = {"rows": len(at_level), **values}
    return table


def _with_slices(predictions: pd.DataFrame, probabilities: NDArray[np.float64]) -> dict[str, Any]:
    _, rows = scored_rows(with_probabilities(predictions, probabilities))
    return {"rows": len(rows), "metrics": _plain(intervals(rows, SLICE_METRICS, num_draws=SLICE_DRAWS))}


def _one_class(rows: WeightedRows, severity: Severity) -> dict[str, float | None]:
    confusion, rank = rows.confusion[0], severity.rank
    hits, true, shown = confusion[rank, rank], confusion[rank].sum(), confusion[:, rank].sum()
    others = rows.total[0] - true
    positive = rows.labels == rank
    return {
        "rows": int(true),
        "auc": _defined(areas_under_curves(rows.probabilities[:, rank], positive, rows.weighting).roc),
        "recall": _share(hits, true),
        "specificity": _share(others - (shown - hits), others),
        "precision": _share(hits, shown),
        "f1": _share(2 * hits, true + shown),
    }


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


def _defined(value: Floats) -> float | None:
    return None if np.isnan(value.item()) else float(value.item())


def _plain(values: dict[str, Interval]) -> dict[str, dict[str, float | None]]:
    return {name: asdict(interval) for name, interval in values.items()}
