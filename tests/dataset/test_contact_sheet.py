"""Which rows stand on which page of a contact sheet."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdc.dataset.contact_sheet import count_pages, sheet_order, sheet_page
from lsdc.dataset.tables import SEVERITY_TYPE
from lsdc.labels import Severity

grades = st.lists(st.sampled_from([*Severity, None]), max_size=40)
seeds = st.none() | st.integers(0, 5)


def table(words):
    return pd.DataFrame({"severity": pd.Series(words, dtype=SEVERITY_TYPE)})


@given(grades, seeds, st.integers(1, 7))
def test_every_row_stands_on_exactly_one_page_under_its_grade(words, seed, per_grade):
    sheet = sheet_order(table(words), seed=seed)

    shown = [
        (int(place), severity)
        for page in range(1, count_pages(sheet, per_grade) + 1)
        for severity, places in sheet_page(sheet, page, per_grade).items()
        for place in places
    ]

    assert sorted(place for place, _ in shown) == list(range(len(words)))
    assert all(words[place] == severity for place, severity in shown)


def test_by_study_the_order_is_that_of_the_table():
    sheet = sheet_order(table([Severity.SEVERE, Severity.MODERATE, Severity.SEVERE]))

    np.testing.assert_array_equal(sheet[Severity.SEVERE], [0, 2])


def test_a_seed_gives_the_same_sample_again_and_another_one_another():
    rows = table([Severity.SEVERE] * 50)

    first, again, other = (sheet_order(rows, seed=seed)[Severity.SEVERE].tolist() for seed in (1, 1, 2))

    assert first == again
    assert first != other


@pytest.mark.parametrize(("words", "expected"), [([], 1), ([Severity.SEVERE] * 4, 2), ([Severity.SEVERE] * 5, 3)])
def test_there_are_as_many_pages_as_the_largest_grade_needs(words, expected):
    assert count_pages(sheet_order(table(words)), 2) == expected


def test_only_grades_that_there_are_have_a_group_and_points_without_a_grade_come_last():
    assert list(sheet_order(table([Severity.SEVERE]))) == [Severity.SEVERE]
    assert list(sheet_order(table([None, Severity.SEVERE, Severity.NORMAL_MILD]))) == [
        Severity.NORMAL_MILD,
        Severity.SEVERE,
        None,
    ]
