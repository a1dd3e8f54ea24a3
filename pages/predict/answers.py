"""Several answers as one table; the chosen one is shown whole."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from pages.predict.answer import draw_answer
from pages.predict.grading import Answer, Question
from pages.predict.kept import ANSWERS_KEY
from pages.predict.marks import choose_mark
from pages.predict.report import draw_report
from pages.predict.source import Study

COLUMNS = [5, 3]


def draw_answers(study: Study, asked: Sequence[Question], answers: Sequence[Answer]) -> None:
    """Draw a line for each point and run, with its answer if it has one, and the answer of the line that is chosen.

    Args:
        study: The images.
        asked: What stands in the table.
        answers: To some of them, or all.
    """
    st.subheader("Points", anchor=False)
    if not asked:
        st.info("None of the chosen models learned these points.", icon=":material/help:")
        return
    given = {answer.question.key: answer for answer in answers}
    event = st.dataframe(
        pd.DataFrame([_line(question, given.get(question.key)) for question in asked]),
        hide_index=True,
        column_config={
            "Probability": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
            "Slice": st.column_config.NumberColumn(format="%d"),
        },
        placeholder="–",
        key=ANSWERS_KEY,
        on_select=partial(_go_to, study, asked),
        selection_mode="single-row",
    )
    st.caption(_about(asked, answers))
    rows = [row for row in event["selection"]["rows"] if row < len(asked)]
    chosen = given.get(asked[rows[0]].key) if rows else None
    if chosen:
        explanation, answer = st.columns(COLUMNS, gap="large")
        with answer:
            draw_answer(chosen, explanation=explanation)
    draw_report([answer.finding for answer in answers])


def _line(question: Question, answer: Answer | None) -> dict[str, object]:
    place = question.mark.place
    return {
        "Level": place.level,
        "Side": place.side,
        "Condition": place.condition.display,
        "Model": question.listed.label,
        "Slice": question.mark.slice + 1,
        "Grade": None if answer is None else answer.finding.answer,
        "Probability": None if answer is None else answer.probability,
        "Warnings": None if answer is None else len(answer.grade.warnings),
    }


def _about(asked: Sequence[Question], answers: Sequence[Answer]) -> str:
    if not answers:
        return "Nothing is graded yet. Choose a line to go to its point."
    open_ones = len(asked) - len(answers)
    unsure = sum(not answer.sure for answer in answers)
    said = f"{len(answers)} of {len(asked)} answers are there" if open_ones else f"{len(answers)} answers"
    cannot = f"; in {unsure} of them the run cannot tell" if unsure else ""
    return f"{said}{cannot}. Choose a line to go to its point and to see why."


def _go_to(study: Study, asked: Sequence[Question]) -> None:
    rows = st.session_state[ANSWERS_KEY]["selection"]["rows"]
    if rows and rows[0] < len(asked):
        choose_mark(study, asked[rows[0]].mark)
