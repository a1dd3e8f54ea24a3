"""The 25 labels of one study: five things at five levels, each with its grade and its point, as far as it has them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from lsdc.labels import TARGETS, Condition, Level, Severity, Side, Target


@dataclass(frozen=True, kw_only=True)
class StudyLabel:
    """What the tables say about one thing at one level of a study.

    Args:
        target: What is graded.
        level: Where.
        severity: None if it was not graded.
        point: The index of its point among the rows of the label table; None if nobody marked one.
    """

    target: Target
    level: Level
    severity: Severity | None
    point: int | None

    @property
    def column(self) -> str:
        """What names it in train.csv, such as `left_subarticular_stenosis_l4_l5`."""
        return self.target.column(self.level)


def study_labels(grades: pd.DataFrame, points: pd.DataFrame) -> list[StudyLabel]:
    """All labels of a study, given or missing, in the order of the vocabulary.

    Args:
        grades: The row of the study as `read_grades` gives it; no row if train.csv does not have it.
        points: The rows of the study in the label table, with any index.
    """
    words = {} if grades.empty else grades.iloc[0].to_dict()
    places = {
        Target(condition, side).column(level): place
        for place, condition, side, level in reversed(_named(points))  # of several points the first stays
    }
    return [
        StudyLabel(
            target=target,
            level=level,
            severity=Severity(word) if (word := words.get(target.column(level))) else None,
            point=places.get(target.column(level)),
        )
        for target in TARGETS
        for level in Level
    ]


def _named(points: pd.DataFrame) -> list[tuple[int, Condition, Side, Level]]:
    keys = zip(points.index, points["condition"], points["side"], points["level"], strict=True)
    return [(int(place), Condition(condition), Side(side), Level(level)) for place, condition, side, level in keys]
