"""Scored runs, put beside each other only where they can be compared: on the same rows of the same data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
import streamlit as st

from lsdc.charts.curves import Ranking
from lsdc.dataset.splits import leaks
from lsdc.errors import CorruptRunError
from lsdc.evaluation.attention import attention_by_place
from lsdc.evaluation.calibration_file import CalibrationRecord
from lsdc.evaluation.comparison import Verdict, compare
from lsdc.evaluation.metrics import METRICS, Metric
from lsdc.evaluation.metrics_file import CHALLENGE_METRICS, Metrics, Scores, read_metrics
from lsdc.evaluation.predictions import labels_of, probabilities_of, scored_rows
from lsdc.labels import Severity
from lsdc.runs import RunFolder, RunState
from lsdc.ui.datasets import FileVersion, file_version
from lsdc.ui.runs import DamagedRun, ListedRun


@dataclass(frozen=True, kw_only=True)
class ScoredRun:
    """A run with its metrics.json."""

    listed: ListedRun
    metrics: Metrics

    @property
    def label(self) -> str:
        """What tables and charts call it."""
        return self.listed.label

    @property
    def leaks(self) -> bool:
        """Whether slices of one patient were on both sides of the split."""
        return leaks(self.listed.config.split)

    @property
    def chosen_on_these_rows(self) -> bool:
        """Whether the rows that score it also chose its best epoch."""
        return self.metrics["chosen_on_these_rows"]

    @property
    def group(self) -> tuple[str, str]:
        """Runs of one group were scored on the same rows of the same data, as test rows or as validation rows."""
        return self.metrics["rows_fingerprint"], self.metrics["scored_on"].value


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
        challenge = [
            metric for metric in CHALLENGE_METRICS if all(metric.name in scores for _, scores, _ in self.lines())
        ]
        return (*METRICS, *challenge)

    def lines(self, kind: Literal["metrics", "report_metrics"] = "metrics") -> Iterator[tuple[str, Scores, bool]]:
        """Label, scores, and whether it is a baseline, for each run and then each baseline.

        Args:
            kind: `metrics` or `report_metrics`; baselines have both under one name.
        """
        for run in self.runs:
            yield run.label, run.metrics[kind], False
        for name, scores in self.first.metrics["baselines"].items():
            yield name, scores, True


def read_scores(runs: Sequence[ListedRun]) -> tuple[list[ScoreGroup], list[DamagedRun]]:
    """The scored runs in groups, the newest group first, and those whose scores cannot be read.

    Failed runs are neither: one that was scored at a stop and failed when it went on is no longer what it was.
    """
    scored: dict[tuple[str, str], list[ScoredRun]] = {}
    damaged: list[DamagedRun] = []
    for listed in runs:
        state = listed.status.state
        if state is RunState.FAILED or not (listed.run.is_scored or state is RunState.FINISHED):
            continue
        try:
            run = ScoredRun(listed=listed, metrics=read_metrics(listed.run))
        except CorruptRunError as error:
            damaged.append(DamagedRun(run_id=listed.run.run_id, reason=str(error)))
        else:
            scored.setdefault(run.group, []).append(run)
    groups = [ScoreGroup(runs=tuple(sorted(members, key=_rank))) for members in scored.values()]
    return groups, damaged


def best_value(group: ScoreGroup, metric: Metric) -> float | None:
    """The best value of a metric in a group, baselines included: a baseline that wins should be seen to win.

    None if all are alike, for then nobody is best.
    """
    values = [scores[metric.name]["value"] for _, scores, _ in group.lines()]
    defined = [value for value in values if value is not None]
    if len(set(defined)) < 2:
        return None
    return max(defined) if metric.higher_is_better else min(defined)


def interval_table(group: ScoreGroup, metric: Metric) -> pd.DataFrame:
    """One row per run and baseline: `run`, `value`, `low`, `high`, `is_baseline`."""
    return pd.DataFrame(
        [
            {"run": label, "is_baseline": is_baseline, **scores[metric.name]}
            for label, scores, is_baseline in group.lines()
            if scores[metric.name]["value"] is not None
        ]
    )


def slice_table(runs: Sequence[ScoredRun], metric: Metric) -> pd.DataFrame:
    """One row per run and number of slices shown: `run`, `slices`, `value`, `low`, `high`.

    Runs whose network sees a single slice have none.
    """
    return pd.DataFrame(
        [
            {"run": run.label, "slices": slices, **scores["metrics"][metric.name]}
            for run in runs
            for slices, scores in run.metrics.get("by_slices", {}).items()
            if scores["metrics"][metric.name]["value"] is not None
        ],
        columns=["run", "slices", "value", "low", "high"],
    )


def attention_table(runs: Sequence[ScoredRun]) -> pd.DataFrame:
    """One row per run and place of its stack: `run` and what `attention_by_place` tells; empty if none weighs slices."""
    tables = [attention_by_place(load_predictions(run.listed.run)).assign(run=run.label) for run in runs]
    return pd.concat(tables, ignore_index=True)


def reliability_table(record: CalibrationRecord) -> pd.DataFrame:
    """One row per bin: `low`, `high`, `rows`, `confidence`, `accuracy`, `accuracy_low`, `accuracy_high`."""
    return pd.DataFrame(
        [
            {
                **bin_,
                "accuracy": bin_["accuracy"]["value"],
                "accuracy_low": bin_["accuracy"]["low"],
                "accuracy_high": bin_["accuracy"]["high"],
            }
            for bin_ in record["reliability"]["bins"]
        ]
    )


def rankings(runs: Sequence[ScoredRun], severity: Severity) -> dict[str, Ranking]:
    """How each run ranks its scored rows by one severity; runs whose rows lack it, or have nothing else, are left out."""
    ranked: dict[str, Ranking] = {}
    for run in runs:
        _, rows = scored_rows(load_predictions(run.listed.run))
        ranking = Ranking(
            is_severity=labels_of(rows) == severity.rank, probability=probabilities_of(rows)[:, severity.rank]
        )
        if ranking.is_drawable:
            ranked[run.label] = ranking
    return ranked


def load_predictions(run: RunFolder) -> pd.DataFrame:
    """The predictions table of a run.

    Raises:
        CorruptRunError: If it cannot be read.
    """
    return _predictions(str(run.path), _predictions_version(run))


def load_verdict(a: ScoredRun, b: ScoredRun) -> Verdict:
    """What the shared rows say of two runs.

    Raises:
        TableError: If they share none.
    """
    first, second = a.listed.run, b.listed.run
    return _verdict(
        (str(first.path), _predictions_version(first)),
        (str(second.path), _predictions_version(second)),
    )


def _predictions_version(run: RunFolder) -> FileVersion | None:
    # A run that goes on after a stop writes the file again. Of a missing file the reader says that it is missing.
    return file_version(run.predictions_path) if run.predictions_path.is_file() else None


# The versions below are the caches' keys: they are not read, but a changed file makes another key.


@st.cache_data(max_entries=16, show_spinner=False)
def _predictions(path: str, version: FileVersion | None) -> pd.DataFrame:  # noqa: ARG001  # key
    return RunFolder(Path(path)).predictions()


@st.cache_data(max_entries=32, show_spinner="Comparing on the shared rows …")
def _verdict(a: tuple[str, FileVersion | None], b: tuple[str, FileVersion | None]) -> Verdict:
    return compare(_predictions(*a), _predictions(*b))


def _rank(run: ScoredRun) -> float:
    value = run.metrics["metrics"][METRICS[0].name]["value"]
    return -value if value is not None else float("inf")
