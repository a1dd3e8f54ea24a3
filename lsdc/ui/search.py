"""The sidebar's part on what a sweep searches: any hyperparameter that can be searched, with its values or its range."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from lsdc.config import TrainingConfig
from lsdc.config.ranges import closed_bounds, is_whole_numbers, step_size
from lsdc.errors import ConfigError
from lsdc.sweeps.definition import SweepDefinition, ready_definitions
from lsdc.sweeps.space import SEARCHABLE, Choices, Dimension, SearchSpace, suggested_dimension
from lsdc.ui.errors import as_text
from lsdc.ui.fields import log_steps, parse_whole_numbers
from lsdc.ui.hyperparameters import fill_from

NAMES_KEY = "search_names"
READY_KEY = "search_ready"
OWN = "My own"
RANGE, VALUES = "Range", "Values"
ENDS = {"low": "From", "high": "To"}


@dataclass(frozen=True, kw_only=True)
class SearchChoice:
    """What the sidebar says is searched, or why it cannot be.

    Args:
        ready: The definition that it began from, if it ships with the program.
        search: As `SearchSpace.dump`.
        reason: Why it cannot be searched; empty if it can.
    """

    ready: SweepDefinition | None
    search: dict[str, Any]
    reason: str


def choose_search() -> SearchChoice:
    """Draw the sidebar's part; a ready definition fills it, and the hyperparameters that all trials share, too."""
    ready = ready_definitions()
    with st.sidebar, st.container(border=True):
        st.session_state.setdefault(READY_KEY, OWN)
        st.session_state.setdefault(NAMES_KEY, ["learning_rate", "dropout"])
        name = st.selectbox(
            "Begin from",
            [OWN, *ready],
            format_func=lambda key: ready[key].title if key in ready else key,
            key=READY_KEY,
            on_change=partial(_fill, ready),
            persist_state="session",
        )
        st.multiselect(
            "Search over", SEARCHABLE, format_func=_title, key=NAMES_KEY, persist_state="session", help=_WHY_NOT_ALL
        )
        search, problems = _read()
    return SearchChoice(ready=ready.get(name), search=search, reason=" ".join(problems))


_WHY_NOT_ALL = (
    "What decides the rows, or what the validation loss measures, is the same for all trials: "
    "otherwise their losses could not be compared."
)


def _read() -> tuple[dict[str, Any], list[str]]:
    search: dict[str, Any] = {}
    problems: list[str] = []
    for name in st.session_state[NAMES_KEY]:
        try:
            drawn = _draw(name)
            search |= SearchSpace.parse({name: drawn}).dump()
        except ConfigError as error:
            problems.append(error.happened)
            st.caption(f":red[{as_text(error.happened)} {as_text(error.expected)}]")
    if not st.session_state[NAMES_KEY]:
        problems.append("Choose at least one hyperparameter to search over.")
    return search, problems


def _draw(name: str) -> Any:
    """Draw the widgets of one searched hyperparameter; returns what it is to be, as `SearchSpace.parse` takes it."""
    suggested = suggested_dimension(name)
    if isinstance(suggested, Choices):
        key = _key(name, "values")
        st.session_state.setdefault(key, list(suggested.values))
        return st.multiselect(_title(name), suggested.values, format_func=str, key=key, persist_state="session")
    if suggested is None:
        return [parse_whole_numbers(part) for part in _draw_text(name, _EXAMPLE_LISTS).split(";") if part.strip()]
    st.session_state.setdefault(_key(name, "kind"), RANGE)
    kind = st.segmented_control(
        _title(name), [RANGE, VALUES], key=_key(name, "kind"), required=True, persist_state="session"
    )
    if kind == VALUES:
        return [
            part.strip() for part in _draw_text(name, "Separated by commas, such as 16, 32.").split(",") if part.strip()
        ]
    low, high = _draw_decades(name) if suggested.log else _draw_ends(name)
    return {"low": low, "high": high, "log": suggested.log}


_EXAMPLE_LISTS = "Lists separated by semicolons, such as 32, 64; 32, 64, 128."


def _draw_text(name: str, explanation: str) -> str:
    key = _key(name, "text")
    st.session_state.setdefault(key, "")
    return st.text_input(f"{_title(name)}: values", key=key, help=explanation, persist_state="session")


def _draw_ends(name: str) -> tuple[float, float]:
    low, high = closed_bounds(name)
    kind: type[int] | type[float] = int if TrainingConfig.model_fields[name].annotation is int else float
    ends = []
    for column, end, bound in zip(st.columns(2), ENDS, (low, high), strict=True):
        key = _key(name, end)
        st.session_state.setdefault(key, kind(bound))
        drawn = column.number_input(
            ENDS[end],
            min_value=kind(low),
            max_value=kind(high),
            step=kind(step_size(name)),
            format="%d" if kind is int else "%g",
            key=key,
            persist_state="session",
        )
        ends.append(drawn)
    return ends[0], ends[1]


def _draw_decades(name: str) -> tuple[float, float]:
    # A decade to each side of what is recommended: few would search all that is allowed.
    recommended = float(TrainingConfig.model_fields[name].default)
    low, high = closed_bounds(name)
    ends = []
    for column, end, factor in zip(st.columns(2), ENDS, (0.1, 10), strict=True):
        key = _key(name, end)
        st.session_state.setdefault(key, min(max(low, recommended * factor), high))
        steps = sorted({*log_steps(low, high), st.session_state[key]})
        drawn = column.selectbox(
            ENDS[end], steps, format_func=lambda value: f"{value:g}", key=key, persist_state="session"
        )
        ends.append(drawn)
    return ends[0], ends[1]


def _fill(ready: dict[str, SweepDefinition]) -> None:
    definition = ready.get(st.session_state[READY_KEY])
    if definition is None:
        return
    fill_from(definition.base, definition.preset)
    st.session_state[NAMES_KEY] = list(definition.space.dimensions)
    for name, dimension in definition.space.dimensions.items():
        _fill_dimension(name, dimension)


def _fill_dimension(name: str, dimension: Dimension) -> None:
    if not isinstance(dimension, Choices):
        st.session_state[_key(name, "kind")] = RANGE
        kind = int if dimension.whole else float
        st.session_state[_key(name, "low")] = kind(dimension.low)
        st.session_state[_key(name, "high")] = kind(dimension.high)
    elif is_whole_numbers(TrainingConfig.model_fields[name]):
        st.session_state[_key(name, "text")] = "; ".join(", ".join(map(str, value)) for value in dimension.values)
    elif isinstance(suggested_dimension(name), Choices):
        st.session_state[_key(name, "values")] = list(dimension.values)
    else:
        st.session_state[_key(name, "kind")] = VALUES
        st.session_state[_key(name, "text")] = ", ".join(map(str, dimension.values))


def _title(name: str) -> str:
    return TrainingConfig.model_fields[name].title or name


def _key(name: str, part: str) -> str:
    return f"search_{name}_{part}"
