"""What is in the data set in use, and what its images look like."""

import streamlit as st

from lsdc.ui.case import CASES_TAB, StudyAddress
from lsdc.ui.datasets import count_studies_without_images, require_data_set
from lsdc.ui.errors import friendly_errors
from lsdc.ui.frame import open_page
from lsdc.ui.help import offer_help
from pages.explore.address import read_tab, write_tab
from pages.explore.audit import draw_audit
from pages.explore.cases import draw_cases
from pages.explore.filters import choose_filter, filtered
from pages.explore.images import draw_images
from pages.explore.overview import draw_overview
from pages.explore.rows import draw_rows
from pages.explore.splits import draw_splits

# By the word for it in the page's address.
TABS = {
    "overview": "Overview",
    "images": "Images",
    "cases": "Cases",
    "audit": "Audit",
    "splits": "Splits",
    "rows": "Rows",
}
TAB_KEY = "explore_tab"


def _remember_tab() -> None:
    words = {title: word for word, title in TABS.items()}
    word = words[st.session_state[TAB_KEY]]
    write_tab(None if word == "overview" else word)


open_page("Explore", "How many points there are, how they are graded, and where they lie on the images.")
offer_help(key="explore")
data = require_data_set()
if without_images := count_studies_without_images(data):
    st.warning(
        f"{without_images:,} of {data.table['study_id'].nunique():,} labelled studies have no images in train_images. "
        "Their points are counted here, but a run cannot learn from them.",
        icon=":material/broken_image:",
    )

chosen = choose_filter(data)
table = filtered(data, chosen)
tab = read_tab(TABS)
if table.empty:
    st.info("No point is left. Choose less above, or clear the filters.", icon=":material/filter_alt:")
    if tab == TABS[CASES_TAB] and StudyAddress.from_query().study:
        with friendly_errors():
            draw_cases(data, table)
    st.stop()

st.session_state[TAB_KEY] = tab
overview, images, cases, audit, splits, rows = st.tabs(list(TABS.values()), on_change=_remember_tab, key=TAB_KEY)
if overview.open:
    with overview, friendly_errors():
        draw_overview(data, table, chosen)
if images.open:
    with images, friendly_errors():
        draw_images(data, table, chosen)
if cases.open:
    with cases, friendly_errors():
        draw_cases(data, table)
if audit.open:
    with audit, friendly_errors():
        draw_audit(data, table)
if splits.open:
    with splits, friendly_errors():
        draw_splits(data, table)
if rows.open:
    with rows, friendly_errors():
        draw_rows(data, table)
