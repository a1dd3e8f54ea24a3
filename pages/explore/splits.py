"""How the strategies divide the points of the filter, before a run is started."""

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


def draw_splits(data: DataSet, table: pd.DataFrame) -> None:
    """Draw the choices that all strategies share, then each strategy's parts and what they share.

    Args:
        data: The data set in use.
        table: The rows that the filter keeps.
    """
    first = PRESETS["recommended"].split
    with st.container(horizontal=True, vertical_alignment="bottom"):
        unit = st.segmented_control(
            "Kept together", list(SplitUnit), default=first.unit, required=True, key="explore_split_unit"
        )
        test_share = st.slider("Test share", 0.0, 0.5, first.test_share, 0.05, key="explore_split_test", width=240)
        seed = st.number_input("Seed", 0, 2**31 - 1, first.seed, key="explore_split_seed", width=140)
        balanced = st.toggle("Without all-normal studies", key="explore_split_balance")
    rows = balance(table) if balanced else labelled(table)
    st.caption(
        f"The {len(rows):,} graded points of the filter in {as_text(data.name)}, divided as a run on just these would "
        "divide them. Of five folds, the first validates."
    )
    for strategies in (list(SplitStrategy)[:2], list(SplitStrategy)[2:4], list(SplitStrategy)[4:]):
        for strategy, column in zip(strategies, st.columns(2, gap="large"), strict=False):
            split = SplitConfig(strategy=strategy, unit=unit, test_share=test_share, folds=5, fold=0, seed=seed)
            with column:
                _draw_strategy(rows, split)


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
