from __future__ import annotations

import json

import pandas as pd

from lsdc.dataset.summary import summarize
from lsdc.dataset.tables import SEVERITY_TYPE


def table_of(rows: list[tuple[int, int, str, str | None]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["study_id", "series_id", "level", "severity"])
    return table.astype({"severity": SEVERITY_TYPE})


def test_rows_are_counted_with_and_without_grades() -> None:
    table = table_of([(1, 11, "L1/L2", "Severe"), (1, 12, "L4/L5", None), (2, 11, "L1/L2", "Moderate")])

    summary = summarize(table)

    assert json.loads(json.dumps(summary.to_dict())) == {
        "rows": 3,
        "labelled": 2,
        "unlabelled": 1,
        "studies": 2,
        "series": 3,
        "by_level": {"L1/L2": 2, "L2/L3": 0, "L3/L4": 0, "L4/L5": 0, "L5/S1": 0},
        "by_severity": {"Normal/Mild": 0, "Moderate": 1, "Severe": 1},
    }


def test_counts_stand_in_the_order_of_the_vocabulary() -> None:
    summary = summarize(table_of([(1, 11, "L5/S1", "Severe"), (1, 11, "L1/L2", "Normal/Mild")]))

    assert list(summary.by_level) == ["L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1"]
    assert list(summary.by_severity) == ["Normal/Mild", "Moderate", "Severe"]


def test_an_empty_table_counts_nothing() -> None:
    summary = summarize(table_of([]))

    assert summary.rows == summary.studies == summary.series == 0
    assert set(summary.by_level.values()) == {0}
