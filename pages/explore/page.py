"""What is in the data set in use, and what its images look like."""

import streamlit as st

from lsdc.dataset.tables import select_rows
from lsdc.labels import TARGETS
from lsdc.ui.datasets import count_studies_without_images, require_data_set
from lsdc.ui.errors import friendly_errors
from lsdc.ui.frame import open_page
from pages.explore.overview import draw_overview
from pages.explore.rows import draw_rows
from pages.explore.slices import draw_slices

open_page("Explore", "How many points there are, how they are graded, and where they lie on the images.")
data = require_data_set()
if without_images := count_studies_without_images(data):
    st.warning(
        f"{without_images:,} of {data.table['study_id'].nunique():,} labelled studies have no images in train_images. "
        "Their points are counted here, but a run cannot learn from them.",
        icon=":material/broken_image:",
    )

targets = st.pills(
    "Condition and side",
    TARGETS,
    selection_mode="multi",
    default=TARGETS,
    format_func=lambda target: target.title,
    key="explore_targets",
    persist_state="session",
)
table = select_rows(data.table, targets=targets)
if table.empty:
    st.info("No points to show. Choose at least one condition and side above.", icon=":material/filter_alt:")
    st.stop()

overview, slices, rows = st.tabs(["Overview", "Slices", "Rows"], on_change="rerun", key="explore_tab")
if overview.open:
    with overview, friendly_errors():
        draw_overview(table)
if slices.open:
    with slices, friendly_errors():
        draw_slices(data, table)
if rows.open:
    with rows, friendly_errors():
        draw_rows(data, table)
