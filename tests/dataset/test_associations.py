"""What goes with what within a patient."""

import numpy as np
import pandas as pd
import pytest

from lsdc.dataset.associations import (
    agreement,
    completeness,
    left_and_right,
    log_odds_ratios,
    narrowed_by,
    steps_along_spine,
)
from lsdc.dataset.tables import SEVERITY_TYPE


def table_of(rows):
    columns = ["study_id", "condition", "side", "level", "severity"]
    return pd.DataFrame(rows, columns=columns).astype({"severity": SEVERITY_TYPE})


SUBARTICULAR = "subarticular_stenosis"


def test_a_study_is_narrowed_where_its_worst_grade_is_and_unknown_where_nothing_is_graded():
    table = table_of(
        [
            (1, SUBARTICULAR, "left", "L1/L2", "Normal/Mild"),
            (1, SUBARTICULAR, "right", "L1/L2", "Moderate"),
            (1, SUBARTICULAR, "left", "L4/L5", "Normal/Mild"),
            (2, SUBARTICULAR, "left", "L1/L2", "Normal/Mild"),
        ]
    )

    found = narrowed_by(table, "level")

    assert found.loc[1].tolist() == [1, 0]
    assert found.loc[2, "L1/L2"] == 0
    assert np.isnan(found.loc[2, "L4/L5"])
    assert list(narrowed_by(table, "target")) == ["Left Subarticular Stenosis", "Right Subarticular Stenosis"]


def test_an_odds_ratio_is_that_of_the_four_counts_and_alike_both_ways():
    studies = pd.DataFrame({"a": [1, 1, 1, 0, 0, np.nan], "b": [1, 1, 0, 0, 0, 1]}, dtype="float64")

    pairs = log_odds_ratios(studies).set_index(["one", "other"])

    assert pairs.loc[("a", "b"), "log2_odds_ratio"] == pytest.approx(np.log2(2.5 * 2.5 / (1.5 * 0.5)))
    assert pairs.loc[("b", "a"), "log2_odds_ratio"] == pytest.approx(pairs.loc[("a", "b"), "log2_odds_ratio"])
    assert pairs.loc[("a", "b"), ["both", "studies"]].tolist() == [2, 5]
    assert len(pairs) == 2


def test_sides_are_paired_by_study_condition_and_level():
    table = table_of(
        [
            (1, SUBARTICULAR, "left", "L1/L2", "Severe"),
            (1, SUBARTICULAR, "right", "L1/L2", "Normal/Mild"),
            (1, SUBARTICULAR, "left", "L2/L3", "Severe"),
            (2, SUBARTICULAR, "right", "L1/L2", "Severe"),
            (3, SUBARTICULAR, "left", "L1/L2", None),
            (3, SUBARTICULAR, "right", "L1/L2", "Severe"),
        ]
    )

    assert left_and_right(table).astype("str").to_numpy().tolist() == [["Severe", "Normal/Mild"]]


@pytest.mark.parametrize(("right", "kappa"), [(["Normal/Mild", "Severe"], 1.0), (["Severe", "Normal/Mild"], -1.0)])
def test_sides_that_agree_have_a_kappa_of_one(right, kappa):
    pairs = pd.DataFrame({"left": ["Normal/Mild", "Severe"], "right": right}).astype(SEVERITY_TYPE)

    assert agreement(pairs) == pytest.approx(kappa)
    assert np.isnan(agreement(pairs[:0].reindex([0, 1]).fillna("Severe")))


def test_completeness_counts_studies_with_a_grade_of_what_is_looked_at_alone():
    grades = table_of(
        [
            (1, SUBARTICULAR, "left", "L4/L5", "Severe"),
            (1, SUBARTICULAR, "left", "L1/L2", "Severe"),
            (2, SUBARTICULAR, "left", "L1/L2", None),
            (2, SUBARTICULAR, "left", "L4/L5", "Severe"),
        ]
    )

    graded = completeness(grades)

    assert graded[["level", "graded", "studies", "share"]].to_numpy().tolist() == [
        ["L1/L2", 1, 2, 0.5],
        ["L4/L5", 2, 2, 1.0],
    ]
    assert set(graded["name"]) == {"Left Subarticular Stenosis"}


def test_a_step_along_the_spine_compares_the_worst_grades_of_neighbouring_levels():
    rows = [
        (1, "left", "L1/L2", "Severe"),
        (1, "right", "L1/L2", "Normal/Mild"),
        (1, "left", "L2/L3", "Moderate"),
        (2, "left", "L1/L2", "Normal/Mild"),
        (2, "left", "L2/L3", "Severe"),
        (3, "left", "L1/L2", "Moderate"),
        (3, "left", "L3/L4", "Severe"),
    ]
    table = pd.DataFrame(rows, columns=["study_id", "side", "level", "severity"])

    steps = steps_along_spine(table.assign(severity=table["severity"].astype(SEVERITY_TYPE)))

    # The third study has no grade at L2/L3, and no other one has grades further down.
    assert steps[["step", "change", "count", "studies", "share"]].to_numpy().tolist() == [
        ["L1/L2 to L2/L3", "lower", 1, 2, 0.5],
        ["L1/L2 to L2/L3", "same", 0, 2, 0.0],
        ["L1/L2 to L2/L3", "higher", 1, 2, 0.5],
    ]
