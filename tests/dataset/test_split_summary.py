"""What is said of a split before it is used."""

import pandas as pd

from lsdc.dataset.split_summary import count_grades, count_studies, shared_by_parts
from lsdc.dataset.tables import SEVERITY_TYPE


def rows_and_parts(rows):
    table = pd.DataFrame(rows, columns=["study_id", "series_id", "instance_number", "severity", "part"])
    return table.astype({"severity": SEVERITY_TYPE}), table["part"]


def test_grades_are_counted_for_each_part_in_order():
    rows, parts = rows_and_parts(
        [(1, 1, 1, "Severe", "test"), (2, 1, 1, "Normal/Mild", "train"), (2, 1, 2, "Severe", "train")]
    )

    counts = count_grades(rows, parts)

    assert counts[["part", "count"]].to_numpy().tolist() == [
        ["train", 1],
        ["train", 0],
        ["train", 1],
        ["test", 0],
        ["test", 0],
        ["test", 1],
    ]
    assert counts["share"].tolist() == [0.5, 0, 0.5, 0, 0, 1]
    assert count_studies(rows, parts).to_dict() == {"train": 1, "test": 1}


def test_what_two_parts_share_is_counted_as_studies_and_as_images():
    rows, parts = rows_and_parts(
        [
            (1, 1, 1, "Severe", "train"),
            (1, 1, 1, "Moderate", "validation"),
            (1, 1, 2, "Severe", "validation"),
            (2, 1, 1, "Severe", "train"),
            (2, 1, 9, "Severe", "test"),
            (3, 1, 1, "Severe", "unused"),
            (3, 1, 1, "Severe", "test"),
        ]
    )

    shared = shared_by_parts(rows, parts).set_index("parts")

    assert shared.loc["train and validation"].tolist() == [1, 1]
    assert shared.loc["train and test"].tolist() == [1, 0]
    assert shared.loc["validation and test"].tolist() == [0, 0]
