"""Whether two reviewers of labels agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lsdc.dataset.reviews import LABEL_KEYS, Decision
from lsdc.evaluation.formulas import cohen_kappa


@dataclass(frozen=True, kw_only=True, eq=False)
class Agreement:
    """Two reviewers on the labels that both decided on.

    Args:
        counts: Labels by the decisions of the first (rows) and of the second (columns).
        kappa: Cohen's, unweighted; None where chance alone would agree, or there is no such label.
        differing: The labels on which they differ: `LABEL_KEYS`, `first` and `second`.
    """

    counts: pd.DataFrame
    kappa: float | None
    differing: pd.DataFrame

    @property
    def labels(self) -> int:
        """How many both decided on."""
        return int(self.counts.to_numpy().sum())

    @property
    def agreed(self) -> int:
        """On how many of them alike."""
        return int(np.diagonal(self.counts).sum())


def agreement(first: pd.DataFrame, second: pd.DataFrame) -> Agreement:
    """Compare two tables of decisions, in each of which a label stands once."""
    keys = list(LABEL_KEYS)
    both = first[[*keys, "decision"]].merge(second[[*keys, "decision"]], on=keys)
    both = both.set_axis([*keys, "first", "second"], axis="columns")
    words = [decision.value for decision in Decision]
    counts = pd.crosstab(both["first"], both["second"]).reindex(index=words, columns=words, fill_value=0)
    kappa = cohen_kappa(counts.to_numpy("float64")[None], 1 - np.eye(len(words))).item()
    return Agreement(
        counts=counts,
        kappa=None if np.isnan(kappa) else kappa,
        differing=both[both["first"] != both["second"]].reset_index(drop=True),
    )
