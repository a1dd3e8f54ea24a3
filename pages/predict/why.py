"""Why this grade: what spoke for it in the image, and whether a click beside it would have given it too."""

import numpy as np
import streamlit as st
from PIL import Image, ImageFilter

from lsdc.charts.palette import SEVERITY_COLORS
from lsdc.charts.stability import click_grid
from lsdc.labels import Severity
from lsdc.prediction.occlusion import COVER_SHARE, Occlusion, occlude
from lsdc.prediction.stability import REACH_MM, Stability, click_stability
from lsdc.ui.charts import show_chart
from lsdc.ui.graders import cached_grader, turn_to_explain
from pages.predict.grading import Answer
from pages.predict.kept import WHY_KEY

SHOWN_PX = 260
# The map of clicks with its axes.
CLICKS_PX = 340
# Two people who mark the same place differ by about as much; a grade that changes within it is a matter of luck.
CLICK_SPREAD_MM = 2.0
# Below this share of probability no part of the image is said to have mattered.
LEAST_EFFECT = 0.05
DEEPEST_TINT = 0.65


def draw_why(answer: Answer) -> Stability | None:
    """Draw both explanations; returns the second one, which is None where clicks around this one cannot be placed.

    They are computed once for an answer, and kept with the reader's session.
    """
    asked = (answer.question.study.study_id, answer.question.key)
    kept = st.session_state.get(WHY_KEY)
    if kept is None or kept[0] != asked:
        with turn_to_explain():
            kept = (asked, *_explain(answer))
        st.session_state[WHY_KEY] = kept
    _, stability, occlusion = kept
    st.subheader("Why this grade", anchor=False)
    # Each of a fixed width, the second below the first where there is no room for both.
    beside_each_other = st.container(horizontal=True, gap="large")
    with beside_each_other.container(width=SHOWN_PX):
        sentence = _about_parts(occlusion)
        st.markdown("#### What spoke for it")
        st.image(_tinted(answer.grade.stack[answer.grade.num_slices // 2], occlusion), width=SHOWN_PX, alt=sentence)
        st.caption(sentence)
    with beside_each_other.container(width=CLICKS_PX):
        if stability is None:
            st.caption("The image does not say its pixel spacing, so clicks around this one cannot be placed.")
        else:
            chart = click_grid(stability.table(), stability.offsets_mm.tolist())
            show_chart(chart, title="Clicks around this one, in mm", sentence=_about_clicks(stability), width="content")
    return stability


def about_click(stability: Stability) -> str:
    """A warning if a click that means the same place gives another grade, else nothing."""
    if stability.flip is None or stability.flip[0] > CLICK_SPREAD_MM:
        return ""
    distance_mm, other = stability.flip
    return (
        f"**This grade depends on the click.** {distance_mm:.0f} mm beside it, it is {other}. "
        "Two people who mark the same place differ by as much."
    )


def _explain(answer: Answer) -> tuple[Stability | None, Occlusion]:
    question, finding = answer.question, answer.finding
    grader = cached_grader(question.listed.run)
    words = {"condition": finding.condition, "level": finding.level, "side": finding.side}
    stability = None
    bar = st.progress(0.0, "Grading clicks around this one …")
    if finding.image.spacing_mm is not None:
        stability = click_stability(
            grader, question.around, finding.point, **words, report=lambda done, of: bar.progress(done / of / 2)
        )
    bar.progress(0.5, "Covering parts of the image …")
    view = grader.look(question.around, finding.point, side=finding.side)
    occlusion = occlude(
        grader, view, answer.grade.severity, **words, report=lambda done, of: bar.progress(0.5 + done / of / 2)
    )
    bar.empty()
    return stability, occlusion


def _about_parts(occlusion: Occlusion) -> str:
    if occlusion.probability - occlusion.lowest < LEAST_EFFECT:
        return (
            f"No single part of what the model saw decided: whichever is covered, the probability of {occlusion.severity} "
            f"falls by less than {LEAST_EFFECT * 100:.0f} points."
        )
    return (
        f"Coloured is what spoke for {occlusion.severity}. With the strongest part covered, its probability falls from "
        f"{occlusion.probability:.0%} to {occlusion.lowest:.0%}."
    )


def _about_clicks(stability: Stability) -> str:
    if stability.flip is None:
        return f"All clicks up to {REACH_MM:g} mm to each side give the same grade."
    distance_mm, other = stability.flip
    return (
        f"{stability.share_alike:.0%} of them give the same grade; the nearest other, {other}, "
        f"is {distance_mm:.0f} mm away. Fainter is less sure."
    )


def _tinted(grey: np.ndarray, occlusion: Occlusion) -> Image.Image:
    """What the model saw, with the colour of the grade where it spoke for it; uint8 (px, px) in, `SHOWN_PX` out."""
    size = (SHOWN_PX, SHOWN_PX)
    shown = Image.fromarray(grey).convert("RGB").resize(size, Image.Resampling.BICUBIC)
    strength = np.clip(occlusion.effect, 0, None) / max(float(occlusion.effect.max()), LEAST_EFFECT)
    mask = Image.fromarray((strength * DEEPEST_TINT * 255).astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)
    # The covers' edges are no edges of the image.
    mask = mask.filter(ImageFilter.GaussianBlur(SHOWN_PX * COVER_SHARE / 4))
    tint = Image.new("RGB", size, SEVERITY_COLORS[Severity(occlusion.severity)])
    return Image.composite(tint, shown, mask)
