"""What many crops look like together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lsdc.config import CropConfig
from lsdc.labels import Condition, Severity, Side, Target


def sample_by_grade(table: pd.DataFrame, per_grade: int, seed: int) -> pd.DataFrame:
    """Up to so many graded rows of each grade, the same for the same rows and seed, those of an image beside each other."""
    graded = table[table["severity"].notna()]
    shuffled = graded.sample(frac=1, random_state=seed)
    return shuffled.groupby("severity", observed=True).head(per_grade).sort_values("image", ignore_index=True)


def sample_groups(table: pd.DataFrame, config: CropConfig, most: int, seed: int) -> dict[str, pd.DataFrame]:
    """A sample of graded rows for each kind of picture: only crops of one kind can be averaged, or compared by brightness.

    Of one kind are the points of one condition on one sequence, and of one side unless right sides are mirrored.

    Args:
        table: A label table.
        config: How the crops are cut.
        most: Rows of all samples together, at most.
        seed: The same rows and seed give the same samples.

    Returns:
        By their titles the samples, as `sample_by_grade` takes them; kinds without a graded row are absent.
    """
    graded = table[table["severity"].notna()]
    keys = ["condition", "series_description"] if config.mirror_right else ["condition", "series_description", "side"]
    groups = list(graded.groupby(keys, observed=True))
    per_grade = max(most // (len(Severity) * max(len(groups), 1)), 1)
    return {_title(list(words)): sample_by_grade(rows, per_grade, seed) for words, rows in groups}


def _title(words: Sequence[Any]) -> str:
    """Such as “Subarticular Stenosis on Axial T2”, or “Left Subarticular Stenosis on Axial T2”."""
    condition, sequence, *side = words
    named = Target(Condition(condition), Side(side[0])).title if side else Condition(condition).display
    return f"{named} on {sequence}"


def mean_crops(crops: Sequence[np.ndarray], severities: Sequence[str]) -> dict[Severity, np.ndarray]:
    """The mean crop of each grade that there is.

    Args:
        crops: uint8, all of one shape.
        severities: The grade of each.

    Returns:
        uint8 of that shape, in the order of the grades.
    """
    by_grade = {
        severity: [crop for crop, word in zip(crops, severities, strict=True) if word == severity]
        for severity in Severity
    }
    return {severity: np.rint(np.mean(own, axis=0)).astype(np.uint8) for severity, own in by_grade.items() if own}


def mean_brightness(crops: Sequence[np.ndarray]) -> np.ndarray:
    """The mean of each crop, from 0 to 1, shape (crops,)."""
    return np.array([crop.mean() / 255 for crop in crops])


def severe_auc(brightness: np.ndarray, severities: Sequence[str]) -> float:
    """The share of pairs of a Severe crop and another in which the Severe one is brighter; NaN without such a pair."""
    severe = np.array([word == Severity.SEVERE for word in severities])
    if severe.all() or not severe.any():
        return float("nan")
    # Here, since scikit-learn takes a second to import, and the first view of Explore needs none of it.
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(severe, brightness))
