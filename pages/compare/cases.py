"""The cases of one cell of a confusion matrix: the list, and one of them with what the network saw of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from lsdc.charts.marked_slice import Mark, draw_marks
from lsdc.dataset.geometry import PixelPoint
from lsdc.evaluation.predictions import PROBABILITY_COLUMNS, ROW_KEYS, labels_of
from lsdc.evaluation.weighted import Ints
from lsdc.labels import Condition, Severity, Side
from lsdc.preprocessing.crops import extract_stack
from lsdc.ui.case import StudyAddress, case_address, case_path
from lsdc.ui.crops import draw_stack
from lsdc.ui.datasets import load_slice, load_slices_around
from lsdc.ui.errors import as_text
from lsdc.ui.scores import ScoredRun

KEYS = list(ROW_KEYS)
SLICE_PX = 420


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of a run's confusion matrix."""

    run: ScoredRun
    label: Severity
    shown: Severity


def draw_cases(
    cell: Cell, runs: Sequence[ScoredRun], scored: Mapping[str, pd.DataFrame], grades: Mapping[str, Ints]
) -> None:
    """Draw the rows of a cell with all runs' answers, and the one that is chosen among them.

    Args:
        cell: Which.
        runs: The runs on the page.
        scored: Their scored rows, by identifier.
        grades: Their grades of these rows.
    """
    run_id = cell.run.listed.run.run_id
    rows = scored[run_id]
    inside = (labels_of(rows) == cell.label.rank) & (grades[run_id] == cell.shown.rank)
    # The surest first: where a run is both sure and wrong, there is most to learn.
    cases = rows[inside].sort_values(cell.shown.probability_column, ascending=False, ignore_index=True)
    st.markdown(
        f"#### {len(cases):,} cases labelled {cell.label}, graded {cell.shown} by {as_text(cell.run.label)}",
    )
    if cases.empty:
        st.caption("No case is in this cell.")
        return
    for run in runs:
        answers = scored[run.listed.run.run_id]
        named = answers[KEYS].assign(**{run.label: [_severity(rank) for rank in grades[run.listed.run.run_id]]})
        cases = cases.merge(named, on=KEYS, how="left")
    chosen = _choose_case(cases, [run.label for run in runs])
    case = cases.iloc[chosen].to_dict()
    draw_case(cell.run, case, answers_to(case, runs, scored))


def _choose_case(cases: pd.DataFrame, answers: list[str]) -> int:
    percent = st.column_config.ProgressColumn(format="percent", min_value=0.0, max_value=1.0)
    state = st.dataframe(
        cases[["study_id", "condition", "side", "level", *PROBABILITY_COLUMNS, *answers]],
        hide_index=True,
        height=260 if len(cases) > 6 else "content",
        column_config={
            "study_id": st.column_config.NumberColumn("study", format="%d"),
            **{severity.probability_column: percent | {"label": severity.value} for severity in Severity},
        },
        on_select="rerun",
        selection_mode="single-row",
        placeholder="not scored",
        key="compare_cases",
    )
    picked = state["selection"]["rows"]
    return picked[0] if picked and picked[0] < len(cases) else 0


def draw_case(run: ScoredRun, case: Mapping[str, Any], answers: pd.DataFrame | None) -> None:
    """Draw a labelled point on its slice, the answers to it, and what a run saw of it.

    Args:
        run: Whose crops are shown.
        case: A row of its predictions table.
        answers: As `answers_to` gives them; None hides them.
    """
    left, right = st.columns([2, 3], gap="large")
    with right:
        st.markdown(
            f"**Study {case['study_id']}, {Condition(case['condition']).display}, {case['level']}, {case['side']}** · label **{case['label']}**"
        )
        if answers is not None:
            st.dataframe(answers, hide_index=True, placeholder="–", key="compare_case_answers")
    path = case_path(run.listed, case)
    if path is None:
        left.info(
            f"The images of this case belong to the data set “{as_text(run.listed.data_name)}”, which is not the one in "
            "use. Choose it under **Data** at the top to see them.",
            icon=":material/hide_image:",
        )
        return
    _, image = load_slice(path)
    point = PixelPoint.from_xy(case["x"], case["y"])
    with left:
        mark = Mark(point=point, label=case["level"], severity=Severity(case["label"]))
        st.image(draw_marks(image, [mark]), width=SLICE_PX, alt="The slice with the point.")
    with right:
        crop = run.listed.config.crop
        mirror = crop.mirror_right and case["side"] == Side.RIGHT
        around = load_slices_around(path, crop.neighbours)
        stack, real = extract_stack(around, point, crop, mirror=mirror)
        draw_stack(stack, real)
        st.caption(
            f"What {as_text(run.label)} saw" + ("." if len(stack) == 1 else "; the point lies on the middle one.")
        )
        with st.container(horizontal=True):
            st.page_link(
                "pages/predict/page.py",
                label="Open in Predict",
                icon=":material/radiology:",
                query_params={"run": run.listed.run.run_id, "case": case_address(case)},
            )
            st.page_link(
                "pages/explore/page.py",
                label="Open in Explore",
                icon=":material/search:",
                query_params=StudyAddress.of_point(case).link,
            )


def answers_to(case: Mapping[str, Any], runs: Sequence[ScoredRun], scored: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per run: its probabilities of a case, missing where its rows, by identifier, do not have it."""
    key = pd.DataFrame([{name: case[name] for name in KEYS}])
    answers = [
        key.merge(scored[run.listed.run.run_id], on=KEYS, how="left")[list(PROBABILITY_COLUMNS)].assign(run=run.label)
        for run in runs
    ]
    names = {severity.probability_column: severity.value for severity in Severity}
    table = pd.concat(answers, ignore_index=True).rename(columns=names)
    return table[["run", *names.values()]].round(3)


def _severity(rank: int) -> str:
    return list(Severity)[rank].value
