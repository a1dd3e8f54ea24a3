"""Counts are made before they are drawn, and are right."""

import pandas as pd
import pytest

from lsdc.charts import counts, sentences
from lsdc.charts.brushing import brushable
from lsdc.labels import Level, Severity


def test_conditions_are_counted_with_those_that_are_absent(label_table, drawn):
    (table,) = drawn(counts.condition_counts(label_table))

    assert dict(zip(table["name"], table["count"], strict=True)) == {
        "Spinal Canal Stenosis": 3,
        "Left Neural Foraminal Narrowing": 0,
        "Right Neural Foraminal Narrowing": 0,
        "Left Subarticular Stenosis": 2,
        "Right Subarticular Stenosis": 1,
    }


def test_levels_are_counted_from_the_head_down(label_table, drawn):
    (table,) = drawn(counts.level_counts(label_table))

    assert table["level"].tolist() == [level.value for level in Level]
    assert table["count"].tolist() == [2, 0, 0, 3, 1]
    assert table["share"].tolist() == pytest.approx([1 / 3, 0, 0, 1 / 2, 1 / 6], abs=1e-4)


def test_the_heat_map_has_a_cell_for_each_level_and_severity(label_table, drawn):
    (table,) = drawn(counts.severity_heat_map(label_table[label_table["severity"].notna()]))

    cells = table.set_index(["level", "severity"])
    assert cells.loc[("L4/L5", "Severe"), "count"] == 1
    assert cells.loc[("L4/L5", "Severe"), "share"] == pytest.approx(1 / 3)


def test_a_chart_that_chooses_dims_what_is_not_chosen(label_table):
    spec = brushable(counts.level_counts(label_table), {"level": {"L4/L5"}}).to_dict()

    marks = spec["layer"][0]
    assert [param["select"]["fields"] for param in spec["params"]] == [["level"]]
    assert marks["encoding"]["opacity"]["condition"]["test"] == {"and": [{"field": "level", "oneOf": ["L4/L5"]}]}


def test_severities_are_counted_without_the_missing_ones(label_table, drawn):
    (table,) = drawn(counts.severity_counts(label_table))

    assert table["severity"].tolist() == [severity.value for severity in Severity]
    assert table["count"].tolist() == [3, 1, 1]
    assert table["share"].tolist() == pytest.approx([0.6, 0.2, 0.2])


def test_shares_of_each_level_add_up_to_one(label_table, drawn):
    (table,) = drawn(counts.severity_by_level(label_table))

    assert table.groupby("level")["share"].sum().tolist() == pytest.approx([1, 1, 1])


def test_an_axis_of_shares_says_of_what(label_table):
    graded = label_table[label_table["severity"].notna()]

    of_levels, of_stages = counts.severity_by_level(graded), counts.balancing(graded, graded)

    assert of_levels.to_dict()["layer"][0]["encoding"]["x"]["axis"]["title"] == "share of the level's graded points"
    assert of_stages.to_dict()["layer"][0]["encoding"]["x"]["axis"]["title"] == "share of the graded points"


def test_a_chart_of_many_rows_embeds_only_the_counts(label_table, drawn):
    many = pd.concat([label_table] * 10_000, ignore_index=True)

    assert all(len(rows) <= 15 for rows in drawn(counts.severity_by_level(many)))


def test_the_sentence_on_severities_names_the_share_of_a_constant_answer(label_table):
    assert sentences.about_severities(label_table) == (
        "60.0% are Normal/Mild: a grader that always answers so is right as often, and has learned nothing. "
        "Points without a grade: 1."
    )


def test_the_sentence_on_balancing_says_what_was_dropped(label_table):
    graded = label_table[label_table["severity"].notna()]

    said = sentences.about_balancing(graded, graded[graded["study_id"] == 1])

    assert "Without the 1 study that is" in said
    assert "3 of 5 rows remain" in said
    assert "from 60.0% to 33.3%" in said


@pytest.mark.parametrize(
    ("severities", "said"),
    [
        (["Normal/Mild", "Moderate"], "No graded point is Severe."),
        (["Severe", "Severe"], "as frequent at every level (100.0%)"),
        (["Normal/Mild", "Severe"], "most frequent at L2/L3 (100.0%) and rarest at L1/L2 (0.0%)"),
    ],
)
def test_the_sentence_on_levels_claims_a_difference_only_where_there_is_one(severities, said):
    table = pd.DataFrame({"level": ["L1/L2", "L2/L3"], "severity": severities})

    assert said in sentences.about_severity_by_level(table)


def test_the_sentence_on_one_level_compares_it_with_nothing():
    table = pd.DataFrame({"level": ["L1/L2", "L1/L2"], "severity": ["Severe", "Moderate"]})

    assert sentences.about_severity_by_level(table) == "All graded points are at L1/L2; 50.0% of them are Severe."


def test_where_every_level_has_as_many_points_none_has_the_most():
    table = pd.DataFrame({"level": [level.value for level in Level] * 2})

    assert sentences.about_levels(table) == "Every level has the same number of points, 2."


def test_balancing_that_drops_nothing_or_everything_is_said_so(label_table):
    graded = label_table[label_table["severity"].notna()]

    assert sentences.about_balancing(graded, graded) == ("Balancing drops no study: all 5 rows remain.")
    assert "no row remains" in sentences.about_balancing(graded, graded.head(0))


def test_a_share_that_balancing_hardly_changes_does_not_fall():
    rows = [(study, "Normal/Mild" if study % 2 else "Severe") for study in range(10_000)]
    before = pd.DataFrame(rows, columns=["study_id", "severity"])

    said = sentences.about_balancing(before, before[before["study_id"] != 1])

    assert "Without the 1 study that is" in said
    assert "stays at 50.0%" in said
