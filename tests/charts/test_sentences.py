"""What the captions say where several tie, and where there is one of a thing."""

import pandas as pd
import pytest

from lsdc.charts import image_sentences, sentences
from lsdc.dataset.tables import SEVERITY_TYPE

SUBARTICULAR, CANAL = "subarticular_stenosis", "spinal_canal_stenosis"


def conditions(*rows):
    return pd.DataFrame(rows, columns=["condition", "side"])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(SUBARTICULAR, "left")], "1 point, of Left Subarticular Stenosis alone."),
        (
            [(SUBARTICULAR, "left"), (SUBARTICULAR, "right"), (CANAL, "midline")] * 2 + [(SUBARTICULAR, "left")],
            "7 points; the most, 3 (42.9%), are Left Subarticular Stenosis.",
        ),
        (
            [(SUBARTICULAR, "right"), (SUBARTICULAR, "left"), (CANAL, "midline")] * 2
            + [(SUBARTICULAR, "left"), (SUBARTICULAR, "right")],
            "8 points; the most, 3 (37.5%) each, are Left Subarticular Stenosis and Right Subarticular Stenosis.",
        ),
    ],
)
def test_conditions_that_tie_are_all_named(rows, said):
    assert sentences.about_conditions(conditions(*rows)) == said


def test_levels_that_tie_are_all_named():
    table = pd.DataFrame({"level": ["L4/L5", "L4/L5", "L5/S1", "L5/S1", "L1/L2"]})

    assert sentences.about_levels(table) == (
        "L4/L5 and L5/S1 have the most points, 2 each, and L2/L3 and L3/L4 the fewest, 0 each."
    )


def test_grades_that_tie_are_all_named():
    table = pd.DataFrame({"severity": ["Severe", "Moderate"]}).astype(SEVERITY_TYPE)

    assert "50.0% each are Moderate and Severe: a grader that always answers one of them" in sentences.about_severities(
        table
    )


def test_levels_with_severe_alike_are_all_named():
    table = pd.DataFrame({"level": ["L1/L2", "L2/L3", "L3/L4"], "severity": ["Severe", "Severe", "Moderate"]})

    assert "most frequent at L1/L2 and L2/L3 (100.0%) and rarest at L3/L4 (0.0%)" in sentences.about_severity_by_level(
        table
    )


def test_cells_that_tie_are_all_named():
    table = pd.DataFrame({"level": ["L2/L3", "L1/L2"], "severity": ["Severe", "Moderate"]})

    assert sentences.about_commonest_cell(table).startswith(
        "2 of 2 graded points are Moderate or Severe; the most of one kind are Moderate at L1/L2 and Severe at L2/L3, 1 each."
    )
    assert "1 of 1 graded point is" in sentences.about_commonest_cell(table.head(1))


def test_one_study_is_one_study():
    studies = pd.DataFrame({"name": ["A"], "dropped": [1], "kept": [0]})
    steps = pd.DataFrame(
        [("L1/L2 to L2/L3", "higher", 1, 1, 1.0)], columns=["step", "change", "count", "studies", "share"]
    )
    scanners = pd.DataFrame({"value": ["GE"], "count": [1]})

    assert sentences.about_dropped_studies(studies) == (
        "Balancing A drops the most: 1 of 1 study is Normal/Mild at all five levels."
    )
    assert "in 100% of 1 study." in sentences.about_steps(steps)
    assert image_sentences.about_scanners(scanners) == "GE is the most frequent: 1 of 1 study."


def test_conditions_that_balancing_drops_alike_steps_and_scanners_are_all_named():
    studies = pd.DataFrame({"name": ["A", "B", "C"], "dropped": [2, 2, 1], "kept": [0, 1, 1]})
    steps = pd.DataFrame(
        [("one", "higher", 1, 2, 0.5), ("two", "higher", 2, 4, 0.5)],
        columns=["step", "change", "count", "studies", "share"],
    )
    scanners = pd.DataFrame({"value": ["GE", "Siemens", "not said"], "count": [2, 2, 2]})

    assert "Balancing A and B drops the most, 2 studies each" in sentences.about_dropped_studies(studies)
    assert "from one and two: in 50% of the studies that are graded at both" in sentences.about_steps(steps)
    assert "GE and Siemens" in image_sentences.about_scanners(scanners)


def test_pairs_that_are_as_strong_are_counted():
    rows = [("a", "b", 1.0), ("b", "a", 1.0), ("a", "c", 1.0), ("c", "a", 1.0), ("b", "c", 0.0), ("c", "b", 0.0)]
    pairs = pd.DataFrame(rows, columns=["one", "other", "log2_odds_ratio"])

    assert sentences.about_odds(pairs).startswith("Strongest together, as is 1 other pair: where a is")
    assert sentences.about_odds(pairs[2:]).startswith("Strongest together: where a is")


def test_what_is_graded_as_rarely_is_counted_and_all_alike_is_said_so():
    graded = pd.DataFrame({"name": "A", "level": ["L1/L2", "L2/L3", "L3/L4"], "graded": [1, 1, 2], "studies": 2})
    graded = graded.assign(share=graded["graded"] / 2)

    assert "the least is A at L1/L2 and 1 other, of 50.0% of 2 studies." in sentences.about_completeness(graded)
    assert sentences.about_completeness(graded[:2]) == "Each is graded in 1 of 2 studies, 50.0%."
