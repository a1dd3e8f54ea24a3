"""Counts are made before they are drawn, and are right."""

import pandas as pd
import pytest

from lsdc.charts import counts, sentences
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

    assert table["name"].tolist() == [level.value for level in Level]
    assert table["count"].tolist() == [2, 0, 0, 3, 1]


def test_severities_are_counted_without_the_missing_ones(label_table, drawn):
    (table,) = drawn(counts.severity_counts(label_table))

    assert table["severity"].tolist() == [severity.value for severity in Severity]
    assert table["count"].tolist() == [3, 1, 1]
    assert table["share"].tolist() == pytest.approx([0.6, 0.2, 0.2])


def test_shares_of_each_level_add_up_to_one(label_table, drawn):
    (table,) = drawn(counts.severity_by_level(label_table))

    assert table.groupby("level")["share"].sum().tolist() == pytest.approx([1, 1, 1])


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

    assert "Without the 1 studies" in said
    assert "3 of 5 rows remain" in said
    assert "from 60.0% to 33.3%" in said
