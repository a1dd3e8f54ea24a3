"""The label table of phantom studies that are not written to files."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from lsdc.dataset.phantom.files import POINT_DIGITS
from lsdc.dataset.phantom.study import PhantomStudy
from lsdc.dataset.tables import COLUMNS, SEVERITY_TYPE, SORT_KEYS


def label_rows(studies: Iterable[PhantomStudy]) -> pd.DataFrame:
    """The rows that `load_label_table` reads from the files of these studies.

    Returns:
        Its columns, in its order, and `narrowing`: what the anatomy shows, float64, in grade units.
    """
    table = pd.DataFrame([row for study in studies for row in _rows_of(study)], columns=[*COLUMNS, "narrowing"])
    return table.astype({"severity": SEVERITY_TYPE}).sort_values(SORT_KEYS, ignore_index=True)


def _rows_of(study: PhantomStudy) -> Iterable[tuple[object, ...]]:
    for label in study.labels:
        if label.point is None:
            continue
        series_id, instance_number = label.point.series_id, label.point.instance_number
        yield (
            study.study_id,
            series_id,
            instance_number,
            label.target.condition.value,
            label.target.side.value,
            label.level.value,
            round(label.point.position.col, POINT_DIGITS),
            round(label.point.position.row, POINT_DIGITS),
            label.target.condition.sequence.value,
            label.severity and label.severity.value,
            f"train_images/{study.study_id}/{series_id}/{instance_number}.dcm",
            label.narrowing,
        )
