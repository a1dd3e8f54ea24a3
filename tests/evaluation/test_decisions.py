"""From probabilities to grades, and the sheets that scores are taken away on."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix

from lsdc.evaluation.decisions import EVEN_COSTS, GRADED_COSTS, cheapest, confusion_counts, severe_from
from lsdc.evaluation.metrics import METRICS
from lsdc.evaluation.predictions import labels_of, probabilities_of
from lsdc.evaluation.score_sheet import as_csv, as_markdown, best_value


@pytest.fixture(scope="module")
def rows(make_predictions) -> pd.DataFrame:
    return make_predictions(60)


def test_with_even_costs_the_most_probable_grade_is_the_cheapest(rows) -> None:
    probabilities = probabilities_of(rows)

    np.testing.assert_array_equal(cheapest(probabilities, EVEN_COSTS), probabilities.argmax(axis=1))


def test_no_other_grades_cost_less_than_the_cheapest(rows) -> None:
    probabilities = probabilities_of(rows)

    grades = cheapest(probabilities, GRADED_COSTS)

    expected = np.array([[sum(p[t] * GRADED_COSTS[t, s] for t in range(3)) for s in range(3)] for p in probabilities])
    np.testing.assert_array_equal(grades, expected.argmin(axis=1))
    assert (grades > probabilities.argmax(axis=1)).any()


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.5, 1.01])
def test_severe_is_shown_exactly_where_its_probability_reaches_the_threshold(rows, threshold) -> None:
    probabilities = probabilities_of(rows)

    grades = severe_from(probabilities, threshold)

    np.testing.assert_array_equal(grades == 2, probabilities[:, 2] >= threshold)
    rest = grades != 2
    np.testing.assert_array_equal(grades[rest], probabilities[rest, :2].argmax(axis=1))


def test_counts_are_those_of_scikit_learn(rows) -> None:
    labels, grades = labels_of(rows), probabilities_of(rows).argmax(axis=1)

    np.testing.assert_array_equal(confusion_counts(labels, grades), confusion_matrix(labels, grades, labels=[0, 1, 2]))


def scores(value: float | None) -> dict:
    low_high = (None, None) if value is None else (value - 0.1, value + 0.1)
    return {metric.name: {"value": value, "low": low_high[0], "high": low_high[1]} for metric in METRICS}


def test_a_sheet_as_csv_reads_back_with_its_intervals() -> None:
    groups = {"rows, one": {"A, “quoted”": scores(0.5), "B": scores(None)}, "rows, two": {"A, “quoted”": scores(0.7)}}
    table = pd.read_csv(io.StringIO(as_csv(groups, METRICS)))

    assert table["rows"].tolist() == ["rows, one", "rows, one", "rows, two"]
    assert table["grader"].tolist() == ["A, “quoted”", "B", "A, “quoted”"]
    assert table["macro_auc"].tolist()[::2] == [0.5, 0.7]
    assert table.loc[0, ["macro_auc_low", "macro_auc_high"]].tolist() == pytest.approx([0.4, 0.6])
    assert table.loc[1].drop(["rows", "grader"]).isna().all()


def test_a_name_in_a_sheet_is_no_formula() -> None:
    table = pd.read_csv(io.StringIO(as_csv({"@rows": {"=cmd()": scores(0.6)}}, METRICS)))

    assert table[["rows", "grader"]].iloc[0].tolist() == ["'@rows", "'=cmd()"]


def test_a_sheet_as_markdown_has_the_best_of_each_column_bold() -> None:
    group = {"worse": scores(0.5), "better": scores(0.7)}
    text = as_markdown({"one": group, "two": {"alone": scores(0.6)}}, METRICS[:1])

    heading, _, header, _, worse, better, *second = text.splitlines()
    assert (heading, second[:2]) == ("## one", ["", "## two"])
    assert second[-1] == "| alone | 0.600 (0.500 to 0.700) |"
    assert header == "| Grader | Macro AUC ↑ |"
    assert worse == "| worse | 0.500 (0.400 to 0.600) |"
    assert better == "| better | **0.700** (0.600 to 0.800) |"


def test_names_are_no_markdown() -> None:
    text = as_markdown({"a <b> *set*": {"*loud* | run_1": scores(0.6)}}, METRICS[:1])

    heading, *_, line = text.splitlines()
    assert heading == r"## a \<b\> \*set\*"
    assert line == r"| \*loud\* \| run\_1 | 0.600 (0.500 to 0.700) |"


def test_lower_is_better_where_the_metric_says_so() -> None:
    both = [scores(0.5), scores(0.7)]

    best = {metric.name: best_value(both, metric) for metric in METRICS}

    assert {name: value for name, value in best.items() if value == 0.5}.keys() == {
        metric.name for metric in METRICS if not metric.higher_is_better
    }
