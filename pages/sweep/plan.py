"""What will be searched, said before it is started."""

from typing import Any

import streamlit as st

from lsdc.errors import LsdcError
from lsdc.sweeps.control import start_sweep
from lsdc.sweeps.definition import SweepDefinition
from lsdc.ui.datasets import DataSet, count_rows
from lsdc.ui.errors import as_text, friendly_errors
from lsdc.ui.frame import SYNTHETIC_BADGE
from lsdc.ui.hyperparameters import Choice
from lsdc.ui.remarks import draw_split_remarks
from lsdc.ui.search import SearchChoice
from lsdc.ui.sweeps import title, word


def draw_plan(data: DataSet, search: SearchChoice, shared: Choice) -> None:
    """Draw what is searched, the budget, and the button that starts the sweep."""
    with st.container(border=True):
        mark = f" {SYNTHETIC_BADGE}" if data.synthetic else ""
        st.markdown(f"**What will be searched** on {as_text(data.name)}{mark}")
        budget = _draw_budget(search)
        definition, reason = _define(search, shared, budget)
        if definition is not None:
            reason = _draw_facts(data, definition)
        if reason:
            st.error(as_text(reason), icon=":material/block:")
        start = st.button(
            "Start the sweep", type="primary", icon=":material/play_arrow:", disabled=bool(reason), key="sweep_start"
        )
        if start and definition is not None:
            with friendly_errors():
                st.session_state["sweep_id"] = start_sweep(definition, data.root).sweep_id
                st.toast("The sweep has begun.", icon=":material/search:")


def _draw_budget(search: SearchChoice) -> dict[str, Any]:
    ready = search.ready
    # Another definition brings its own budget: by its name in the keys the fields begin anew.
    suffix = ready.title if ready else ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name", value=suffix or "My sweep", max_chars=60, key=f"sweep_title_{suffix}")
        trials = st.number_input(
            "Trials",
            min_value=1,
            max_value=1000,
            value=ready.trials if ready else 30,
            key=f"sweep_trials_{suffix}",
            width=140,
        )
        minutes = st.number_input(
            "Minutes of computing",
            min_value=0.0,
            value=0.0,
            step=30.0,
            format="%g",
            help="Of all trials together; none is begun afterwards. 0 sets no limit.",
            key=f"sweep_minutes_{suffix}",
            width=180,
        )
        prune = st.toggle(
            "Stop poor trials",
            value=True,
            help="Once five have finished, a trial is stopped whose validation loss is above the median of the others "
            "at the same epoch.",
            key="sweep_prune",
        )
    return {"title": name, "trials": trials, "minutes": minutes or None, "prune": prune}


def _define(search: SearchChoice, shared: Choice, budget: dict[str, Any]) -> tuple[SweepDefinition | None, str]:
    if search.reason or shared.config is None:
        return None, search.reason or shared.reason
    try:
        definition = SweepDefinition.parse(
            {**budget, "preset": shared.preset, "base": shared.config, "search": search.search}
        )
    except LsdcError as error:
        return None, f"{error.happened} {error.fix}"
    return definition, ""


def _draw_facts(data: DataSet, definition: SweepDefinition) -> str:
    """What is searched and how it is judged; returns the reason why it cannot be, or nothing."""
    try:
        rows = count_rows(data, definition.base)
    except LsdcError as error:
        return f"{error.happened} {error.fix}"
    for name, told in definition.space.dump().items():
        st.markdown(f"- **{as_text(title(name))}**: {as_text(_words(told))}")
    size = definition.space.size
    grid = f" There are {size:,.0f} combinations." if size < 10**9 else ""
    st.caption(
        f"Every trial is judged by its validation loss on the same {rows.get('validation', 0):,} rows; the "
        f"{rows.get('test', 0):,} test rows have no say in what is best.{grid}"
    )
    draw_split_remarks(definition.base, rows)
    if definition.held_out:
        st.caption(
            "The rows of validation and test are fixed for the whole sweep. Split strategies differ in which of the "
            "remaining rows a trial learns from: what a strategy would set aside of them is left out."
        )
    return ""


def _words(told: Any) -> str:
    if isinstance(told, list):
        return ", ".join(word(tuple(value) if isinstance(value, list) else value) for value in told)
    return f"{told['low']:g} to {told['high']:g}" + (", by decades" if told["log"] else "")
