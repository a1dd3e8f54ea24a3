"""The address of the page, which alone remembers what is looked at: whoever opens it sees the same."""

from collections.abc import Collection, Mapping

import streamlit as st

from lsdc.dataset.filters import DIMENSIONS, Filter

TAB, VIEW = "tab", "view"


def read_filter() -> tuple[Filter, list[str]]:
    """The filter that the address says, and the words that it cannot hold."""
    return Filter.from_address({name: st.query_params.get_all(name) for name in st.query_params})


def write_filter(chosen: Filter) -> None:
    """Put a filter into the address; the rest of it stays."""
    st.query_params.from_dict(_without([dimension.name for dimension in DIMENSIONS]) | chosen.to_address())


def read_tab(tabs: Mapping[str, str]) -> str:
    """The title of the tab that the address names, of those by their words; the first if it names none of them."""
    return _read(TAB, tabs)


def write_tab(tab: str | None) -> None:
    """Put the word of a tab into the address; None is the first one, which needs no word."""
    _write(TAB, tab)


def read_view(views: Mapping[str, str]) -> str:
    """The title of the tab's view that the address names, as for a tab."""
    return _read(VIEW, views)


def write_view(view: str | None) -> None:
    """Put the word of a tab's view into the address, as for a tab."""
    _write(VIEW, view)


def _read(name: str, titles: Mapping[str, str]) -> str:
    return titles.get(st.query_params.get(name, ""), next(iter(titles.values())))


def _write(name: str, word: str | None) -> None:
    st.query_params.from_dict(_without([name]) | ({name: [word]} if word else {}))


def _without(names: Collection[str]) -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params if name not in names}
