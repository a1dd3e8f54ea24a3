from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from lsdc.evaluation.challenge import challenge_metrics
from lsdc.evaluation.formulas import CHALLENGE_WEIGHTS
from lsdc.evaluation.predictions import PROBABILITY_COLUMNS, labels_of, probabilities_of
from lsdc.evaluation.weighted import WeightedRows, Weighting


def challenge_parts(rows: pd.DataFrame) -> dict[str, float]:
    """The challenge's four parts, step by step on a frame, as its evaluation page describes them."""
    frame = rows.assign(rank=labels_of(rows), weight=CHALLENGE_WEIGHTS[labels_of(rows)])
    parts = {
        condition: log_loss(of["rank"], of[list(PROBABILITY_COLUMNS)], sample_weight=of["weight"], labels=[0, 1, 2])
        for condition, of in frame.groupby("condition")
    }
    canal = frame[frame["condition"] == "spinal_canal_stenosis"].assign(severe=lambda of: of["rank"] == 2)
    by_study = canal.groupby("study_id")[["severe", "p_severe", "weight"]].max()
    parts["any"] = log_loss(by_study["severe"], by_study["p_severe"], sample_weight=by_study["weight"])
    return parts


def score(rows: pd.DataFrame, weights: np.ndarray | None = None) -> dict[str, float]:
    weighted = WeightedRows(
        probabilities=probabilities_of(rows),
        labels=labels_of(rows),
        weighting=Weighting.of_rows(np.ones((1, len(rows))) if weights is None else weights),
    )
    return {metric.name: metric.compute(weighted).item() for metric in challenge_metrics(rows)}


def test_the_score_is_the_mean_of_the_challenge_s_four_parts(make_predictions, all_targets) -> None:
    rows = make_predictions(30, targets=all_targets)

    scores = score(rows)

    parts = challenge_parts(rows)
    assert scores["any_severe_spinal"] == pytest.approx(parts["any"])
    assert scores["challenge_score"] == pytest.approx(np.mean(list(parts.values())))


def test_a_study_drawn_twice_counts_twice(make_predictions, all_targets) -> None:
    rows = make_predictions(10, targets=all_targets)
    twin = rows[rows["study_id"] == 3].assign(study_id=103)
    weights = np.where(rows["study_id"] == 3, 2.0, 1.0)[None]

    assert score(rows, weights) == pytest.approx(score(pd.concat([rows, twin], ignore_index=True)))


def test_without_all_conditions_there_is_no_score(make_predictions, all_targets) -> None:
    assert challenge_metrics(make_predictions(4, targets=all_targets[1:])) == ()
