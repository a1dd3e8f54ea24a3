"""Runs on the rows that all of them were scored on: is one better than another, or is no difference shown?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

import numpy as np
import pandas as pd

from lsdc.dataset.splits import Part
from lsdc.errors import TableError
from lsdc.evaluation.intervals import Interval, Resampled, percentile_interval, resample, resample_metrics
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS, TRAIN_ACCURACY, Metric
from lsdc.evaluation.predictions import ROW_KEYS, labels_of, probabilities_of, scored_rows
from lsdc.evaluation.weighted import Floats, WeightedRows, Weighting

HEADLINE = METRICS[0]
COMPARED = (*METRICS, *(metric for metric in REPORT_METRICS if metric is not TRAIN_ACCURACY))
TESTED = tuple(metric for metric in COMPARED if not metric.inflated)
"""Those of which two runs can be told apart; see `Resampled.minus` for the others."""
NO_DIFFERENCE = "no difference shown"
# More than for intervals: a probability near 0.05 / 45, as ten runs need, is not read from a thousand draws.
TEST_DRAWS = 10_000
# They make 45 pairs; with more, the correction for their number leaves hardly any difference to be shown.
MOST_RUNS = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Contender:
    """A run that is compared.

    Args:
        predictions: Its predictions table.
        resampled: Its scores under resampled studies, if they were stored with it; None makes them anew.
    """

    predictions: pd.DataFrame
    resampled: Resampled | None = None


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


@dataclass(frozen=True, kw_only=True)
class PairTest:
    """One of all pairs among some runs.

    Args:
        a: Name of the one.
        b: Name of the other.
        difference: A minus B, with the interval of a paired bootstrap over studies.
        p: Two-sided, of the same bootstrap; 1 where the difference has no interval.
        p_holm: The same, corrected for the number of pairs.
    """

    a: str
    b: str
    difference: Interval
    p: float
    p_holm: float


def compare(a: Contender, b: Contender) -> Verdict:
    """Compare two runs by their predictions tables.

    Raises:
        TableError: If they share no scored rows, one is scored on test rows and the other is not, or their labels
            differ.
    """
    part, (rows_a, rows_b) = shared_rows([a.predictions, b.predictions])
    differences = _difference(a, b, rows_a, rows_b).intervals()
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
        mcnemar_p=_mcnemar_p(only_a, only_b),
        sentence=_sentence(differences[HEADLINE.name]),
    )


def compare_all(
    predictions: Mapping[str, pd.DataFrame], metric: Metric, *, num_draws: int = TEST_DRAWS
) -> list[PairTest]:
    """Test every pair of runs on the rows that all of them share, with Holm's correction for the number of pairs.

    Args:
        predictions: The predictions table of each run, by its name.
        metric: What they are compared by, one of `TESTED`.
        num_draws: Resamples of studies; all runs meet the same ones.

    Raises:
        TableError: As `compare`.
    """
    _, tables = shared_rows(list(predictions.values()))
    labels, probabilities = labels_of(tables[0]), [probabilities_of(table) for table in tables]

    def compute(weighting: Weighting) -> dict[str, Floats]:
        graded = (WeightedRows(probabilities=p, labels=labels, weighting=weighting) for p in probabilities)
        return {name: metric.compute(rows) for name, rows in zip(predictions, graded, strict=True)}

    scores = resample(tables[0], compute, num_draws=num_draws)
    pairs = list(combinations(predictions, 2))
    draws = [(scores.draws[a] - scores.draws[b]).to_numpy() for a, b in pairs]
    differences = [
        percentile_interval(scores.observed[a] - scores.observed[b], of_pair)
        for (a, b), of_pair in zip(pairs, draws, strict=True)
    ]
    p_values = [
        1.0 if difference.low is None else bootstrap_p(of_pair)
        for difference, of_pair in zip(differences, draws, strict=True)
    ]
    return [
        PairTest(a=a, b=b, difference=difference, p=p, p_holm=corrected)
        for (a, b), difference, p, corrected in zip(pairs, differences, p_values, holm(p_values), strict=True)
    ]


def bootstrap_p(draws: Floats) -> float:
    """How probable a difference so far from 0 is where there is none, two-sided, from its resamples (draws,).

    Twice the share of draws on the other side of 0, one being counted in so that none is never 0 (Davison and Hinkley,
    “Bootstrap Methods and their Application”, 1997, section 4.2).
    """
    defined = draws[~np.isnan(draws)]
    beyond = 1 + min((defined <= 0).sum(), (defined >= 0).sum())
    return float(min(1.0, 2 * beyond / (1 + len(defined))))


def holm(p_values: Sequence[float]) -> list[float]:
    """Probabilities corrected for their number (Holm, Scandinavian Journal of Statistics 6, 1979)."""
    p = np.asarray(p_values)
    order = p.argsort()
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)).clip(max=1)
    corrected = np.empty_like(p)
    corrected[order] = stepped
    return [float(value) for value in corrected]


def shared_rows(predictions: Sequence[pd.DataFrame]) -> tuple[Part, list[pd.DataFrame]]:
    """The scored rows that all tables have, in one order.

    Raises:
        TableError: As `compare`.
    """
    scored = [scored_rows(table) for table in predictions]
    parts = {part for part, _ in scored}
    if len(parts) > 1:
        raise TableError(
            "One run is scored on test rows and the other on validation rows.",
            "A run that was chosen on its rows is not compared with one that never saw them.",
            "Repeat the run without test rows with a test share above 0.",
        )
    keys = list(ROW_KEYS)
    shared = reduce(lambda one, other: one.merge(other, on=keys), (rows[keys] for _, rows in scored)).sort_values(keys)
    if shared.empty:
        raise TableError(
            "These runs share no scored rows.",
            "Runs are compared on points that none of them learned from.",
            "Repeat one of them with the split, seed and data of the other.",
        )
    tables = [shared.merge(rows, on=keys, how="left", validate="1:1") for _, rows in scored]
    if any((table["label"] != tables[0]["label"]).any() for table in tables):
        raise TableError(
            "These runs were scored against different labels of the same points.",
            "A comparison needs one truth.",
            "Repeat the older run on the data of the newer one.",
        )
    return parts.pop(), tables


def _difference(a: Contender, b: Contender, rows_a: pd.DataFrame, rows_b: pd.DataFrame) -> Resampled:
    same_rows = all(len(scored_rows(run.predictions)[1]) == len(rows_a) for run in (a, b))
    if same_rows and a.resampled is not None and b.resampled is not None:
        # Both met the same draws when they were scored.
        return a.resampled.minus(b.resampled)
    return resample_metrics(rows_a, COMPARED).minus(resample_metrics(rows_b, COMPARED))


def _mcnemar_p(only_a: int, only_b: int) -> float:
    """Of the exact test: whether one of the two is right alone more often than a coin would have it."""
    # A large module, which a page needs only when it compares two runs.
    from scipy.stats import binomtest

    return float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0


def _sentence(difference: Interval) -> str:
    if difference.value is None or difference.low is None or difference.high is None:
        return f"{HEADLINE.title}: {NO_DIFFERENCE}; the shared rows are too few for an interval."
    span = f"A minus B is {difference.value:+.3f} (95 % from {difference.low:+.3f} to {difference.high:+.3f})"
    if difference.low > 0:
        return f"{HEADLINE.title}: A is better; {span}."
    if difference.high < 0:
        return f"{HEADLINE.title}: B is better; {span}."
    return f"{HEADLINE.title}: {NO_DIFFERENCE}; {span}."
