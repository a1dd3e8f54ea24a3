"""The 25 labels of a study as a table, and the one that is chosen with what a model sees of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from lsdc.charts.palette import SEVERITY_COLORS
from lsdc.config import CropConfig, TrainingConfig
from lsdc.dataset.study_labels import StudyLabel
from lsdc.errors import LsdcError
from lsdc.labels import TARGETS, Level
from lsdc.ui.case import StudyAddress, case_address
from lsdc.ui.crops import draw_stack, load_stack
from lsdc.ui.datasets import DataSet
from lsdc.ui.errors import show_advice
from lsdc.ui.runs import read_runs
from pages.explore.cut import describe_crop

TABLE = "explore_labels"
# Behind dark and light text alike, a third of the grade's colour.
TINT = "55"
NO_GRADE, NO_POINT = "no grade", "no point"


def draw_labels(labels: Sequence[StudyLabel], points: pd.DataFrame, address: StudyAddress) -> None:
    """Draw the table, in which a click leads to the point.

    Args:
        labels: All of the study.
        points: Its rows of the label table.
        address: What is shown now.
    """
    st.markdown("#### Labels of the study")
    missing = sum(label.severity is None for label in labels)
    unmarked = sum(label.point is None for label in labels)

    def take() -> None:
        cells = st.session_state[TABLE]["selection"]["cells"]
        if cells:
            row, column = cells[0]
            _go_to(_at(labels, row, str(column)), points, address)

    table = label_table(labels, address.point)
    st.dataframe(
        table.style.apply(lambda _: _tints(labels), axis=None),
        on_select=take,
        selection_mode="single-cell",
        key=TABLE,
    )
    st.caption(
        f"{len(labels) - missing} of {len(labels)} are graded, {len(labels) - unmarked} have a point. "
        "A click on one shows its point; → is the one shown."
    )


def label_table(labels: Sequence[StudyLabel], chosen: str) -> pd.DataFrame:
    """A row for each thing that is graded and a column for each level, in words.

    Args:
        labels: All of a study.
        chosen: The column of train.csv of the label that is shown.
    """
    words: dict[str, dict[str, str]] = {level.value: {} for level in Level}
    for label in labels:
        said = [label.severity or NO_GRADE] + [NO_POINT] * (label.point is None)
        words[label.level.value][label.target.title] = "→ " * (label.column == chosen) + ", ".join(said)
    return pd.DataFrame(words)


def _tints(labels: Sequence[StudyLabel]) -> pd.DataFrame:
    tints = label_table(labels, "")
    for label in labels:
        color = f"background-color: {SEVERITY_COLORS[label.severity]}{TINT}" if label.severity else "opacity: 0.6"
        tints.loc[label.target.title, label.level.value] = color
    return tints


def _at(labels: Sequence[StudyLabel], row: int, column: str) -> StudyLabel:
    return next(label for label in labels if label.target == TARGETS[row] and label.level == column)


def _go_to(label: StudyLabel, points: pd.DataFrame, address: StudyAddress) -> None:
    if label.point is None:
        replace(address, point=label.column).go()
        return
    found = StudyAddress.of_point(points.loc[label.point].to_dict())
    # The series beside stays, unless it is the one that the point is on.
    replace(found, beside="" if address.beside == found.series else address.beside).go()


def draw_point(data: DataSet, label: StudyLabel | None, points: pd.DataFrame, crop: CropConfig) -> None:
    """Draw the crops of a label's point as a model sees them, and the way to Predict."""
    if label is None:
        st.markdown("#### As a model sees it")
        st.caption("Choose a label in the table, or a point on the image.")
        return
    st.markdown(f"#### {label.target.title}, {label.level}: {label.severity or NO_GRADE}")
    if label.point is None:
        st.caption("Nobody marked a point for this label, so there is nothing to cut.")
        return
    point = points.loc[label.point].to_dict()
    try:
        stack, real = load_stack(data, point, crop)
    except LsdcError as error:
        show_advice(error)
    else:
        draw_stack(stack, real)
        missing = int((~real).sum())
        absent = (
            f" {missing} of its slices {'is' if missing == 1 else 'are'} missing, and shown faded." if missing else ""
        )
        st.caption(f"As a model sees it: {describe_crop(crop)}{absent}")
    _link_to_predict(label, point)


def _link_to_predict(label: StudyLabel, point: Mapping[str, Any]) -> None:
    runs, _ = read_runs()
    able = [listed for listed in runs if listed.run.can_predict and _has_learned(listed.config, label)]
    st.page_link(
        "pages/predict/page.py",
        label="Grade it in Predict",
        icon=":material/radiology:",
        disabled=not able,
        help=None if able else "No model here has learned this condition, side and level.",
        query_params={"case": case_address(point), **({"run": able[0].run.run_id} if able else {})},
    )


def _has_learned(config: TrainingConfig, label: StudyLabel) -> bool:
    return label.target in config.targets and label.level in config.levels
