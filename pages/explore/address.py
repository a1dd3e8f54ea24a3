"""The address of the page, which alone remembers what is looked at: whoever opens it sees the same."""

from collections.abc import Collection, Mapping
from typing import TypeVar

import streamlit as st

from lsdc.dataset.filters import DIMENSIONS, Filter

TAB, VIEW = "tab", "view"
# Of the contact sheet; other rows begin at the first page.
PAGE = "page"

Choice = TypeVar("Choice")
Number = TypeVar("Number", int, float)


def read_filter() -> tuple[Filter, list[str]]:
    """The filter that the address says, and the words that it cannot hold."""
    return Filter.from_address({name: st.query_params.get_all(name) for name in st.query_params})


def write_filter(chosen: Filter) -> None:
    """Put a filter into the address; the rest of it stays, but for the page of the contact sheet."""
    st.query_params.from_dict(_without([PAGE, *(dimension.name for dimension in DIMENSIONS)]) | chosen.to_address())


def read_tab(tabs: Mapping[str, str]) -> str:
    """The title of the tab that the address names, of those by their words; the first if it names none of them."""
    return read_choice(TAB, tabs, next(iter(tabs.values())))


def write_tab(tab: str | None) -> None:
    """Put the word of a tab into the address; None is the first one, which needs no word."""
    write_word(TAB, tab)


def read_view(views: Mapping[str, str]) -> str:
    """The title of the tab's view that the address names, as for a tab."""
    return read_choice(VIEW, views, next(iter(views.values())))


def write_view(view: str | None) -> None:
    """Put the word of a tab's view into the address, as for a tab."""
    write_word(VIEW, view)


def read_choice(name: str, choices: Mapping[str, Choice], first: Choice) -> Choice:
    """Which of some choices, by their words, the address names; the first if it names none of them."""
    return choices.get(st.query_params.get(name, ""), first)


def read_number(name: str, first: Number, *, lowest: Number, highest: Number) -> Number:
    """The number that the address says; the first if it says none, or one beyond these limits."""
    try:
        number = type(first)(st.query_params.get(name, first))
    except ValueError:
        return first  # somebody wrote the address by hand
    return number if lowest <= number <= highest else first


def write_word(name: str, word: str | None) -> None:
    """Put a word under a name into the address; None takes it out, for what comes first."""
    st.query_params.from_dict(_without([name]) | ({name: [word]} if word else {}))


def _without(names: Collection[str]) -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params if name not in names}
