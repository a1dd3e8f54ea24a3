from __future__ import annotations

import pytest

from lsdc.evaluation.predictions import labels_of, rows_fingerprint, scored_rows


def test_test_rows_come_before_validation_rows(make_predictions) -> None:
    predictions = make_predictions(9)

    part, rows = scored_rows(predictions)

    assert part == "test"
    assert set(rows["split"]) == {"test"}
    assert list(rows.index) == list(range(15))


def test_labels_are_ranks(make_predictions) -> None:
    rows = make_predictions(1).assign(label=["Severe", "Normal/Mild", "Moderate", "Severe", "Moderate"])

    assert labels_of(rows).tolist() == [2, 0, 1, 2, 1]


def test_the_fingerprint_names_rows_and_not_what_was_predicted(make_predictions) -> None:
    rows = make_predictions(9)
    shuffled = rows.sample(frac=1, random_state=0).assign(p_severe=0.0, label="Severe", split="validation")

    assert rows_fingerprint(shuffled) == rows_fingerprint(rows)
    assert rows_fingerprint(rows.iloc[1:]) != rows_fingerprint(rows)


@pytest.mark.parametrize("column", ["study_id", "series_id", "instance_number", "x"])
def test_another_point_is_another_row(make_predictions, column: str) -> None:
    rows = make_predictions(9)
    moved = rows.assign(**{column: rows[column] + 1})

    assert rows_fingerprint(moved) != rows_fingerprint(rows)
