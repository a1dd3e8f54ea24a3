"""The score of the challenge, which needs all three conditions.

It is the mean of four parts: the weighted log loss of each condition, and that of “any severe spinal canal”, one
yes-or-no question for each study. As defined on the evaluation page of “RSNA 2024 Lumbar Spine Degenerative
Classification”.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsdc.evaluation.formulas import CHALLENGE_WEIGHTS, weighted_log_loss
from lsdc.evaluation.metrics import Metric
from lsdc.evaluation.weighted import Bools, Floats, Ints, WeightedRows, ratio
from lsdc.labels import Condition, Severity


def challenge_metrics(rows: pd.DataFrame) -> tuple[Metric, ...]:
    """The challenge's score for these rows of a predictions table; none unless all three conditions are among them."""
    conditions, studies = rows["condition"].to_numpy(), rows["study_id"].to_numpy()
    if set(conditions) != {condition.value for condition in Condition}:
        return ()
    return (
        Metric(
            name="any_severe_spinal",
            title="Any severe canal",
            meaning="Weighted log loss of whether a study has a severe spinal canal stenosis at any level.",
            higher_is_better=False,
            compute=partial(any_severe_spinal, conditions=conditions, studies=studies),
        ),
        Metric(
            name="challenge_score",
            title="Challenge score",
            meaning="Mean of the weighted log losses of the three conditions and of any severe canal.",
            higher_is_better=False,
            compute=partial(challenge_score, conditions=conditions, studies=studies),
        ),
    )


def challenge_score(rows: WeightedRows, *, conditions: NDArray[np.str_], studies: Ints) -> Floats:
    """Mean of the four parts, (draws,).

    Args:
        rows: Points of all three conditions.
        conditions: `Condition` values, (rows,).
        studies: Study of each row, (rows,); a study's rows have equal weights.
    """
    parts = [weighted_log_loss(_only(rows, conditions == condition)) for condition in Condition]
    parts.append(any_severe_spinal(rows, conditions=conditions, studies=studies))
    score: Floats = np.mean(parts, axis=0)
    return score


def any_severe_spinal(rows: WeightedRows, *, conditions: NDArray[np.str_], studies: Ints) -> Floats:
    """Weighted log loss of the study's highest probability of a severe canal, (draws,); arguments as above."""
    is_canal = conditions == Condition.SPINAL_CANAL_STENOSIS
    canal = _only(rows, is_canal)
    _, first_row, study_of_row = np.unique(studies[is_canal], return_index=True, return_inverse=True)
    probability, worst = np.zeros(len(first_row)), np.zeros(len(first_row), dtype="int64")
    np.maximum.at(probability, study_of_row, canal.probabilities[:, Severity.SEVERE.rank])
    np.maximum.at(worst, study_of_row, canal.labels)
    given = np.where(worst == Severity.SEVERE.rank, probability, 1 - probability)
    losses = -np.log(given.clip(np.finfo("float64").eps))
    importance = CHALLENGE_WEIGHTS[worst]
    once_a_study = canal.weighting.only(first_row)
    return ratio(once_a_study.sum(importance * losses), once_a_study.sum(importance))


def _only(rows: WeightedRows, chosen: Bools) -> WeightedRows:
    return WeightedRows(
        probabilities=rows.probabilities[chosen], labels=rows.labels[chosen], weighting=rows.weighting.only(chosen)
    )
