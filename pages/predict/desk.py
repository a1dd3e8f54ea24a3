"""The reading desk: the images, the points on them, and what the runs answer."""

from collections.abc import Sequence

import streamlit as st

from lsdc.evaluation.calibration_file import read_calibration
from lsdc.evaluation.confidence import threshold_for
from lsdc.ui.errors import as_text, friendly_errors
from lsdc.ui.linked import Spot
from lsdc.ui.runs import ListedRun
from pages.predict.answer import draw_answer
from pages.predict.answers import draw_answers
from pages.predict.grading import Question, answers_to, grade_all, questions_of
from pages.predict.images import draw_images
from pages.predict.marks import draw_mark_buttons, read_marks
from pages.predict.question import Mark, Place, choose_place
from pages.predict.report import draw_report
from pages.predict.source import Study

COLUMNS = [5, 3]
SHARES = {1.0: "every point", 0.95: "the surest 95 %", 0.9: "the surest 90 %", 0.8: "the surest 80 %"}
SHARES |= {0.7: "the surest 70 %", 0.6: "the surest 60 %", 0.5: "the surest half"}


# Paging through slices runs this part alone: the rest of the page has nothing to do with it.
@st.fragment
def draw_desk(study: Study, runs: Sequence[ListedRun]) -> None:
    """Draw the images beside what is asked, and below them the answers.

    Args:
        study: The images.
        runs: What grades; the first says which series is shown first, and how large its crop is.
    """
    marks = read_marks(study)
    picture_column, question_column = st.columns(COLUMNS, gap="large")
    spot = None
    with picture_column, friendly_errors():
        spot = draw_images(study, runs[0].config, marks)
    if spot is None:
        return
    with question_column, friendly_errors():
        place = choose_place([listed.config for listed in runs], study.sample, study_id=study.study_id)
        share = _choose_share(runs)
        draft = _draft(spot, place)
        asked = questions_of(study, marks or ([draft] if draft else []), runs)
        if not marks and study.sample is None and spot.in_the_middle:
            st.warning("The point is still the middle of the image: mark the place first.", icon=":material/ads_click:")
        _draw_button(study, asked, several=len(asked) > 1)
        draw_mark_buttons(study, marks, draft)
        if not marks and draft is None:
            st.info(
                "Choose what the point stands for: its disc level, and the side if it is asked.", icon=":material/help:"
            )
        answers = answers_to(study, asked, share)
        if not marks and len(asked) == 1:
            for answer in answers:
                draw_answer(answer, explanation=picture_column)
                draw_report([answer.finding])
    if marks or len(asked) > 1:
        with friendly_errors():
            draw_answers(study, asked, answers)


def _draft(spot: Spot, place: Place) -> Mark | None:
    if place.level is None or place.side is None:
        return None
    return Mark(series=spot.series.key, slice=spot.place, image_id=spot.image_id, point=spot.point, place=place)


def _choose_share(runs: Sequence[ListedRun]) -> float:
    """Draw the choice of how many points a run is to answer, with what the first run reached on as many rows."""
    share = st.selectbox(
        "Answer for",
        list(SHARES),
        format_func=SHARES.__getitem__,
        key="predict_share",
        help="Of the other points a run says that it cannot tell. How sure it must be is taken from its own scored rows.",
    )
    if share == 1:
        return 1.0
    for listed in runs:
        _describe_share(listed, share)
    return float(share)


def _describe_share(listed: ListedRun, share: float) -> None:
    name = as_text(listed.label)
    if not listed.run.has_calibration:
        st.caption(f"{name} does not say how sure it must be: it answers every point.")
        return
    threshold = threshold_for(read_calibration(listed.run), share)
    right = "" if threshold.accuracy is None else f" and graded {threshold.accuracy:.0%} of them right"
    st.caption(
        f"{name} answers from a probability of {threshold.probability:.0%} on. So it answered {threshold.coverage:.0%} of "
        f"its {threshold.rows:,} {threshold.part} rows{right}."
    )


def _draw_button(study: Study, asked: Sequence[Question], *, several: bool) -> None:
    if not asked:
        return
    label = "Grade all points" if several else "Grade this point"
    if st.button(label, type="primary", icon=":material/radiology:", width="stretch", key="predict_grade"):
        grade_all(study, asked)
