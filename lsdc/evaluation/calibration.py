"""From a network's logits to probabilities that can be taken at their word, and the record of how far they can be.

A network that learned with a weight w for each grade gives it w times too much: p ∝ p / w. What is left of its
overconfidence is taken out by one temperature (Guo et al., “On Calibration of Modern Neural Networks”, ICML 2017).
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax

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
from lsdc.evaluation.weighted import Floats, Ints, WeightedRows, Weighting, ratio

# A network so much too sure, or too unsure, is broken, and no temperature mends it.
TEMPERATURES = (0.05, 20.0)
FOLDS = 5
# In hundredths from a third, which the highest of three probabilities always reaches.
COVERAGE_THRESHOLDS = np.arange(33, 101) / 100

CROSS_FITTED = "validation, cross-fitted"


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibrated:
    """Calibrated predictions, and what calibrated them.

    Args:
        temperature: What the corrected logits are divided by; 1 changes nothing.
        weights: Of the grades in the loss, by rank, taken out before that; ones change nothing.
        probabilities: Of every row, float64 (rows, 3).
        record: The content of calibration.json, see `calibration_record`.
    """

    temperature: float
    weights: tuple[float, float, float]
    probabilities: NDArray[np.float64]
    record: dict[str, Any]

    def apply(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """Calibrate other answers of the same network: logits (rows, 3) become probabilities, float64 (rows, 3)."""
        return _probabilities(_corrected(logits, self.weights), self.temperature)


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
    return Calibrated(
        temperature=temperature,
        weights=weights,
        probabilities=_probabilities(corrected, temperature),
        record=calibration_record(corrected, table, temperature=temperature, weights=weights, fitted=fit),
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
    logits = np.log(np.maximum(probabilities_of(predictions), np.finfo("float64").tiny))
    record = calibration_record(logits, predictions, temperature=1.0, weights=(1.0, 1.0, 1.0), fitted=False)
    return record | {"members": members}


def fit_temperature(logits: Floats, labels: Ints) -> float:
    """The temperature under which the labels are most probable.

    Args:
        logits: float64 (rows, 3), corrected for the loss's weights.
        labels: int64 (rows,), `Severity.rank`.

    Returns:
        A number within `TEMPERATURES`. 1.0 where the rows cannot say: there are none, or no grade has a higher logit
        than the true one in any of them, so that they would be the more probable the colder, without end.
    """
    # How far each grade is ahead of the true one; the loss of a row is the logarithm of the summed exponentials.
    ahead = logits - np.take_along_axis(logits, labels[:, None], axis=1)
    if np.all(ahead <= 0):
        return 1.0

    def loss(log_temperature: float) -> float:
        return float(logsumexp(ahead / np.exp(log_temperature), axis=1).mean())

    # The loss is convex in 1 / temperature, so that it has a single valley on this scale too.
    coldest, hottest = np.log(TEMPERATURES)
    best = minimize_scalar(loss, bounds=(coldest, hottest), method="bounded", options={"xatol": 1e-8})
    return float(np.exp(best.x))


def cross_fitted(logits: Floats, labels: Ints, studies: Ints, folds: int = FOLDS) -> Floats:
    """Calibrate each study with a temperature that was fitted on other studies.

    Args:
        logits: float64 (rows, 3), corrected for the loss's weights.
        labels: int64 (rows,), `Severity.rank`.
        studies: The study of each row, (rows,).
        folds: Into how many parts the studies are dealt; with fewer studies each is a part of its own. A single study
            leaves no other to fit on, and keeps temperature 1.

    Returns:
        Probabilities, float64 (rows, 3).
    """
    fold_of_row = _folds(studies, folds)
    probabilities = np.empty_like(logits)
    for fold in np.unique(fold_of_row):
        held_out = fold_of_row == fold
        temperature = fit_temperature(logits[~held_out], labels[~held_out])
        probabilities[held_out] = _probabilities(logits[held_out], temperature)
    return probabilities


def calibration_record(
    corrected: Floats,
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
        table: As `calibrate` takes it.
        temperature: Of all rows.
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
    logits, labels = corrected[(table["split"] == part).to_numpy()], labels_of(rows)
    if fitted and part is Part.VALIDATION:
        part_name, probabilities = CROSS_FITTED, cross_fitted(logits, labels, rows["study_id"].to_numpy())
    else:
        part_name, probabilities = part.value, _probabilities(logits, temperature)
    measured = WeightedRows.once(probabilities, labels)
    return {
        "temperature": temperature,
        "prior_weights": list(weights),
        "fitted_on": _size(table[table["split"] == Part.VALIDATION], Part.VALIDATION.value) if fitted else None,
        "reliability": _size(rows, part_name) | _reliability(rows, measured, before=_probabilities(logits, 1.0)),
        "coverage": _coverage(measured),
    }


def _corrected(logits: NDArray[np.floating], weights: tuple[float, float, float]) -> Floats:
    corrected: Floats = logits.astype("float64") - np.log(weights)
    return corrected


def _probabilities(corrected: Floats, temperature: float) -> Floats:
    probabilities: Floats = softmax(corrected / temperature, axis=1)
    return probabilities


def _folds(studies: Ints, folds: int) -> Ints:
    # Dealt by a hash of the name, as the split does it: alike on every machine and in every order of rows.
    names, study_of_row = np.unique(studies, return_inverse=True)
    lots = [hashlib.sha256(f"calibration {name}".encode()).hexdigest() for name in names]
    return (np.argsort(np.argsort(lots)) % folds)[study_of_row]


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
