from __future__ import annotations

import json

import pandas as pd
import pytest

from lsdc.config import preset
from lsdc.dataset.phantom import write_full_tables
from lsdc.dataset.splits import split_rows
from lsdc.dataset.summary import summarize
from lsdc.dataset.tables import SEVERITY_TYPE, load_label_table, rows_for_training, select_rows
from lsdc.labels import Condition, Side, Target


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


@pytest.fixture(scope="module")
def full_table(tmp_path_factory) -> pd.DataFrame:
    """As large as the challenge's, with its counts."""
    folder = tmp_path_factory.mktemp("data") / "full"
    write_full_tables(folder)
    return load_label_table(folder)


def test_the_whole_table_has_the_known_counts(full_table: pd.DataFrame) -> None:
    summary = summarize(full_table)

    assert (summary.rows, summary.labelled, summary.unlabelled, summary.studies) == (48_692, 48_657, 35, 1974)


def test_left_subarticular_rows_have_the_known_counts(full_table: pd.DataFrame) -> None:
    summary = summarize(select_rows(full_table, targets=[Target(Condition.SUBARTICULAR_STENOSIS, Side.LEFT)]))

    assert (summary.rows, summary.labelled, summary.unlabelled) == (9608, 9603, 5)


def test_balancing_leaves_the_report_s_6448_rows(full_table: pd.DataFrame) -> None:
    rows = rows_for_training(full_table, preset("report"))

    summary = summarize(rows)

    assert (summary.rows, summary.studies, summary.series) == (6448, 1342, 1468)
    assert summary.by_level == {"L1/L2": 1178, "L2/L3": 1260, "L3/L4": 1339, "L4/L5": 1339, "L5/S1": 1332}
    assert summary.by_severity == {"Normal/Mild": 3702, "Moderate": 1834, "Severe": 912}
    assert pd.crosstab(rows["level"], rows["severity"]).to_numpy().tolist() == [
        [1057, 93, 28],
        [923, 254, 83],
        [692, 454, 193],
        [254, 624, 461],
        [776, 409, 147],
    ]


def test_the_report_as_published_validates_on_1289_rows(full_table: pd.DataFrame) -> None:
    config = preset("report-as-published")

    parts = split_rows(rows_for_training(full_table, config), config.split)

    assert parts.value_counts().to_dict() == {"train": 5159, "validation": 1289}
