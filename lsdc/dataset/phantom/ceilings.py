"""The best that any grader can do on phantom labels, computed from the true narrowings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr as normal_cdf

from lsdc.dataset.phantom.severity import (
    READER_NOISE,
    STUDY_SHARE,
    THRESHOLDS,
    grade_probabilities,
    location_and_scale,
)
from lsdc.labels import TARGETS, Level, Severity, Target

# Nodes of the quadrature over what a study's levels have in common; 21 give six digits here.
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """What a grader that knew the true narrowing and the level would score on some rows.

    Args:
        rows: How many labelled rows were counted.
        accuracy: Expected accuracy of always naming the likeliest grade.
        quadratic_kappa: Quadratic-weighted kappa of the same answers, expected.
        level_only_accuracy: Expected accuracy of the best answer from the level alone.
    """

    rows: int
    accuracy: float
    quadratic_kappa: float
    level_only_accuracy: float


def best_possible(truth: pd.DataFrame, target: Target, *, balanced: bool = True) -> Ceiling | None:
    """The ceiling on the rows of one target.

    Args:
        truth: As of `severity_table`; rows without a severity are left out.
        target: Whose rows count.
        balanced: Leave out every study with five rows of this target that are all Normal/Mild, as `report` does. That
            makes Normal/Mild rarer than the narrowing alone says, and the ceiling accounts for it.

    Returns:
        The ceiling, or None if no rows are left: a few studies may all be normal.
    """
    of_target = (truth["condition"] == target.condition.value) & (truth["side"] == target.side.value)
    rows = truth[of_target & truth["severity"].notna()]
    if balanced:
        rows = rows[_kept_by_balancing(rows)]
    return ceiling_of_rows(rows, target, balanced=balanced) if len(rows) else None


def ceiling_of_rows(rows: pd.DataFrame, target: Target, *, balanced: bool) -> Ceiling:
    """The ceiling on exactly these rows.

    Args:
        rows: All rows of some studies that are counted; `study_id`, `level` and `narrowing` are looked at.
        target: What all of them show.
        balanced: Whether all-normal studies were left out.
    """
    levels = rows["level"].map({level.value: level.rank for level in Level}).to_numpy()
    narrowings = rows["narrowing"].to_numpy()
    posterior = grade_probabilities(narrowings)
    if balanced:
        # Studies with fewer rows than levels are never left out.
        complete = (rows.groupby("study_id")["level"].transform("size") == len(Level)).to_numpy()
        posterior[complete, 0] *= _chance_of_being_kept(narrowings[complete], levels[complete], target)
        posterior /= posterior.sum(axis=1, keepdims=True)
    by_level = [posterior[levels == rank].sum(axis=0).max() for rank in np.unique(levels)]
    return Ceiling(
        rows=len(posterior),
        accuracy=float(posterior.max(axis=1).mean()),
        quadratic_kappa=_expected_kappa(posterior),
        level_only_accuracy=float(np.sum(by_level) / len(posterior)),
    )


def _kept_by_balancing(rows: pd.DataFrame) -> np.ndarray:
    by_study = (rows["severity"] == Severity.NORMAL_MILD.value).groupby(rows["study_id"])
    all_normal = by_study.transform("all") & (by_study.transform("size") == len(Level))
    return ~all_normal.to_numpy(dtype=bool)


def _chance_of_being_kept(narrowings: np.ndarray, levels: np.ndarray, target: Target) -> np.ndarray:
    """Chance that a study stays after balancing though the given row is Normal/Mild: another level must not be.

    Given what the levels of a study have in common, they are independent; that common part is integrated out, given the
    row's own narrowing.
    """
    mean, scale = (table[TARGETS.index(target)] for table in location_and_scale())
    standard = (narrowings - mean[levels]) / scale[levels]
    common = np.sqrt(STUDY_SHARE) * standard[:, None] + np.sqrt(1 - STUDY_SHARE) * _NODES
    seen_mean = mean[:, None, None] + scale[:, None, None] * np.sqrt(STUDY_SHARE) * common
    seen_scale = np.sqrt(scale**2 * (1 - STUDY_SHARE) + READER_NOISE**2)[:, None, None]
    normal = normal_cdf((THRESHOLDS[0] - seen_mean) / seen_scale)  # (levels, rows, nodes)
    normal[levels, np.arange(len(levels))] = 1.0
    all_others_normal = np.prod(normal, axis=0) @ (_WEIGHTS / _WEIGHTS.sum())
    return np.asarray(1 - all_others_normal)


def _expected_kappa(posterior: np.ndarray) -> float:
    """Quadratic kappa from the expected confusion matrix, whose rows are the answers."""
    answers = posterior.argmax(axis=1)
    confusion = np.array([posterior[answers == rank].sum(axis=0) for rank in range(len(Severity))])
    distance = np.subtract.outer(np.arange(len(Severity)), np.arange(len(Severity))) ** 2
    by_chance = np.outer(confusion.sum(axis=1), confusion.sum(axis=0)) / confusion.sum()
    return float(1 - (distance * confusion).sum() / (distance * by_chance).sum())
