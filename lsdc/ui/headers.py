"""The headers of all images of the data set in use; the first page that needs them has them scanned in the background."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from lsdc import settings
from lsdc.dataset.background import JobState, Progress
from lsdc.dataset.headers import IMAGES_FOLDER, scan_folder, table_path
from lsdc.dataset.scanning import forget_scan, start_scan, watch_scan
from lsdc.ui.datasets import DataSet, FileVersion, file_version
from lsdc.ui.durations import about
from lsdc.ui.errors import as_text

REFRESH_SECONDS = 1.0
# A new image shows after so long; looking at all folders of the challenge takes a tenth of a second.
TRUSTED_SECONDS = 15.0


def has_images(data: DataSet) -> bool:
    """Whether the data set has a folder of images."""
    return (data.root / IMAGES_FOLDER).is_dir()


def image_headers(data: DataSet) -> pd.DataFrame | None:
    """The table of headers, as `scan_headers` gives it; None until the scan is complete, whose progress is drawn instead.

    The scan works in a process of its own, one for all tabs and servers, and is started here if it is not there.
    """
    if not has_images(data):
        st.info("This data set holds no images, so there are no headers to read.", icon=":material/hide_image:")
        return None
    # Filled again with nothing once the scan is complete: what comes then would lie over the last progress.
    place = st.empty()
    scans = settings.headers_root()
    progress = _watched(data.root, scans)
    # Whoever empties the folder of caches while it is trusted has them made again.
    if progress.state is JobState.READY and table_path(scan_folder(data.root, scans)).is_file():
        return read_table(headers_version(data))
    _watched.clear(data.root, scans)
    if progress.state in (JobState.ABSENT, JobState.READY):
        start_scan(data.root, scans)
    with place.container():
        _show_scan(data.root)
    return None


def headers_version(data: DataSet) -> FileVersion:
    """What names the content of a complete table of headers for a cache."""
    return file_version(table_path(scan_folder(data.root, settings.headers_root())))


def scan_again(data: DataSet) -> None:
    """Look at every file again; those that have not changed are not read again."""
    forget_scan(data.root, settings.headers_root())
    _watched.clear(data.root, settings.headers_root())


@st.fragment(run_every=REFRESH_SECONDS)
def _show_scan(root: Path) -> None:
    progress = watch_scan(root, settings.headers_root())
    if progress.state is JobState.READY:
        st.rerun()
    if progress.state is JobState.FAILED:
        st.warning(
            f"**Reading the headers stopped.** {as_text(progress.message)} What was read so far is kept.",
            icon=":material/pause_circle:",
        )
        if st.button("Go on", key="headers_go_on", icon=":material/play_arrow:"):
            start_scan(root, settings.headers_root())
        return
    st.progress(progress.share, text=_progress_text(progress))


def _progress_text(progress: Progress) -> str:
    if not progress.total:
        return "Looking for the images. You can go on meanwhile."
    left = "" if progress.seconds_left is None else f", about {about(progress.seconds_left)} left"
    return f"Reading the headers of the images, once: {progress.done:,} of {progress.total:,}{left}. You can go on meanwhile."


@st.cache_data(max_entries=4, ttl=TRUSTED_SECONDS, show_spinner=False)
def _watched(root: Path, scans: Path) -> Progress:
    return watch_scan(root, scans)


@st.cache_resource(max_entries=2, show_spinner="Reading the table of headers …")
def read_table(version: FileVersion) -> pd.DataFrame:
    """A complete table of headers."""
    # A resource, not a copy for each reader: nobody writes into it.
    return pd.read_parquet(version[0])
