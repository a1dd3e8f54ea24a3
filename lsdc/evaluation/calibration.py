"""From a network's logits to probabilities that can be taken at their word, and the record of how far they can be.

A network that learned with a weight w for each grade gives it w times too much: p ∝ p / w. What is left of its
overconfidence is taken out by one temperature (Guo et al., “On Calibration of Modern Neural Networks”, ICML 2017).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsdc.dataset.splits import Part
from lsdc.errors import TableError
from lsdc.evaluation.formulas import (
    CALIBRATION_BINS,
    accuracy,
    calibration_bins,
    calibration_error,
    severe_recall,
)
from lsdc.evaluation.intervals import Interval, resample
from lsdc.evaluation.predictions import labels_of, probabilities_of, scored_rows
from lsdc.evaluation.temperature import at_temperature, cross_fitted, fit_temperature
from lsdc.evaluation.weighted import Floats, WeightedRows, Weighting, ratio

# In hundredths from a third, which the highest of three probabilities always reaches.
COVERAGE_THRESHOLDS = np.arange(33, 101) / 100

CROSS_FITTED = "validation, cross-fitted"


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibrated:
    """Calibrated predictions, and what calibrated them.

    Args:
        temperature: What the corrected logits are divided by; 1 changes nothing.
        weights: Of the grades in the loss, by rank, taken out before that; ones change nothing.
        probabilities: Of every row, float64 (rows, 3). Without test rows those of the validation rows, which are scored
            then, are each by a temperature of other studies.
        record: The content of calibration.json, see `calibration_record`.
    """

    temperature: float
    weights: tuple[float, float, float]
    probabilities: NDArray[np.float64]
    record: dict[str, Any]

    def apply(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """Calibrate other answers of the same network: logits (rows, 3) become probabilities, float64 (rows, 3)."""
        return at_temperature(_corrected(logits, self.weights), self.temperature)


def calibrate(
    logits: NDArray[np.floating], table: pd.DataFrame, *, weights: tuple[float, float, float], fit: bool
) -> Calibrated:
    """Correct logits for the loss's weights, and divide them by the temperature that suits the validation rows best.

    Args:
        logits: (rows, 3), in the order of `Severity.rank`.
        table: The rows of a predictions table, in the same order: `split`, the row's keys and `label`.
        weights: Of the grades in the loss, by rank.
        fit: False leaves the logits as they are, and only measures how far they can be believed.

    Raises:
        TableError: If a logit is not a finite number, or there are no rows to measure on.
    """
    if not np.isfinite(logits).all():
        raise TableError(
            "The network's answers hold a value that is not a finite number.",
            "Expected finite logits for every row.",
            "Repeat the run with a smaller learning rate.",
        )
    weights = weights if fit else (1.0, 1.0, 1.0)
    corrected = _corrected(logits, weights)
    validation = (table["split"] == Part.VALIDATION).to_numpy()
    temperature = fit_temperature(corrected[validation], labels_of(table[validation])) if fit else 1.0
    probabilities = at_temperature(corrected, temperature)
    if fit and scored_rows(table)[0] is Part.VALIDATION:
        # Nobody is scored by a temperature that saw his labels.
        rows = table[validation]
        studies = rows["study_id"].to_numpy()
        probabilities[validation] = cross_fitted(corrected[validation], labels_of(rows), studies)
    return Calibrated(
        temperature=temperature,
        weights=weights,
        probabilities=probabilities,
        record=calibration_record(
            corrected, probabilities, table, temperature=temperature, weights=weights, fitted=fit
        ),
    )


def mean_record(predictions: pd.DataFrame, *, members: int) -> dict[str, Any]:
    """How far the mean of some runs' calibrated probabilities can be believed; nothing is fitted.

    Args:
        predictions: A predictions table with these means.
        members: How many runs they are of.

    Returns:
        What `calibration_record` gives without a fit, and `members`.
    """
    # The softmax of logarithms of probabilities is the probabilities; of 0 there is none.
    probabilities = probabilities_of(predictions)
    logits = np.log(np.maximum(probabilities, np.finfo("float64").tiny))
    record = calibration_record(
        logits, probabilities, predictions, temperature=1.0, weights=(1.0, 1.0, 1.0), fitted=False
    )
    return record | {"members": members}


def calibration_record(
    corrected: Floats,
    probabilities: Floats,
    table: pd.DataFrame,
    *,
    temperature: float,
    weights: tuple[float, float, float],
    fitted: bool,
) -> dict[str, Any]:
    """Measure calibration on rows that did not fit the temperature.

    These are the test rows or, without any, the validation rows, each calibrated by a temperature of other studies.

    Args:
        corrected: Logits of every row, float64 (rows, 3), corrected for the loss's weights.
        probabilities: As `Calibrated` has them.
        table: As `calibrate` takes it.
        temperature: Of all validation rows.
        weights: The weights that were taken out.
        fitted: Whether the temperature was fitted on the validation rows.

    Returns:
        Plain values for JSON; what is undefined is None.

        - `temperature`, `prior_weights` (by rank).
        - `fitted_on`: {"part": "validation", "rows", "studies"}, or None without a fit.
        - `reliability`: `part` ("test", "validation, cross-fitted" or, without a fit, "validation"), `rows`,
          `studies`; `ece` and `ece_before` (without the temperature) as {"value", "low", "high"}; and 15 `bins` of the
          highest probability: {"low", "high", "rows", "confidence", "accuracy": {"value", "low", "high"}}.
        - `coverage`: [{"threshold", "coverage", "accuracy", "severe_recall"}] of the rows whose highest probability
          reaches the threshold, on the same rows.
    """
    part, rows = scored_rows(table)
    scored = (table["split"] == part).to_numpy()
    part_name = CROSS_FITTED if fitted and part is Part.VALIDATION else part.value
    measured = WeightedRows.once(probabilities[scored], labels_of(rows))
    return {
        "temperature": temperature,
        "prior_weights": list(weights),
        "fitted_on": _size(table[table["split"] == Part.VALIDATION], Part.VALIDATION.value) if fitted else None,
        "reliability": _size(rows, part_name)
        | _reliability(rows, measured, before=at_temperature(corrected[scored], 1.0)),
        "coverage": _coverage(measured),
    }


def _corrected(logits: NDArray[np.floating], weights: tuple[float, float, float]) -> Floats:
    corrected: Floats = logits.astype("float64") - np.log(weights)
    return corrected


def _size(rows: pd.DataFrame, part: str) -> dict[str, Any]:
    return {"part": part, "rows": len(rows), "studies": rows["study_id"].nunique()}


def _reliability(rows: pd.DataFrame, measured: WeightedRows, *, before: Floats) -> dict[str, Any]:
    in_bin = calibration_bins(measured)
    right = in_bin & (measured.predicted == measured.labels)[:, None]

    def compute(weighting: Weighting) -> dict[str, Floats]:
        after, uncalibrated = (
            WeightedRows(probabilities=probabilities, labels=measured.labels, weighting=weighting)
            for probabilities in (measured.probabilities, before)
        )
        accuracies = ratio(after.sum(right), after.sum(in_bin))
        return {
            "ece": calibration_error(after),
            "ece_before": calibration_error(uncalibrated),
            **{str(number): accuracies[:, number] for number in range(CALIBRATION_BINS)},
        }

    numbers = resample(rows, compute, inflated=("ece", "ece_before")).intervals()
    return {
        "ece": asdict(numbers["ece"]),
        "ece_before": asdict(numbers["ece_before"]),
        "bins": [
            _bin(number, measured.confidence[in_bin[:, number]], numbers[str(number)])
            for number in range(CALIBRATION_BINS)
        ],
    }


def _bin(number: int, confidences: Floats, accuracy_in_bin: Interval) -> dict[str, Any]:
    return {
        "low": number / CALIBRATION_BINS,
        "high": (number + 1) / CALIBRATION_BINS,
        "rows": len(confidences),
        "confidence": float(confidences.mean()) if len(confidences) else None,
        "accuracy": asdict(accuracy_in_bin),
    }


def _coverage(measured: WeightedRows) -> list[dict[str, float | None]]:
    # A threshold is a weighting of the rows: 1 for those that reach it.
    reached = WeightedRows(
        probabilities=measured.probabilities,
        labels=measured.labels,
        weighting=Weighting.of_rows((measured.confidence >= COVERAGE_THRESHOLDS[:, None]).astype("float64")),
    )
    columns = {
        "threshold": COVERAGE_THRESHOLDS,
        "coverage": reached.total / measured.total,
        "accuracy": accuracy(reached),
        "severe_recall": severe_recall(reached),
    }
    return [
        {name: None if np.isnan(value) else float(value) for name, value in zip(columns, point, strict=True)}
        for point in zip(*columns.values(), strict=True)
    ]
