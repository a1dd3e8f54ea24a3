"""What the parts of a split share is found, and what it is worth is shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lsdc.evaluation.baselines import LEVEL_ONLY, baseline_predictions
from lsdc.evaluation.leakage import leak_check, patient_lookup
from lsdc.evaluation.predictions import PROBABILITY_COLUMNS, scored_rows


def check(predictions: pd.DataFrame) -> dict:
    return leak_check(predictions, baseline_predictions(predictions)[LEVEL_ONLY])


@pytest.fixture(scope="module")
def similar_points(make_predictions) -> pd.DataFrame:
    """Patients whose five points have one grade: to know one of them is to know all."""
    predictions = make_predictions(60)
    first = predictions.groupby("study_id")["label"].transform("first")
    return predictions.assign(label=first)


def by_row(predictions: pd.DataFrame) -> pd.DataFrame:
    """The same rows divided singly, as the source report did."""
    lots = np.random.default_rng(0).random(len(predictions))
    return predictions.assign(split=np.where(lots < 0.2, "validation", "train"))


def test_a_split_by_study_shares_nothing(make_predictions) -> None:
    overlaps = check(make_predictions())["overlaps"]

    assert [overlap["parts"] for overlap in overlaps] == [
        "train and validation",
        "train and test",
        "validation and test",
    ]
    assert all((overlap["studies"], overlap["images"], overlap["crops"]) == (0, 0, None) for overlap in overlaps)


def test_a_split_by_row_shares_patients_and_images(similar_points) -> None:
    split = by_row(similar_points)
    both = [set(split.loc[split["split"] == part, "study_id"]) for part in ("train", "validation")]

    (overlap,) = check(split)["overlaps"]

    assert overlap["studies"] == len(both[0] & both[1]) > 10
    # All points of a study lie on one image here.
    assert overlap["images"] == overlap["studies"]


def test_one_image_under_two_names_is_found_by_its_pixels(make_predictions) -> None:
    predictions = make_predictions()
    hashes = [f"{row:016x}" for row in range(len(predictions))]
    first_of = {part: (predictions["split"] == part).to_numpy().argmax() for part in ("train", "test")}
    hashes[first_of["test"]] = hashes[first_of["train"]]

    overlaps = check(predictions.assign(crop_hash=hashes))["overlaps"]

    assert {overlap["parts"]: overlap["crops"] for overlap in overlaps} == {
        "train and validation": 0,
        "train and test": 1,
        "validation and test": 0,
    }


def test_looking_patients_up_gains_exactly_nothing_where_none_was_met(similar_points) -> None:
    assert check(similar_points)["lookup_gain"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_looking_patients_up_gains_much_where_the_split_leaks(similar_points) -> None:
    gain = check(by_row(similar_points))["lookup_gain"]

    assert gain["low"] > 0.2


def test_the_look_up_moves_the_level_s_shares_towards_the_patient_s(make_predictions) -> None:
    predictions = by_row(make_predictions(9))
    level_only = baseline_predictions(predictions)[LEVEL_ONLY]

    graded = patient_lookup(predictions, level_only)

    row, prior = graded.iloc[0], scored_rows(level_only)[1].iloc[0]
    known = predictions.query("split == 'train' and study_id == @row.study_id")["label"]
    counts = [(known == label).sum() for label in ("Normal/Mild", "Moderate", "Severe")]
    expected = (2 * prior[list(PROBABILITY_COLUMNS)].to_numpy("float64") + counts) / (2 + len(known))
    np.testing.assert_allclose(row[list(PROBABILITY_COLUMNS)].to_numpy("float64"), expected)
