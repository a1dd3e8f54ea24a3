"""The views of a tab, of which only the one that is looked at is computed; the address names it."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from pages.explore.address import read_view, write_view


def choose_view(views: Mapping[str, str], *, key: str) -> str:
    """Draw the choice among views.

    Args:
        views: Their titles, by the words for them in the address; the first needs no word.
        key: Of the choice's state.

    Returns:
        The word of the chosen one.
    """
    st.session_state[key] = read_view(views)
    words = {title: word for word, title in views.items()}
    title = st.segmented_control("Look at", list(words), required=True, on_change=partial(_take, key, words), key=key)
    return words[title]


def _take(key: str, words: Mapping[str, str]) -> None:
    title = st.session_state[key]
    write_view(None if title == next(iter(words)) else words[title])
