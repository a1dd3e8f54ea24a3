"""What every page has around it: the notice, the data set in use, and the making of the phantom at the first start."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lsdc import settings
from lsdc.dataset.background import JobState, Progress
from lsdc.dataset.prepare import start_preparation, watch_preparation
from lsdc.dataset.tables import is_synthetic, require_images
from lsdc.errors import LsdcError
from lsdc.ui.datasets import load_data_set
from lsdc.ui.errors import as_text, show_advice

SYNTHETIC_BADGE = ":violet-badge[:material/science: SYNTHETIC]"
REFRESH_SECONDS = 1.0
LOGO = Path(__file__).parent / "components" / "logo.svg"
# A file of ours: Streamlit's own icons in the browser's tab would be fetched from a font server.
ICON = Path(__file__).parent / "components" / "icon.svg"
_FOLDER_HELP = "Holds train.csv, train_label_coordinates.csv, train_series_descriptions.csv and train_images."


def draw_frame() -> None:
    """Draw the name and the bar above the page, and start making the phantom data set if it is in use and not there."""
    st.logo(LOGO, size="large")
    root = settings.data_root()
    mark = " · SYNTHETIC" if is_synthetic(root) else ""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="frame"):
        st.caption("Research use only. Not a medical device.", width="content")
        with st.popover(f"Data: {as_text(root.name)}{mark}", icon=":material/database:", type="tertiary"):
            _choose_data_set(root)
    if root == settings.phantom_root():
        _prepare_phantom(root)


def open_page(title: str, lead: str) -> None:
    """The page's heading and one sentence on what it is for."""
    st.title(title, anchor=False)
    st.caption(lead)


def _choose_data_set(root: Path) -> None:
    _describe(root)
    with st.form("data_set", border=False):
        folder = st.text_input("Folder", key="data_folder", placeholder="/path/to/rsna-2024-lumbar", help=_FOLDER_HELP)
        if st.form_submit_button("Use this folder"):
            _use(Path(folder.strip()).expanduser())
    if root != settings.phantom_root() and st.button("Back to the phantom", key="data_phantom"):
        # By name: without a choice, a folder that the environment names would be in use.
        settings.choose_data_root(settings.phantom_root())
        st.rerun()
    _offer_configured(root)


def _offer_configured(root: Path) -> None:
    configured = settings.configured_root()
    if configured is None or configured == root:
        return
    st.caption(
        f"{as_text(settings.DATA_VARIABLE)} names {as_text(str(configured))}. The folder chosen here comes before it."
    )
    if st.button(f"Use {as_text(settings.DATA_VARIABLE)} again", key="data_configured"):
        settings.choose_data_root(None)
        st.rerun()


def _describe(root: Path) -> None:
    try:
        data = load_data_set(root)
    except LsdcError:
        # The page below says what is wrong; here the folder's name is enough.
        st.markdown(f"**{as_text(root.name)}** cannot be used yet.")
    else:
        mark = f" {SYNTHETIC_BADGE}" if data.synthetic else ""
        studies = data.table["study_id"].nunique()
        st.markdown(f"**{as_text(data.name)}**{mark}  \n{len(data.table):,} labelled points in {studies:,} studies")
    st.code(str(root), language=None, wrap_lines=True)


def _use(folder: Path) -> None:
    root = folder.resolve()
    try:
        load_data_set(root)
        require_images(root)
    except LsdcError as error:
        show_advice(error)
        return
    settings.choose_data_root(root)
    st.rerun()


def _prepare_phantom(root: Path) -> None:
    preparation = watch_preparation(root)
    if preparation.state is JobState.READY:
        return
    if preparation.state is JobState.ABSENT:
        start_preparation(root)
    _show_preparation(root)


@st.fragment(run_every=REFRESH_SECONDS)
def _show_preparation(root: Path) -> None:
    preparation = watch_preparation(root)
    if preparation.state is JobState.READY:
        st.rerun()
    if preparation.state is JobState.FAILED:
        st.error(f"**The phantom data set could not be made.** {as_text(preparation.message)}", icon=":material/error:")
        if st.button("Try again", key="phantom_again"):
            start_preparation(root)
        return
    st.progress(preparation.share, text=_progress_text(preparation))


def _progress_text(preparation: Progress) -> str:
    count = f" {preparation.done} of {preparation.total} studies." if preparation.total else ""
    return f"Making a phantom data set, so that there is something to look at.{count} You can go on meanwhile."
