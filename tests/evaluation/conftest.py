from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from lsdc.evaluation.predictions import PROBABILITY_COLUMNS
from lsdc.labels import TARGETS, Condition, Level, Severity, Side, Target

LEFT_SUBARTICULAR = Target(Condition.SUBARTICULAR_STENOSIS, Side.LEFT)
# §4 of the design: left subarticular rows after balancing, by level and severity.
BALANCED_COUNTS = {
    "L1/L2": (1057, 93, 28),
    "L2/L3": (923, 254, 83),
    "L3/L4": (692, 454, 193),
    "L4/L5": (254, 624, 461),
    "L5/S1": (776, 409, 147),
}

MakePredictions = Callable[..., pd.DataFrame]


@pytest.fixture(scope="session")
def make_predictions() -> MakePredictions:
    """Predictions of a grader with some skill: studies of five levels, a third each for train, validation and test.

    `seed` decides the truth, `grader` what is predicted for it.
    """

    def make(
        num_studies: int = 60,
        *,
        seed: int = 0,
        grader: int = 0,
        skill: float = 1.0,
        targets: tuple[Target, ...] = (LEFT_SUBARTICULAR,),
        parts: tuple[str, ...] = ("train", "validation", "test"),
    ) -> pd.DataFrame:
        truth, mistakes = np.random.default_rng(seed), np.random.default_rng([seed, grader])
        rows = pd.DataFrame(
            [
                (
                    parts[study % len(parts)],
                    study,
                    10 * study,
                    3,
                    target.condition.value,
                    target.side.value,
                    level.value,
                )
                for study in range(1, num_studies + 1)
                for target in targets
                for level in Level
            ],
            columns=["split", "study_id", "series_id", "instance_number", "condition", "side", "level"],
        )
        labels = truth.choice(3, p=[0.57, 0.29, 0.14], size=len(rows))
        evidence = skill * np.eye(3)[labels] + mistakes.normal(size=(len(rows), 3)) + [0.8, 0.2, -0.4]
        probabilities = np.exp(evidence) / np.exp(evidence).sum(axis=1, keepdims=True)
        x_fraction, y_fraction = truth.uniform(0.3, 0.7, size=(2, len(rows)))
        return rows.assign(
            x=x_fraction * 320,
            y=y_fraction * 320,
            x_fraction=x_fraction,
            y_fraction=y_fraction,
            label=np.array(list(map(str, Severity)))[labels],
            **dict(zip(PROBABILITY_COLUMNS, probabilities.T, strict=True)),
        )

    return make


@pytest.fixture
def all_targets() -> tuple[Target, ...]:
    return TARGETS


@pytest.fixture
def balanced_rows() -> pd.DataFrame:
    """The 6,448 rows of the design's table in a predictions table without probabilities, once as train, once as test."""
    rows = [
        (study, level, severity.value)
        for level, counts in BALANCED_COUNTS.items()
        for severity, count in zip(Severity, counts, strict=True)
        for study in range(count)
    ]
    once = pd.DataFrame(rows, columns=["study_id", "level", "label"]).assign(
        series_id=1,
        instance_number=range(6448),
        condition="subarticular_stenosis",
        side="left",
        x=1.0,
        y=1.0,
        x_fraction=0.5,
        y_fraction=0.5,
    )
    return pd.concat([once.assign(split=part) for part in ("train", "test")], ignore_index=True)
