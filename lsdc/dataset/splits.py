"""The division of rows into training, validation and test.

Lots are drawn by hashing the seed with a study's or row's own name, so that a study falls on the same side on every
machine, in every order of rows, and with every version of NumPy.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

import pandas as pd

from lsdc.config import SplitConfig, SplitStrategy, SplitUnit
from lsdc.errors import SplitError
from lsdc.labels import Severity


class Part(StrEnum):
    """The part that a row plays.

    `UNUSED` rows were left out of training to make its classes equal in number or by a sample, `LEFT_OUT` rows because a review of
    labels says so.
    """

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    UNUSED = "unused"
    LEFT_OUT = "left out"


def split_rows(
    table: pd.DataFrame, split: SplitConfig, *, left_out: pd.Series | None = None, held_out: SplitConfig | None = None
) -> pd.Series:
    """Divide labelled rows.

    `split.test_share` of the studies are test rows, whatever the unit; the others are divided by the strategy:

    - random 80:20: a fifth of the units, rounded down, validates.
    - stratified 80:20: the same, with a fifth of each class; the class of a study is its worst grade.
    - 1:1:1 train: as stratified, then training rows are left out until each class has as many as the rarest.
    - 80:10:10: a tenth of the units validates and a tenth are the test rows; `split.test_share` is not used.
    - k-fold: stratified folds, of which `split.fold` validates.

    Args:
        table: Rows of the label table, each with a severity; its index has no repeats.
        split: The strategy, its unit and the seed.
        left_out: Rows that are not to be learnt from, bool, aligned with `table.index`. They change no other row's
            part: which studies validate and test is drawn with them.
        held_out: For runs whose splits differ and which are judged on the same rows: the split that says which rows
            validate and test. The rows that it leaves for training are divided once more, by `split`: its training rows
            are learnt from, and what it would set aside is unused.

    Returns:
        A `Part` for each row, as text, aligned with `table.index`. `unused` occurs with 1:1:1 or `held_out` only, `left
        out` only among what were training rows.

    Raises:
        SplitError: If a row has no grade, or there are too few studies, rows or classes.
    """
    if table["severity"].isna().any():
        raise SplitError(
            f"{table['severity'].isna().sum()} of the rows have no grade.",
            "Only labelled rows can be divided.",
            "Leave the rows without a grade out.",
        )
    parts = pd.Series(Part.TRAIN.value, index=table.index, name="split", dtype="str")
    judged = held_out or split
    if judged.strategy is not SplitStrategy.THREE_WAY:
        parts[table["study_id"].isin(_test_studies(table, judged))] = Part.TEST.value
    rest = table[parts == Part.TRAIN]
    parts.loc[rest.index] = _divide(rest, judged)
    if held_out is not None:
        rest = table[parts == Part.TRAIN]
        sampled = _divide(rest, split)
        parts.loc[rest.index] = sampled.where(sampled == Part.TRAIN, Part.UNUSED.value)
    if left_out is not None:
        parts[left_out & (parts == Part.TRAIN)] = Part.LEFT_OUT.value
    if split.strategy is SplitStrategy.BALANCED_TRAIN:
        parts[_surplus(table[parts == Part.TRAIN], split.seed)] = Part.UNUSED.value
    _refuse_empty_parts(parts, judged)
    return parts


def leaks(split: SplitConfig) -> bool:
    """Whether slices of one study may be on both sides: the split by row, which the report used."""
    return split.unit is SplitUnit.ROW


def _test_studies(table: pd.DataFrame, split: SplitConfig) -> list[str]:
    studies = sorted(table["study_id"].unique(), key=lambda study: _lot(split.seed, "test", study))
    return studies[: round(split.test_share * len(studies))]


def _divide(rows: pd.DataFrame, split: SplitConfig) -> pd.Series:
    names = _unit_names(rows, split.unit)
    classes = rows["severity"].cat.codes.groupby(names).max()
    units = pd.DataFrame({"worst": classes, "lot": [_lot(split.seed, "validation", name) for name in classes.index]})
    by_lot = units.sort_values("lot").index
    match split.strategy:
        case SplitStrategy.RANDOM:
            validation, test = by_lot[: len(by_lot) // 5], by_lot[:0]
        case SplitStrategy.THREE_WAY:
            tenth = len(by_lot) // 10
            validation, test = by_lot[:tenth], by_lot[tenth : 2 * tenth]
        case SplitStrategy.STRATIFIED | SplitStrategy.BALANCED_TRAIN:
            validation, test = _fold(units, folds=5, fold=0), by_lot[:0]
        case SplitStrategy.K_FOLD:
            validation, test = _fold(units, folds=split.folds, fold=split.fold), by_lot[:0]
    parts = pd.Series(Part.TRAIN.value, index=rows.index, dtype="str")
    parts[names.isin(validation)] = Part.VALIDATION.value
    parts[names.isin(test)] = Part.TEST.value
    return parts


def _fold(units: pd.DataFrame, *, folds: int, fold: int) -> pd.Index:
    if folds > len(units):
        raise SplitError(
            f"{len(units)} studies or rows cannot be divided into {folds} folds.",
            "Every fold needs at least one.",
            "Ask for fewer folds, or use more data.",
        )
    # Dealt out like cards that are sorted by class: every fold gets its share of each.
    return units.sort_values(["worst", "lot"]).index[fold::folds]


def _surplus(train: pd.DataFrame, seed: int) -> pd.Index:
    sizes = train["severity"].value_counts()
    absent = [severity.value for severity in Severity if sizes.get(severity.value, 0) == 0]
    if absent:
        raise SplitError(
            f"No training row is graded {' or '.join(absent)}.",
            "Training rows in the ratio 1:1:1 need all three grades.",
            "Choose another split, or use more data.",
        )
    lots = _unit_names(train, SplitUnit.ROW).map(lambda name: _lot(seed, "surplus", name))
    place_in_class = lots.groupby(train["severity"], observed=True).rank(method="first")
    return train.index[place_in_class > sizes.min()]


def _unit_names(rows: pd.DataFrame, unit: SplitUnit) -> pd.Series:
    if unit is SplitUnit.STUDY:
        return rows["study_id"].astype("str")
    keys = ["study_id", "series_id", "instance_number", "condition", "side", "level"]
    return pd.Series([" ".join(map(str, row)) for row in rows[keys].itertuples(index=False)], index=rows.index)


def _lot(seed: int, purpose: str, name: str) -> str:
    return hashlib.sha256(f"{seed} {purpose} {name}".encode()).hexdigest()


def _refuse_empty_parts(parts: pd.Series, split: SplitConfig) -> None:
    wanted = [Part.TRAIN, Part.VALIDATION]
    if split.test_share > 0 or split.strategy is SplitStrategy.THREE_WAY:
        wanted.append(Part.TEST)
    empty = [part.value for part in wanted if part.value not in set(parts)]
    if empty:
        raise SplitError(
            f"The split “{split.strategy}” leaves no rows for {' and '.join(empty)}; there are {len(parts)} rows in all.",
            "Each part needs at least one study.",
            "Use more data, or another test share or split.",
        )
