"""Results as Markdown: recipes against the base, fewer slices, and every single run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from recipe_cells import RECIPES

from lsdc.evaluation.intervals import NUM_DRAWS, Interval, percentile_interval, study_draws
from lsdc.evaluation.metrics import METRICS, report_metrics
from lsdc.evaluation.predictions import labels_of
from lsdc.evaluation.weighted import WeightedRows, Weighting
from lsdc.json_lines import Row

COMPARED = tuple(metric for metric in (*METRICS, *report_metrics()) if metric.name in ("macro_auc", "accuracy"))
BASE = "base"


class Resampled:
    """Every finished run of every recipe on the common test rows, as it is and under the same resampled studies.

    Args:
        rows: The test rows, with their keys and `severity`.
        results: Those of the runs.
    """

    def __init__(self, rows: pd.DataFrame, results: Iterable[Row]) -> None:
        labels = labels_of(rows.assign(label=rows["severity"].astype(object)))
        weightings = [Weighting.once(len(rows)), *study_draws(rows)]
        # By metric and recipe (1 + draws, seeds): the first line is of the rows as they are.
        self._scores: dict[str, dict[str, np.ndarray]] = {metric.name: {} for metric in COMPARED}
        for recipe, of_seeds in _by_recipe(results).items():
            probabilities = [np.array(row["probabilities"]) for row in of_seeds]
            for metric in COMPARED:
                columns = [
                    np.concatenate(
                        [metric.compute(WeightedRows(probabilities=p, labels=labels, weighting=w)) for w in weightings]
                    )
                    for p in probabilities
                ]
                self._scores[metric.name][recipe] = np.stack(columns, axis=1)

    def score(self, recipe: str, metric: str) -> Interval:
        """The mean over seeds; each draw takes studies anew, and seeds."""
        scores = self._scores[metric][recipe]
        return percentile_interval(float(scores[0].mean()), _pooled(scores, stream=1))

    def loss(self, recipe: str, metric: str) -> Interval:
        """The base minus a recipe: positive if the recipe is worse."""
        base, other = self._scores[metric][BASE], self._scores[metric][recipe]
        difference = float(base[0].mean() - other[0].mean())
        return percentile_interval(difference, _pooled(base, stream=1) - _pooled(other, stream=2))


def _pooled(scores: np.ndarray, *, stream: int) -> np.ndarray:
    """Mean over as many seeds as there are, drawn with replacement for each draw of studies, (draws,)."""
    draws, seeds = scores[1:], scores.shape[1]
    picked = np.random.default_rng(stream).integers(seeds, size=(NUM_DRAWS, seeds))
    return np.asarray(np.take_along_axis(draws, picked, axis=1).mean(axis=1))


def recipe_table(results: Sequence[Row], resampled: Resampled) -> str:
    """One line for each recipe, all of its seeds together."""
    lines = []
    for recipe, rows in _by_recipe(results).items():
        seeds = " ".join(str(row["seed"]) for row in rows)
        best = np.mean([row["share_of_best_accuracy"] for row in rows])
        kappa, log_loss = (_mean_of(rows, name) for name in ("quadratic_kappa", "log_loss"))
        against = ["", ""]
        if recipe != BASE:
            against = [_signed(resampled.loss(recipe, metric.name)) for metric in COMPARED]
        scores = [_spanned(resampled.score(recipe, metric.name)) for metric in COMPARED]
        lines.append(
            [recipe, _change(recipe), seeds, *scores, f"{best:.3f}", f"{kappa:.3f}", f"{log_loss:.3f}", *against]
        )
    header = [
        "recipe",
        "changed",
        "seeds",
        "macro AUC",
        "accuracy",
        "of the best possible",
        "quadratic kappa",
        "log loss",
    ]
    return _markdown([*header, "base minus this: macro AUC", "base minus this: accuracy"], lines)


def slices_table(results: Sequence[Row]) -> str:
    """Macro AUC of the recipes that see several slices, by how many of them are real; mean over seeds."""
    lines = []
    for recipe, rows in _by_recipe(results).items():
        by_slices = [row["by_slices"] for row in rows]
        if by_slices[0]:
            means = {n: np.mean([one[n]["macro_auc"]["value"] for one in by_slices]) for n in by_slices[0]}
            lines.append([recipe, *(f"{means[n]:.3f}" if n in means else "" for n in ("1", "3", "5"))])
    return _markdown(["recipe", "1 real slice", "3 real slices", "5 real slices"], lines)


def runs_table(results: Iterable[Row]) -> str:
    """One line for each run, with intervals over resampled studies."""
    lines = []
    for row in results:
        scores = [_spanned(Interval(**row["metrics"][name])) for name in ("macro_auc", "accuracy", "quadratic_kappa")]
        seconds = f"{row['seconds']['training']:.0f}"
        lines.append([row["recipe"], str(row["seed"]), *scores, f"{row['metrics']['log_loss']['value']:.3f}", seconds])
    return _markdown(["recipe", "seed", "macro AUC", "accuracy", "quadratic kappa", "log loss", "training, s"], lines)


def _by_recipe(results: Iterable[Row]) -> dict[str, list[Row]]:
    by_recipe: dict[str, list[Row]] = {}
    for row in results:
        by_recipe.setdefault(row["recipe"], []).append(row)
    return by_recipe


def _mean_of(rows: Sequence[Row], metric: str) -> float:
    return float(np.mean([row["metrics"][metric]["value"] for row in rows]))


def _change(recipe: str) -> str:
    return ", ".join(f"{name} = {value}" for name, value in RECIPES[recipe].items())


def _spanned(interval: Interval) -> str:
    return f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})"


def _signed(interval: Interval) -> str:
    return f"{interval.value:+.3f} (95 % from {interval.low:+.3f} to {interval.high:+.3f})"


def _markdown(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    table = [header, ["---"] * len(header), *lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in table)
