"""The challenge's table of answers, and which of its cells have none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from lsdc.dataset.splits import Part
from lsdc.labels import TARGETS, Level, Severity, Target
from lsdc.runs import RunFolder

NO_POINT = "There is no point."
_PROBABILITIES = [severity.probability_column for severity in Severity]
_SLUG_OF_TITLE = {target.title: target.slug for target in TARGETS}


def submission(grades: pd.DataFrame, studies: Iterable[int], runs: Sequence[RunFolder]) -> pd.DataFrame:
    """The answers by cell: for each study every condition, side and level.

    A cell with several points has the mean of their probabilities. A cell without an answer has the shares of the grades
    among the training rows of the first run that learned its condition and side; if none did, among those of all runs.

    Args:
        grades: What `Batch.grade` returned.
        studies: The studies that are asked for.
        runs: The runs that graded.

    Returns:
        `row_id`, `normal_mild`, `moderate`, `severe`, and `reason`: why a cell has shares, and None where it has an answer.
    """
    shares = {target.slug: _class_shares(target, runs) for target in TARGETS}
    cells = pd.DataFrame(
        [
            {"row_id": f"{study}_{target.column(level)}", **shares[target.slug]}
            for study in studies
            for target in TARGETS
            for level in Level
        ]
    ).set_index("row_id")
    row_ids = _row_ids(grades)
    answers = grades[_PROBABILITIES].astype("float64").groupby(row_ids).mean().dropna()
    reasons = grades["reason"].groupby(row_ids).first().reindex(cells.index).fillna(NO_POINT)
    cells.update(answers)
    cells["reason"] = reasons.mask(cells.index.isin(answers.index), None)
    return cells.reset_index().rename(columns=lambda name: name.removeprefix("p_"))


def _row_ids(grades: pd.DataFrame) -> pd.Series:
    levels = grades["level"].map({level.value: level.slug for level in Level})
    return grades["study_id"].astype(str) + "_" + grades["condition"].map(_SLUG_OF_TITLE) + "_" + levels


def _class_shares(target: Target, runs: Sequence[RunFolder]) -> dict[str, float]:
    learned = next((run for run in runs if target in run.config.targets), None)
    rows = pd.concat([_training_rows(run) for run in ([learned] if learned else runs)])
    if learned:
        rows = rows[(rows["condition"] == target.condition) & (rows["side"] == target.side)]
    counts = rows["label"].value_counts(normalize=True)
    return {severity.probability_column: float(counts.get(severity.value, 0.0)) for severity in Severity}


def _training_rows(run: RunFolder) -> pd.DataFrame:
    predictions = run.predictions()
    return predictions[predictions["split"] == Part.TRAIN]
