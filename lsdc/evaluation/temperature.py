"""One temperature for a network's logits: what is left of its overconfidence is taken out by dividing them by it.

Guo et al., “On Calibration of Modern Neural Networks”, ICML 2017.
"""

from __future__ import annotations

import hashlib

import numpy as np

from lsdc.evaluation.weighted import Floats, Ints

# SciPy is imported where it calculates: a page that reads scores does not.

# A network so much too sure, or too unsure, is broken, and no temperature mends it.
TEMPERATURES = (0.05, 20.0)
FOLDS = 5


def at_temperature(logits: Floats, temperature: float) -> Floats:
    """The probabilities, float64 (rows, 3), of logits that were corrected for the loss's weights, (rows, 3)."""
    from scipy.special import softmax

    probabilities: Floats = softmax(logits / temperature, axis=1)
    return probabilities


def fit_temperature(logits: Floats, labels: Ints) -> float:
    """The temperature under which the labels are most probable.

    Args:
        logits: float64 (rows, 3), corrected for the loss's weights.
        labels: int64 (rows,), `Severity.rank`.

    Returns:
        A number within `TEMPERATURES`. 1.0 where the rows cannot say: there are none, or no grade has a higher logit
        than the true one in any of them, so that they would be the more probable the colder, without end.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

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
        probabilities[held_out] = at_temperature(logits[held_out], temperature)
    return probabilities


def _folds(studies: Ints, folds: int) -> Ints:
    # Dealt by a hash of the name, as the split does it: alike on every machine and in every order of rows.
    names, study_of_row = np.unique(studies, return_inverse=True)
    lots = [hashlib.sha256(f"calibration {name}".encode()).hexdigest() for name in names]
    return (np.argsort(np.argsort(lots)) % folds)[study_of_row]
