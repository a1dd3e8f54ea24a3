"""The grade of a point, and what may be wrong with it."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lsdc.charts.scores import class_probabilities
from lsdc.dataset.geometry import PixelPoint
from lsdc.labels import Severity
from lsdc.prediction.grade import Grade
from lsdc.ui.charts import show_chart
from lsdc.ui.errors import as_text
from lsdc.ui.frame import SYNTHETIC_BADGE
from lsdc.ui.graders import cached_grader
from lsdc.ui.runs import ListedRun
from pages.predict.question import Place
from pages.predict.seen import draw_seen
from pages.predict.source import ChosenImage
from pages.predict.why import about_click, draw_why

# The theme's names of the hues that `SEVERITY_COLORS` has.
TEXT_HUES = {Severity.NORMAL_MILD: "blue", Severity.MODERATE: "orange", Severity.SEVERE: "red"}


def draw_answer(
    listed: ListedRun, chosen: ChosenImage, point: PixelPoint, place: Place, *, explanation: DeltaGenerator
) -> None:
    """Draw the button, and the grade of exactly what was asked last; another point or place takes it away.

    Args:
        listed: The run that grades.
        chosen: The image.
        point: On the image.
        place: What the point stands for.
        explanation: Where the reasons stand.
    """
    if place.level is None or place.side is None:
        st.info(
            "Choose what the point stands for: its disc level, and the side if it is asked.", icon=":material/help:"
        )
        return
    present = tuple(image is not None for image in chosen.around)
    question = (listed.run.run_id, chosen.image_id, present, point, place)
    if st.button("Grade this point", type="primary", icon=":material/radiology:", width="stretch", key="predict_grade"):
        st.session_state["predict_question"] = question
    if st.session_state.get("predict_question") != question:
        return
    grader = cached_grader(listed.run)
    grade = grader.grade(chosen.around, point, condition=place.condition, level=place.level, side=place.side)
    with st.container(border=True):
        _draw_grade(place, grade)
        if grade.by_member:
            _draw_members(listed, grade)
        click_warning = st.container()
        draw_seen(listed, chosen, place, grade)
        _draw_source(listed, chosen, grade)
    with explanation, st.container(border=True):
        stability = draw_why(grader, chosen, point, place, grade, question)
    if stability and (said := about_click(stability)):
        click_warning.warning(said, icon=":material/ads_click:")


def _draw_grade(place: Place, grade: Grade) -> None:
    title = f"{place.condition.display}, {place.level}, {place.side}"
    st.markdown(f":small[:gray[{title}]]")
    st.subheader(f":{TEXT_HUES[grade.severity]}[{grade.severity}]", anchor=False)
    chances = ", ".join(f"{severity} {share:.1%}" for severity, share in grade.probabilities.items())
    show_chart(class_probabilities(grade.probabilities), sentence=f"Probabilities: {chances}.")
    for warning in grade.warnings:
        st.warning(as_text(warning), icon=":material/warning:")


def _draw_members(listed: ListedRun, grade: Grade) -> None:
    names = {member.run_id: member.notes().name or member.run_id for member in listed.run.networks()}
    lines = [{"Member": names[member], **shares} for member, shares in grade.by_member.items()]
    alike = sum(max(shares, key=shares.__getitem__) is grade.severity for shares in grade.by_member.values())
    with st.expander(f"{alike} of {len(lines)} members say {grade.severity}", icon=":material/join:"):
        percent = st.column_config.NumberColumn(format="percent")
        st.dataframe(
            pd.DataFrame(lines), hide_index=True, column_config=dict.fromkeys(Severity, percent), key="predict_members"
        )
        st.caption("The answer is the mean of their probabilities.")


def _draw_source(listed: ListedRun, chosen: ChosenImage, grade: Grade) -> None:
    mark = f" {SYNTHETIC_BADGE}" if listed.synthetic else ""
    when = f" on {listed.started}" if listed.started else ""
    truth = f"  \nLabel in the data set: **{chosen.label}**." if chosen.label else ""
    st.caption(
        f"Graded by {as_text(listed.label)}, which learned from {as_text(listed.data_name)}{mark}{when}; "
        f"this took {grade.milliseconds:.0f} ms.{truth}"
    )
    st.caption("**Research use only.** Not a medical device; no basis for a diagnosis or a treatment.")
