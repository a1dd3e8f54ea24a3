"""Scored runs, put beside each other only where they can be compared: on the same rows of the same data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import pandas as pd
import streamlit as st

from lsdc.errors import CorruptRunError, TableError
from lsdc.evaluation.baselines import LEVEL_ONLY
from lsdc.evaluation.comparison import HEADLINE, TEST_DRAWS, Contender, PairTest, Verdict, compare, compare_all
from lsdc.evaluation.curves import coverage_curve, precision_recall_curve, roc_curve
from lsdc.evaluation.intervals import Resampled
from lsdc.evaluation.leakage import has_leak
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS, Metric
from lsdc.evaluation.metrics_file import CHALLENGE_METRICS, Metrics, Scores, read_metrics
from lsdc.evaluation.predictions import scored_rows
from lsdc.evaluation.stored import is_current, scores_anew, stored_draws
from lsdc.evaluation.strata import Stratum, metric_by_stratum
from lsdc.labels import Severity
from lsdc.runs import RunFolder, RunState
from lsdc.ui.datasets import FileVersion, file_version
from lsdc.ui.runs import DamagedRun, ListedRun

SHOWABLE = {metric.name: metric for metric in (*METRICS, *CHALLENGE_METRICS, *REPORT_METRICS)}
"""What a column of the scoreboard can show, by name."""


class CurveKind(StrEnum):
    """What is drawn over what."""

    ROC = "ROC"
    PRECISION_RECALL = "Precision and recall"


# What names the files of a run for the caches below, whatever of them there is.
RunVersion = tuple[FileVersion, ...]


@dataclass(frozen=True, kw_only=True)
class ScoredRun:
    """A run with its scores.

    Args:
        listed: The run.
        metrics: Its scores.
        is_stored: Whether they are those in its folder. Scores of an older version, or of other predictions, are made
            anew for as long as the server runs.
    """

    listed: ListedRun
    metrics: Metrics
    is_stored: bool

    @property
    def label(self) -> str:
        """What tables and charts call it."""
        return self.listed.label

    @property
    def leaks(self) -> bool:
        """Whether parts of its split share a patient or an image."""
        return has_leak(self.metrics["leak_check"])

    @property
    def beats_level_only(self) -> bool:
        """Whether it is shown to be better than a grader that knows the disc level alone, by the macro AUC."""
        low = self.metrics["gains"][LEVEL_ONLY][HEADLINE.name]["low"]
        return low is not None and low > 0

    @property
    def chosen_on_these_rows(self) -> bool:
        """Whether the rows that score it also chose its best epoch."""
        return self.metrics["chosen_on_these_rows"]

    @property
    def group(self) -> tuple[str, str]:
        """Runs of one group were scored on the same rows of the same data, as test rows or as validation rows."""
        return self.metrics["rows_fingerprint"], self.metrics["scored_on"].value


@dataclass(frozen=True, kw_only=True)
class Line:
    """One grader of a scoreboard.

    Args:
        label: What the table calls it.
        scores: Of every metric that it has, by name.
        run: None for a baseline.
    """

    label: str
    scores: Scores
    run: ScoredRun | None


@dataclass(frozen=True, kw_only=True)
class ScoreGroup:
    """Runs that may be ranked among each other, the best macro AUC first."""

    runs: tuple[ScoredRun, ...]

    @property
    def first(self) -> ScoredRun:
        """The run with the best macro AUC; what is common to the group is read from it."""
        return self.runs[0]

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What all its lines have a score of: with all three conditions the challenge's own metrics too."""
        lines = list(self.lines())
        return tuple(metric for metric in SHOWABLE.values() if all(metric.name in line.scores for line in lines))

    def lines(self) -> Iterator[Line]:
        """Each run, and then each baseline."""
        for run in self.runs:
            yield Line(label=run.label, scores=run.metrics["metrics"] | run.metrics["report_metrics"], run=run)
        for name, scores in self.first.metrics["baselines"].items():
            yield Line(label=name, scores=scores, run=None)


def read_scores(runs: Sequence[ListedRun]) -> tuple[list[ScoreGroup], list[DamagedRun]]:
    """The scored runs in groups, and those whose scores cannot be read.

    Groups of tested runs come first, and of each kind the newest.

    Failed runs are neither: one that was scored at a stop and failed when it went on is no longer what it was.
    """
    scored: dict[tuple[str, str], list[ScoredRun]] = {}
    damaged: list[DamagedRun] = []
    for listed in runs:
        state = listed.status.state
        if state is RunState.FAILED or not (listed.run.is_scored or state is RunState.FINISHED):
            continue
        try:
            metrics, is_stored = _metrics(*_named(listed.run))
            run = ScoredRun(listed=listed, metrics=metrics, is_stored=is_stored)
        except (CorruptRunError, TableError) as error:
            damaged.append(DamagedRun(run_id=listed.run.run_id, reason=str(error)))
        else:
            scored.setdefault(run.group, []).append(run)
    groups = [ScoreGroup(runs=tuple(sorted(members, key=_rank))) for members in scored.values()]
    return sorted(groups, key=lambda group: group.first.chosen_on_these_rows), damaged


def load_predictions(run: RunFolder) -> pd.DataFrame:
    """The predictions table of a run.

    Raises:
        CorruptRunError: If it cannot be read.
    """
    return _predictions(*_named(run))


def load_curve(run: RunFolder, kind: CurveKind, severity: Severity | None) -> pd.DataFrame:
    """A curve of a run on its scored rows, see `lsdc.evaluation.curves`.

    Raises:
        CorruptRunError: If its predictions cannot be read.
    """
    return _curve(*_named(run), kind, severity)


def load_coverage(run: RunFolder) -> pd.DataFrame:
    """What a run gains by answering only when sure. Errors as above."""
    return _coverage(*_named(run))


def load_strata(run: RunFolder, by: Stratum, metric: Metric) -> pd.DataFrame:
    """A metric of parts of the scored rows of a run. Errors as above."""
    return _strata(*_named(run), by, metric.name)


def load_verdict(a: ScoredRun, b: ScoredRun) -> Verdict:
    """What the shared rows say of two runs.

    Raises:
        TableError: If they share none.
    """
    return _verdict(_named(a.listed.run), _named(b.listed.run))


def load_pair_tests(runs: Sequence[ScoredRun], metric: Metric) -> list[PairTest]:
    """The tests of all pairs among some runs, by their labels.

    Raises:
        TableError: If they share no rows.
    """
    return _pair_tests(tuple((run.label, _named(run.listed.run)) for run in runs), metric.name)


def _named(run: RunFolder) -> tuple[str, RunVersion]:
    # A run that goes on after a stop writes its files again. Of a missing file the reader says that it is missing.
    paths = (run.predictions_path, run.metrics_path, run.draws_path)
    return str(run.path), tuple(file_version(path) for path in paths if path.is_file())


# The versions below are the caches' keys: they are not read, but a changed file makes another key.


# Not Streamlit's cache: hashing the key and copying the scores of a hundred runs would take longer than the page.
@lru_cache(maxsize=1024)
def _metrics(path: str, version: RunVersion) -> tuple[Metrics, bool]:
    run = RunFolder(Path(path))
    return (read_metrics(run), True) if is_current(run) else (_scores_anew(path, version)[0], False)


@st.cache_data(max_entries=512, show_spinner="Scoring runs of an older version …")
def _scores_anew(path: str, version: RunVersion) -> tuple[Metrics, Resampled]:  # noqa: ARG001  # key
    return scores_anew(RunFolder(Path(path)))


@st.cache_data(max_entries=32, show_spinner=False)
def _predictions(path: str, version: RunVersion) -> pd.DataFrame:  # noqa: ARG001  # key
    return RunFolder(Path(path)).predictions()


@st.cache_data(max_entries=128, show_spinner="Drawing curves …")
def _curve(path: str, version: RunVersion, kind: CurveKind, severity: Severity | None) -> pd.DataFrame:
    rows = scored_rows(_predictions(path, version))[1]
    return {CurveKind.ROC: roc_curve, CurveKind.PRECISION_RECALL: precision_recall_curve}[kind](rows, severity)


@st.cache_data(max_entries=64, show_spinner=False)
def _coverage(path: str, version: RunVersion) -> pd.DataFrame:
    return coverage_curve(scored_rows(_predictions(path, version))[1])


@st.cache_data(max_entries=128, show_spinner="Resampling each part …")
def _strata(path: str, version: RunVersion, by: Stratum, metric: str) -> pd.DataFrame:
    return metric_by_stratum(scored_rows(_predictions(path, version))[1], by, SHOWABLE[metric])


@st.cache_data(max_entries=64, show_spinner="Comparing on the shared rows …")
def _verdict(a: tuple[str, RunVersion], b: tuple[str, RunVersion]) -> Verdict:
    return compare(*(_contender(*run) for run in (a, b)))


@st.cache_data(max_entries=16, show_spinner=f"Testing all pairs with {TEST_DRAWS:,} resamples of the studies …")
def _pair_tests(runs: tuple[tuple[str, tuple[str, RunVersion]], ...], metric: str) -> list[PairTest]:
    return compare_all({label: _predictions(*run) for label, run in runs}, SHOWABLE[metric])


def _contender(path: str, version: RunVersion) -> Contender:
    draws = stored_draws(RunFolder(Path(path))) or _scores_anew(path, version)[1]
    return Contender(predictions=_predictions(path, version), resampled=draws)


def _rank(run: ScoredRun) -> float:
    value = run.metrics["metrics"][HEADLINE.name]["value"]
    return -value if value is not None else float("inf")
