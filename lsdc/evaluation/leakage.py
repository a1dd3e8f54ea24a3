"""Whether a run was judged by what it learned from: what the parts of a split share, and what that is worth.

A grader that sees no pixels shows it: it looks up how the patient's other points are graded in the training rows. On
rows of patients that it never met it can only fall back on the disc level, and so gains exactly nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from lsdc.dataset.split_summary import IMAGE_KEYS, PARTS, count_shared
from lsdc.dataset.splits import Part
from lsdc.evaluation.intervals import Interval, resample_metrics
from lsdc.evaluation.metrics import METRICS
from lsdc.evaluation.predictions import CROP_COLUMN, labels_of, probabilities_of, scored_rows, with_probabilities
from lsdc.evaluation.weighted import NUM_CLASSES

# As many rows as the level's class shares weigh beside the patient's own; any small number shows a leak.
PRIOR_ROWS = 2.0


def leak_check(predictions: pd.DataFrame, level_only: pd.DataFrame) -> dict[str, Any]:
    """Look for what the parts of a split share.

    Args:
        predictions: A predictions table; its probabilities are not looked at.
        level_only: The same table as graded by the baseline that knows the disc level.

    Returns:
        Plain values for JSON.

        - `overlaps`: for each two parts {"parts", "studies", "images", "crops"}: how many studies, image files and
          identical crops are in both; `crops` is None where the table does not say what the crops were.
        - `lookup_gain`: {"value", "low", "high"}: the macro AUC of the patient look-up minus that of the level.
    """
    parts = [part for part in PARTS if (predictions["split"] == part).any()]
    return {
        "overlaps": [_overlap(predictions, one, other) for one, other in combinations(parts, 2)],
        "lookup_gain": asdict(_lookup_gain(predictions, level_only)),
    }


def has_leak(check: Mapping[str, Any]) -> bool:
    """Whether parts of the split share a patient, an image or a crop, by what `leak_check` found."""
    return any(overlap["studies"] or overlap["images"] or overlap["crops"] for overlap in check["overlaps"])


def patient_lookup(predictions: pd.DataFrame, level_only: pd.DataFrame) -> pd.DataFrame:
    """Grade each scored row by the grades that its patient has among the training rows, and by the level.

    Args:
        predictions: A predictions table.
        level_only: The same table as graded by the level alone.

    Returns:
        The scored rows, with probabilities: the level's, moved towards the shares of the patient's training rows.
    """
    train = predictions[predictions["split"] == Part.TRAIN]
    one_hot = pd.DataFrame(np.eye(NUM_CLASSES)[labels_of(train)]).groupby(train["study_id"].to_numpy()).sum()
    _, rows = scored_rows(level_only)
    seen = one_hot.reindex(rows["study_id"], fill_value=0.0).to_numpy()
    prior = probabilities_of(rows)
    return with_probabilities(rows, (PRIOR_ROWS * prior + seen) / (PRIOR_ROWS + seen.sum(axis=1, keepdims=True)))


def _lookup_gain(predictions: pd.DataFrame, level_only: pd.DataFrame) -> Interval:
    metric = METRICS[0]
    lookup = resample_metrics(patient_lookup(predictions, level_only), [metric])
    return lookup.minus(resample_metrics(scored_rows(level_only)[1], [metric])).intervals()[metric.name]


def _overlap(predictions: pd.DataFrame, one: Part, other: Part) -> dict[str, Any]:
    pair = (predictions[predictions["split"] == one], predictions[predictions["split"] == other])
    return {
        "parts": f"{one} and {other}",
        "studies": count_shared(*pair, ["study_id"]),
        "images": count_shared(*pair, IMAGE_KEYS),
        "crops": count_shared(*pair, [CROP_COLUMN]) if CROP_COLUMN in predictions else None,
    }
