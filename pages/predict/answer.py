"""One answer: the grade of a point, how far it can be believed, and what may be wrong with it."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lsdc.charts.scores import class_probabilities
from lsdc.evaluation.confidence import reliability_at
from lsdc.labels import Severity
from lsdc.prediction.finding import CANNOT_TELL
from lsdc.ui.charts import show_chart
from lsdc.ui.errors import as_text
from lsdc.ui.frame import SYNTHETIC_BADGE
from pages.predict.grading import Answer
from pages.predict.nearest import draw_nearest
from pages.predict.seen import draw_seen
from pages.predict.why import about_click, draw_why

# The theme's names of the hues that `SEVERITY_COLORS` has.
TEXT_HUES = {Severity.NORMAL_MILD: "blue", Severity.MODERATE: "orange", Severity.SEVERE: "red"}


def draw_answer(answer: Answer, *, explanation: DeltaGenerator) -> None:
    """Draw a grade with what it rests on.

    Args:
        answer: What is drawn.
        explanation: Where the reasons stand.
    """
    with st.container(border=True):
        _draw_grade(answer)
        if answer.grade.by_member:
            _draw_members(answer)
        click_warning = st.container()
        draw_seen(answer)
        _draw_source(answer)
    with explanation, st.container(border=True):
        stability = draw_why(answer)
        draw_nearest(answer.finding)
    if stability and (said := about_click(stability)):
        click_warning.warning(said, icon=":material/ads_click:")


def _draw_grade(answer: Answer) -> None:
    grade = answer.grade
    st.markdown(f":small[:gray[{answer.finding.title}]]")
    shown = f":{TEXT_HUES[grade.severity]}[{grade.severity}]" if answer.sure else f":gray[{CANNOT_TELL.capitalize()}]"
    st.subheader(shown, anchor=False)
    if answer.threshold and not answer.sure:
        st.markdown(
            f"{grade.severity} is the most probable, with {answer.probability:.0%}; for the share of points that you "
            f"chose this run answers from {answer.threshold.probability:.0%} on."
        )
    chances = ", ".join(f"{severity} {share:.1%}" for severity, share in grade.probabilities.items())
    show_chart(class_probabilities(grade.probabilities), sentence=f"Probabilities: {chances}.")
    if said := _about_reliability(answer):
        st.caption(said)
    for warning in grade.warnings:
        st.warning(as_text(warning), icon=":material/warning:")


def _about_reliability(answer: Answer) -> str:
    """How often the run was right when it was about as sure, on rows that did not fit its temperature."""
    if answer.record is None:
        return "This run does not say how often it is right when it is as sure as here."
    part = answer.record["reliability"]["part"]
    found = reliability_at(answer.record, answer.probability)
    if found is None:
        return f"None of this run's {part} rows had about this probability."
    right = found["accuracy"]
    between = "" if right["low"] is None else f" (95 % interval {right['low']:.0%} to {right['high']:.0%})"
    rows = "the one" if found["rows"] == 1 else f"its {found['rows']:,}"
    return (
        f"Of {rows} {part} rows with a probability from {found['low']:.0%} to {found['high']:.0%}, this run graded "
        f"{right['value']:.0%} right{between}."
    )


def _draw_members(answer: Answer) -> None:
    grade = answer.grade
    names = {member.run_id: member.notes().name or member.run_id for member in answer.question.listed.run.networks()}
    lines = [{"Member": names[member], **shares} for member, shares in grade.by_member.items()]
    alike = sum(max(shares, key=shares.__getitem__) is grade.severity for shares in grade.by_member.values())
    with st.expander(f"{alike} of {len(lines)} members say {grade.severity}", icon=":material/join:"):
        percent = st.column_config.NumberColumn(format="percent")
        st.dataframe(
            pd.DataFrame(lines), hide_index=True, column_config=dict.fromkeys(Severity, percent), key="predict_members"
        )
        st.caption("The answer is the mean of their probabilities.")


def _draw_source(answer: Answer) -> None:
    listed, label = answer.question.listed, answer.question.label
    mark = f" {SYNTHETIC_BADGE}" if listed.synthetic else ""
    when = f" on {listed.started}" if listed.started else ""
    truth = f"  \nLabel in the data set: **{label}**." if label else ""
    st.caption(
        f"Graded by {as_text(listed.label)}, which learned from {as_text(listed.data_name)}{mark}{when}; "
        f"this took {answer.grade.milliseconds:.0f} ms.{truth}"
    )
    st.caption("**Research use only.** Not a medical device; no basis for a diagnosis or a treatment.")
