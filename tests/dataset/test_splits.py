from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsdc.config import SplitConfig, SplitStrategy, SplitUnit
from lsdc.dataset.split_summary import shared_by_parts
from lsdc.dataset.splits import Part, leaks, split_rows
from lsdc.dataset.tables import SEVERITY_TYPE
from lsdc.errors import SplitError
from lsdc.labels import Level, Severity

WORDS = [severity.value for severity in Severity]


def make_split(**changes: Any) -> SplitConfig:
    values = {
        "strategy": SplitStrategy.STRATIFIED,
        "unit": SplitUnit.STUDY,
        "test_share": 0.15,
        "folds": 5,
        "fold": 0,
        "seed": 0,
    }
    return SplitConfig(**{**values, **changes})


def rows_of(grades_by_study: dict[int, list[str]]) -> pd.DataFrame:
    rows = [
        (study, 10 * study, 1, "subarticular_stenosis", "left", level.value, grade)
        for study, grades in grades_by_study.items()
        for level, grade in zip(Level, grades, strict=False)
    ]
    columns = ["study_id", "series_id", "instance_number", "condition", "side", "level", "severity"]
    return pd.DataFrame(rows, columns=columns).astype({"severity": SEVERITY_TYPE})


def random_rows(num_studies: int, *, seed: int = 0) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    draws = generator.choice(WORDS, p=[0.6, 0.28, 0.12], size=(num_studies, 5))
    return rows_of({study: list(grades) for study, grades in enumerate(draws, start=1)})


# Enough studies for twenty folds after the test studies are taken out.
tables = st.dictionaries(
    st.integers(1, 10**10), st.lists(st.sampled_from(WORDS), min_size=1, max_size=5), min_size=45, max_size=70
).map(rows_of)
splits = st.builds(
    make_split,
    strategy=st.sampled_from([strategy for strategy in SplitStrategy if strategy is not SplitStrategy.BALANCED_TRAIN]),
    unit=st.sampled_from(SplitUnit),
    test_share=st.sampled_from([0.0, 0.1, 0.15, 0.5]),
    folds=st.integers(2, 20),
    seed=st.integers(0, 2**31 - 1),
)


@given(tables, splits)
def test_no_study_is_on_two_sides_when_studies_are_kept_together(table: pd.DataFrame, split: SplitConfig) -> None:
    parts = split_rows(table, split.model_copy(update={"unit": SplitUnit.STUDY}))

    assert not shared_by_parts(table, parts)["studies"].any()


@given(tables, splits)
def test_test_rows_are_whole_studies_even_when_the_rest_is_split_by_row(
    table: pd.DataFrame, split: SplitConfig
) -> None:
    by_row = split.model_copy(update={"unit": SplitUnit.ROW, "strategy": SplitStrategy.RANDOM, "test_share": 0.2})

    parts = split_rows(table, by_row)

    test_studies = table.loc[parts == "test", "study_id"]
    assert not table.loc[parts != "test", "study_id"].isin(test_studies).any()
    assert test_studies.nunique() == round(0.2 * table["study_id"].nunique())


@given(tables, splits, splits)
def test_a_sample_of_the_training_rows_leaves_the_rows_of_validation_and_test_as_they_are(
    table: pd.DataFrame, held_out: SplitConfig, split: SplitConfig
) -> None:
    fixed = split_rows(table, held_out)

    parts = split_rows(table, split, held_out=held_out)

    for part in (Part.VALIDATION, Part.TEST):
        pd.testing.assert_index_equal(parts.index[parts == part], fixed.index[fixed == part])
    assert set(parts[fixed == Part.TRAIN]) <= {Part.TRAIN, Part.UNUSED}
    assert (parts == Part.TRAIN).any()


def test_a_sample_of_1_to_1_to_1_has_as_many_training_rows_of_each_class() -> None:
    table = random_rows(100)

    parts = split_rows(table, make_split(strategy=SplitStrategy.BALANCED_TRAIN), held_out=make_split())

    assert len(set(table.loc[parts == Part.TRAIN, "severity"].value_counts())) == 1
    assert (parts == Part.UNUSED).sum() > 0


@given(tables, splits, st.randoms(use_true_random=False))
def test_the_split_does_not_depend_on_the_order_of_rows(table: pd.DataFrame, split: SplitConfig, random: Any) -> None:
    order = list(table.index)
    random.shuffle(order)

    shuffled = split_rows(table.loc[order], split)

    pd.testing.assert_series_equal(shuffled.sort_index(), split_rows(table, split))


@settings(max_examples=12)
@given(tables, splits)
def test_folds_are_a_partition(table: pd.DataFrame, split: SplitConfig) -> None:
    folds = [
        split_rows(table, split.model_copy(update={"strategy": SplitStrategy.K_FOLD, "fold": fold}))
        for fold in range(split.folds)
    ]

    validated = sum((parts == "validation").astype(int) for parts in folds)
    tested = folds[0] == "test"
    assert all(((parts == "test") == tested).all() for parts in folds)
    assert (validated == (~tested).astype(int)).all()


def test_lots_are_the_same_on_every_machine() -> None:
    table = rows_of({study: [WORDS[study % 3]] for study in range(1, 21)})

    parts = split_rows(table, make_split(seed=7))

    assert table.loc[parts == "test", "study_id"].tolist() == [2, 8, 18]
    assert table.loc[parts == "validation", "study_id"].tolist() == [3, 5, 10, 19]


def test_another_seed_gives_another_split() -> None:
    table = random_rows(40)

    assert not split_rows(table, make_split(seed=0)).equals(split_rows(table, make_split(seed=1)))


def test_adding_a_study_moves_few_others() -> None:
    """Lots belong to studies, not to positions, so a corrected data set keeps most of its split."""
    table = random_rows(400)
    split = make_split(strategy=SplitStrategy.RANDOM)
    before = split_rows(table, split)

    after = split_rows(table[table["study_id"] != 1], split)

    assert (before.loc[after.index] != after).mean() < 0.01


def test_the_report_validates_on_1289_of_its_6448_rows() -> None:
    """Its confusion matrix sums to 1,289."""
    table = random_rows(1342).head(6448)
    split = make_split(strategy=SplitStrategy.RANDOM, unit=SplitUnit.ROW, test_share=0.0)

    assert split_rows(table, split).value_counts().to_dict() == {"train": 5159, "validation": 1289}


@pytest.mark.parametrize("unit", SplitUnit)
def test_three_ways_are_eighty_ten_ten(unit: SplitUnit) -> None:
    parts = split_rows(random_rows(100), make_split(strategy=SplitStrategy.THREE_WAY, unit=unit, test_share=0.5))

    assert parts.value_counts().to_dict() == {"train": 400, "validation": 50, "test": 50}


@pytest.mark.parametrize("unit", SplitUnit)
@pytest.mark.parametrize("strategy", [SplitStrategy.STRATIFIED, SplitStrategy.BALANCED_TRAIN, SplitStrategy.K_FOLD])
def test_stratified_validation_rows_represent_the_data(unit: SplitUnit, strategy: SplitStrategy) -> None:
    table = random_rows(400)

    parts = split_rows(table, make_split(strategy=strategy, unit=unit, test_share=0.0))

    shares = table["severity"].value_counts(normalize=True)
    validation = table[parts == "validation"]["severity"].value_counts(normalize=True)
    assert (validation - shares).abs().max() < 0.025
    assert 0.19 < (parts == "validation").mean() < 0.21


@pytest.mark.parametrize("unit", SplitUnit)
def test_one_one_one_trains_on_as_many_of_each_grade(unit: SplitUnit) -> None:
    table = random_rows(200)
    stratified = split_rows(table, make_split(unit=unit))

    parts = split_rows(table, make_split(strategy=SplitStrategy.BALANCED_TRAIN, unit=unit))

    counts = table[parts == "train"]["severity"].value_counts()
    assert counts.min() == counts.max()
    assert counts.iloc[0] == table[stratified == "train"]["severity"].value_counts().min()
    assert (parts.replace("unused", "train") == stratified).all()


def test_one_one_one_without_a_grade_is_refused_and_names_it() -> None:
    table = rows_of({study: ["Normal/Mild", "Moderate"] for study in range(1, 30)})

    with pytest.raises(SplitError, match="No training row is graded Severe"):
        split_rows(table, make_split(strategy=SplitStrategy.BALANCED_TRAIN))


def test_more_folds_than_studies_are_refused() -> None:
    with pytest.raises(SplitError, match="4 studies or rows cannot be divided into 5 folds"):
        split_rows(random_rows(4), make_split(strategy=SplitStrategy.K_FOLD, test_share=0.0))


@pytest.mark.parametrize(
    ("strategy", "test_share", "part"),
    [(SplitStrategy.RANDOM, 0.0, "validation"), (SplitStrategy.THREE_WAY, 0.0, "validation and test")],
)
def test_too_few_studies_are_refused(strategy: SplitStrategy, test_share: float, part: str) -> None:
    with pytest.raises(SplitError, match=f"leaves no rows for {part}"):
        split_rows(random_rows(4), make_split(strategy=strategy, test_share=test_share))


def test_a_test_share_that_gives_no_study_is_refused() -> None:
    with pytest.raises(SplitError, match="leaves no rows for test"):
        split_rows(random_rows(9), make_split(strategy=SplitStrategy.RANDOM, test_share=0.05))


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(SplitError):
        split_rows(rows_of({}), make_split())


def test_rows_without_a_grade_are_refused() -> None:
    table = random_rows(20)
    table.loc[0, "severity"] = None

    with pytest.raises(SplitError, match="1 of the rows have no grade"):
        split_rows(table, make_split())


def test_a_split_by_row_leaks_and_shows_it() -> None:
    table = random_rows(50)
    by_row, by_study = make_split(unit=SplitUnit.ROW), make_split()

    assert leaks(by_row)
    assert shared_by_parts(table, split_rows(table, by_row))["studies"].sum() > 10
    assert not leaks(by_study)


def test_unused_rows_do_not_count_as_a_leak() -> None:
    table = rows_of({1: ["Severe", "Moderate"], 2: ["Severe"]})
    parts = pd.Series([Part.TRAIN.value, Part.UNUSED.value, Part.VALIDATION.value])

    assert not shared_by_parts(table, parts)["studies"].any()
