"""The training cases that look most like a point, and whether the run has learned from anything like it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from lsdc.dataset.geometry import PixelPoint
from lsdc.errors import LsdcError
from lsdc.labels import Side
from lsdc.prediction.finding import Finding
from lsdc.prediction.neighbours import FAR_PERCENTILE, Nearest
from lsdc.preprocessing.crops import extract_crop
from lsdc.runs import RunFolder
from lsdc.ui.case import case_address, data_set_of, find_case
from lsdc.ui.datasets import DataSet, load_slice

CASE_PX = 104
COLUMNS = {"label": "Label", "level": "Level", "side": "Side", "study_id": "Study", "distance": "Distance"}


def draw_nearest(finding: Finding) -> None:
    """Draw the cases with their labels; pictures of them where the data set in use is the one that the run learned from."""
    st.markdown("#### Nearest training cases")
    nearest = finding.grade.nearest
    if nearest is None:
        st.caption("This run has not kept what it made of its training cases.")
        return
    first = finding.run.networks()[0]
    data = data_set_of(finding.run)
    if data:
        _draw_pictures(nearest, data, first)
    else:
        distance = st.column_config.NumberColumn(format="%.2f")
        table = nearest.rows[list(COLUMNS)].rename(columns=COLUMNS)
        st.dataframe(table, hide_index=True, column_config={"Distance": distance}, key="predict_nearest")
    st.caption(_about(finding, nearest))


def _about(finding: Finding, nearest: Nearest) -> str:
    grade, count = finding.grade.severity, len(nearest.rows)
    alike = int((nearest.rows["label"] == grade).sum())
    how_many = {0: f"None of the {count}", count: f"All {count}"}.get(alike, f"{alike} of the {count}")
    whose = "the first member" if finding.run.is_ensemble else "the model"
    said = f"{how_many} training cases that look most like it to {whose} are labelled {grade}."
    if nearest.learned:
        return f"{said} The first is this very point: the model learned from it."
    return (
        f"{said} {nearest.percentile:.1f} % of all training cases lie nearer to others than this place does; "
        f"from {FAR_PERCENTILE:.0f} % on it counts as unlike them. A distance of 1 is usual."
    )


def _draw_pictures(nearest: Nearest, data: DataSet, first: RunFolder) -> None:
    with st.container(horizontal=True, gap="small", key="predict_nearest"):
        for case in nearest.rows.to_dict(orient="records"):
            with st.container(width=CASE_PX, gap="xxsmall"):
                _draw_case(case, data, first)


def _draw_case(case: Mapping[str, Any], data: DataSet, first: RunFolder) -> None:
    crop = _crop(case, data, first)
    name = f"Study {case['study_id']}, {case['level']}, {case['side']}"
    if crop is None:
        st.caption("No image")
    else:
        st.image(crop, width=CASE_PX, alt=f"{name}, labelled {case['label']}.")
    st.markdown(f":small[**{case['label']}**  \n{case['level']}, {case['side']}  \ndistance {case['distance']:.2f}]")


def _crop(case: Mapping[str, Any], data: DataSet, first: RunFolder) -> Any:
    """What the network saw of a training case, of its own slice alone; None if its image is gone."""
    place = find_case(data.table, case_address(case))
    if place is None:
        return None
    row: pd.Series = data.table.iloc[place]
    config = first.config.crop
    mirror = config.mirror_right and Side(row["side"]) is Side.RIGHT
    try:
        _, image = load_slice(data.root / row["image"])
        return extract_crop(image, PixelPoint.from_xy(row["x"], row["y"]), config, mirror=mirror)
    except LsdcError:
        return None  # Explore says why; the case's label stands all the same
