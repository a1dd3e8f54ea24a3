"""The points that a reader added to grade them together; a single one needs no list."""

from collections.abc import Sequence

import streamlit as st

from pages.predict.images import show_mark
from pages.predict.kept import CHOSEN_MARK_KEY, MARKS_KEY
from pages.predict.question import Mark, show_place
from pages.predict.source import Study


def read_marks(study: Study) -> list[Mark]:
    """The points that were added on these images; other images begin with none."""
    of, marks = st.session_state.get(MARKS_KEY, ("", []))
    if of == study.study_id:
        return list(marks)
    st.session_state.pop(CHOSEN_MARK_KEY, None)
    return []


def chosen_mark(marks: Sequence[Mark]) -> Mark | None:
    """The one among them that the reader looks at."""
    chosen = st.session_state.get(CHOSEN_MARK_KEY)
    return chosen if chosen in marks else None


def choose_mark(study: Study, mark: Mark) -> None:
    """Look at one of them; before the images are drawn."""
    st.session_state[CHOSEN_MARK_KEY] = mark
    show_mark(study, mark)
    show_place(mark.place)


def draw_mark_buttons(study: Study, marks: list[Mark], draft: Mark | None) -> None:
    """Draw what adds the marked point to the list, moves the chosen one there, or removes it.

    Args:
        study: The images.
        marks: What was added so far.
        draft: What is marked now; None until it is known what it stands for.
    """
    chosen = chosen_mark(marks)
    with st.container(horizontal=True):
        st.button(
            "Add point",
            icon=":material/add_location_alt:",
            key="predict_add",
            disabled=draft is None or draft in marks,
            on_click=_keep,
            args=(study, [*marks, draft], draft),
            help="Keeps this point in a list, so that several are graded together.",
        )
        if chosen is None:
            return
        others = [mark for mark in marks if mark != chosen]
        replaced = [draft if mark == chosen else mark for mark in marks]
        st.button(
            "Change",
            icon=":material/edit_location_alt:",
            key="predict_change",
            disabled=draft is None or draft in marks,
            on_click=_keep,
            args=(study, replaced, draft),
            help="The chosen point becomes what is marked now.",
        )
        st.button("Remove", icon=":material/delete:", key="predict_remove", on_click=_keep, args=(study, others, None))


def _keep(study: Study, marks: list[Mark], chosen: Mark | None) -> None:
    st.session_state[MARKS_KEY] = (study.study_id, marks)
    st.session_state[CHOSEN_MARK_KEY] = chosen
