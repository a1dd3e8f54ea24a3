"""Two runs on the rows that both were scored on: is one better, or is no difference shown?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from scipy.stats import binomtest

from lsdc.dataset.splits import Part
from lsdc.errors import TableError
from lsdc.evaluation.intervals import Interval, difference_intervals
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS, TRAIN_ACCURACY
from lsdc.evaluation.predictions import ROW_KEYS, labels_of, probabilities_of, scored_rows

HEADLINE = METRICS[0]
COMPARED = (*METRICS, *(metric for metric in REPORT_METRICS if metric is not TRAIN_ACCURACY))
NO_DIFFERENCE = "no difference shown"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the shared rows say of two runs, A and B.

    Args:
        rows: Shared rows.
        studies: Studies of these rows.
        scored_on: "test", or "validation" when the runs have no test rows and were chosen on these.
        differences: A minus B by the name of the metric, with intervals from a paired bootstrap over studies.
        only_a_correct: Rows that A grades correctly and B does not.
        only_b_correct: The other way round.
        mcnemar_p: Of the exact McNemar test on those two. It takes rows as independent, which the points of one
            patient are not, and so is a little too small.
        sentence: The verdict in words, by the macro AUC.
    """

    rows: int
    studies: int
    scored_on: str
    differences: Mapping[str, Interval]
    only_a_correct: int
    only_b_correct: int
    mcnemar_p: float
    sentence: str


def compare(a: pd.DataFrame, b: pd.DataFrame) -> Verdict:
    """Compare two runs by their predictions tables.

    Raises:
        TableError: If they share no scored rows, one is scored on test rows and the other is not, or their labels
            differ.
    """
    part, rows_a, rows_b = _shared_rows(a, b)
    differences = difference_intervals(rows_a, rows_b, COMPARED)
    labels = labels_of(rows_a)
    a_correct, b_correct = (probabilities_of(rows).argmax(axis=1) == labels for rows in (rows_a, rows_b))
    only_a, only_b = int((a_correct & ~b_correct).sum()), int((b_correct & ~a_correct).sum())
    return Verdict(
        rows=len(rows_a),
        studies=rows_a["study_id"].nunique(),
        scored_on=part.value,
        differences=differences,
        only_a_correct=only_a,
        only_b_correct=only_b,
        mcnemar_p=float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0,
        sentence=_sentence(differences[HEADLINE.name]),
    )


def _shared_rows(a: pd.DataFrame, b: pd.DataFrame) -> tuple[Part, pd.DataFrame, pd.DataFrame]:
    (part_a, rows_a), (part_b, rows_b) = scored_rows(a), scored_rows(b)
    if part_a is not part_b:
        raise TableError(
            f"One run is scored on {part_a} rows and the other on {part_b} rows.",
            "A run that was chosen on its rows is not compared with one that never saw them.",
            "Repeat the run without test rows with a test share above 0.",
        )
    keys = list(ROW_KEYS)
    shared = rows_a[keys].merge(rows_b[keys], on=keys).sort_values(keys)
    if shared.empty:
        raise TableError(
            "The two runs share no scored rows.",
            "Runs are compared on points that neither of them learned from.",
            "Repeat one of them with the split, seed and data of the other.",
        )
    rows_a, rows_b = (shared.merge(rows, on=keys, how="left", validate="1:1") for rows in (rows_a, rows_b))
    if not (rows_a["label"] == rows_b["label"]).all():
        raise TableError(
            "The two runs were scored against different labels of the same points.",
            "A comparison needs one truth.",
            "Repeat the older run on the data of the newer one.",
        )
    return part_a, rows_a, rows_b


def _sentence(difference: Interval) -> str:
    if difference.value is None or difference.low is None or difference.high is None:
        return f"{HEADLINE.title}: {NO_DIFFERENCE}; the shared rows are too few for an interval."
    span = f"A minus B is {difference.value:+.3f} (95 % from {difference.low:+.3f} to {difference.high:+.3f})"
    if difference.low > 0:
        return f"{HEADLINE.title}: A is better; {span}."
    if difference.high < 0:
        return f"{HEADLINE.title}: B is better; {span}."
    return f"{HEADLINE.title}: {NO_DIFFERENCE}; {span}."
