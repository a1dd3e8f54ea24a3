"""How the strategies divide the points of the filter, before a run is started."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from lsdc.charts.splits import about_leaks, about_studies, divided
from lsdc.config import PRESETS, SplitConfig, SplitStrategy, SplitUnit
from lsdc.dataset.splits import split_rows
from lsdc.dataset.tables import balance, labelled
from lsdc.errors import SplitError
from lsdc.ui.charts import show_titled
from lsdc.ui.datasets import DataSet
from lsdc.ui.errors import as_text
from pages.explore.address import read_choice, read_number, write_word

FIRST = PRESETS["recommended"].split
MOST_TEST, MOST_SEED = 0.5, 2**31 - 1
# The choices by their names in the address, and their words there; None for what comes first.
WORDS: dict[str, Callable[[Any], str | None]] = {
    "unit": lambda unit: None if unit == FIRST.unit else unit.value,
    "test": lambda share: None if share == FIRST.test_share else f"{share:g}",
    "seed": lambda seed: None if seed == FIRST.seed else str(seed),
    "balance": lambda balanced: "yes" if balanced else None,
}


def draw_splits(data: DataSet, table: pd.DataFrame) -> None:
    """Draw the choices that all strategies share, then each strategy's parts and what they share.

    Args:
        data: The data set in use.
        table: The rows that the filter keeps.
    """
    shared, balanced = _choose()
    rows = balance(table) if balanced else labelled(table)
    st.caption(
        f"The {len(rows):,} graded points of the filter in {as_text(data.name)}, divided as a run on just these would "
        "divide them. Of five folds, the first validates."
    )
    for strategies in (list(SplitStrategy)[:2], list(SplitStrategy)[2:4], list(SplitStrategy)[4:]):
        for strategy, column in zip(strategies, st.columns(2, gap="large"), strict=False):
            with column:
                _draw_strategy(rows, shared.model_copy(update={"strategy": strategy}))


def _choose() -> tuple[SplitConfig, bool]:
    """Draw what all strategies share, as the address says it: the split, and whether all-normal studies are left out."""
    units = {word.value: word for word in SplitUnit}
    keys = {name: f"explore_split_{name}" for name in WORDS}
    st.session_state[keys["unit"]] = read_choice("unit", units, FIRST.unit)
    st.session_state[keys["test"]] = read_number("test", FIRST.test_share, lowest=0.0, highest=MOST_TEST)
    st.session_state[keys["seed"]] = read_number("seed", FIRST.seed, lowest=0, highest=MOST_SEED)
    st.session_state[keys["balance"]] = read_choice("balance", {"yes": True}, first=False)

    def take(name: str) -> None:
        write_word(name, WORDS[name](st.session_state[keys[name]]))

    def remembered(name: str) -> dict[str, Any]:
        return {"key": keys[name], "on_change": take, "args": (name,)}

    with st.container(horizontal=True, vertical_alignment="bottom"):
        unit = st.segmented_control("Kept together", list(SplitUnit), required=True, **remembered("unit"))
        test = st.slider("Test share", 0.0, MOST_TEST, step=0.05, width=240, **remembered("test"))
        seed = st.number_input("Seed", 0, MOST_SEED, width=140, **remembered("seed"))
        balanced = st.toggle("Without all-normal studies", **remembered("balance"))
    return FIRST.model_copy(update={"unit": unit, "test_share": test, "seed": seed, "folds": 5, "fold": 0}), balanced


def _draw_strategy(rows: pd.DataFrame, split: SplitConfig) -> None:
    try:
        parts = split_rows(rows, split)
    except SplitError as error:
        st.markdown(f"#### {split.strategy}")
        st.info(f"{error.happened} {error.fix}", icon=":material/block:")
        return
    show_titled(divided(rows, parts, split.strategy))
    studies, leaks = about_studies(rows, parts), about_leaks(rows, parts)
    if leaks:
        st.warning(f"**This split leaks**: {leaks}. {studies}", icon=":material/water_drop:")
    else:
        st.caption(f":green[:material/check:] No study and no image is in two parts. {studies}")
