"""What the model saw: its slices, how much each weighed, and how good the run is with as many."""

import streamlit as st

from lsdc.dataset.geometry import Plane
from lsdc.errors import CorruptRunError
from lsdc.evaluation.metrics import METRICS
from lsdc.evaluation.metrics_file import read_metrics
from lsdc.labels import Side
from lsdc.prediction.grade import Grade
from lsdc.runs import RunFolder
from lsdc.ui.images import faded
from pages.predict.grading import Answer

SINGLE_PX, SLICE_PX = 128, 72
DIRECTIONS = {
    Plane.SAGITTAL: "from the patient's right to the left",
    Plane.AXIAL: "from the patient's feet to the head",
    Plane.CORONAL: "from the patient's front to the back",
}


def draw_seen(answer: Answer) -> None:
    """Draw the slices in the order of the patient, whichever way the network took them."""
    grade, question = answer.grade, answer.question
    listed = question.listed
    mirrored = listed.config.crop.mirror_right and question.mark.place.side is Side.RIGHT and not grade.reversed_order
    turned = " Right and left are exchanged, since the model learned from left sides." if mirrored else ""
    who = "the first member" if listed.members else "the model"
    if grade.num_slices == 1:
        st.image(grade.stack[0], width=SINGLE_PX, alt=f"The image that {who} saw.")
        st.caption(f"What {who} saw.{turned}")
        return
    _draw_slices(grade)
    plane = question.image.plane
    direction = f", {DIRECTIONS[plane.plane]}" if plane else ""
    st.caption(f"What {who} saw{direction}; you marked slice {grade.num_slices // 2 + 1}.{turned}")
    own = "Each member weighs the slices in its own way." if listed.members else ""
    sentences = (_decision(grade), own, _basis(answer), _figures(listed.run, grade.num_real))
    st.markdown(" ".join(sentence for sentence in sentences if sentence))


def _draw_slices(grade: Grade) -> None:
    decisive = _decisive(grade)
    with st.container(horizontal=True, gap="xsmall", key="predict_stack"):
        for number, index in enumerate(grade.given_order, start=1):
            pixels, real = grade.stack[index], grade.real[index]
            with st.container(width=SLICE_PX, gap="xxsmall", horizontal_alignment="center"):
                words = f"Slice {number} of {grade.num_slices}" + ("" if real else ", which is missing")
                st.image(pixels if real else faded(pixels), width=SLICE_PX, alt=words)
                st.markdown(_weight(grade, index, is_decisive=index == decisive), text_alignment="center")


def _weight(grade: Grade, index: int, *, is_decisive: bool) -> str:
    if not grade.real[index]:
        return ":gray[missing]"
    if grade.attention is None:
        return ""
    share = f"{grade.attention[index]:.0%}"
    return f":primary-badge[{share}]" if is_decisive else share


def _decision(grade: Grade) -> str:
    """Which slice decided; nothing where one alone could."""
    decisive = _decisive(grade)
    if grade.attention is None or decisive is None:
        return ""
    number = grade.given_order.index(decisive) + 1
    marked = ", the one you marked," if decisive == grade.num_slices // 2 else ""
    return f"Slice {number} of {grade.num_slices}{marked} decided most ({grade.attention[decisive]:.0%})."


def _basis(answer: Answer) -> str:
    grade, question = answer.grade, answer.question
    if grade.num_real == grade.num_slices:
        return f"The answer was made from all {grade.num_slices} slices."
    reason = question.series.why_no_more(question.mark.slice)
    return f"The answer was made from {grade.num_real} of {grade.num_slices} slices; {reason}."


def _figures(run: RunFolder, num_real: int) -> str:
    """What the run reached with as many slices, or with the next smaller number that was measured."""
    try:
        metrics = read_metrics(run)
    except CorruptRunError:
        return ""  # Compare lists it with the reason; the answer stands without
    measured = {count: scores for count, scores in metrics.get("by_slices", {}).items() if count <= num_real}
    if not measured:
        return ""
    count = max(measured)
    metric = METRICS[0]
    score = measured[count]["metrics"][metric.name]
    if score["value"] is None:
        return ""
    interval = "" if score["low"] is None else f" ({score['low']:.2f}–{score['high']:.2f})"
    slices = "1 slice" if count == 1 else f"{count} slices"
    return (
        f"With {slices} this run reached a {metric.title.lower().replace('auc', 'AUC')} of {score['value']:.2f}{interval} "
        f"on its {metrics['scored_on']} rows."
    )


def _decisive(grade: Grade) -> int | None:
    """The index of the slice that weighed most; None without weights, and where there was one slice only."""
    if grade.attention is None or grade.num_real == 1:
        return None
    return max(range(grade.num_slices), key=lambda index: grade.attention[index])
