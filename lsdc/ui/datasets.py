"""The data set in use, as pages read it: cached by the state of its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from lsdc import settings
from lsdc.config import PRESETS, TrainingConfig
from lsdc.dataset.background import JobState
from lsdc.dataset.challenge_files import GRADES_FILE, PHANTOM_FILE, POINTS_FILE, SERIES_FILE, read_grades
from lsdc.dataset.dicom import DicomSlice, read_slice
from lsdc.dataset.prepare import watch_preparation
from lsdc.dataset.reviews import Review, divide_rows
from lsdc.dataset.series import SeriesStack
from lsdc.dataset.splits import split_rows
from lsdc.dataset.tables import (
    data_fingerprint,
    is_synthetic,
    load_label_table,
    load_series_table,
    rows_for_training,
    studies_without_images,
)
from lsdc.errors import LsdcError, MissingFileError
from lsdc.ui.errors import show_advice

# A file's path, time of change in ns, and size: what tells a cached read that the file is another one now.
FileVersion = tuple[str, int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class DataSet:
    """A data set whose tables are in order."""

    root: Path
    table: pd.DataFrame
    synthetic: bool

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.root.name


def require_data_set() -> DataSet:
    """The data set in use; without one the page ends here, with the reason and what to do."""
    root = settings.data_root()
    if root == settings.phantom_root() and watch_preparation(root).state is not JobState.READY:
        st.info(
            "The phantom data set is not ready yet. This page fills in as soon as it is.", icon=":material/hourglass:"
        )
        st.stop()
    try:
        return load_data_set(root)
    except LsdcError as error:
        show_advice(error)
        st.caption("Choose another folder under **Data** at the top of the page.")
        st.stop()


def load_data_set(root: Path) -> DataSet:
    """The data set in a folder.

    Raises:
        DataError: If the folder does not hold one; the missing file is named.
    """
    return DataSet(root=root, table=_label_table(root, table_versions(root)), synthetic=is_synthetic(root))


def count_rows(data: DataSet, config: TrainingConfig) -> dict[str, int]:
    """Rows of each part of the split that a run would have.

    Raises:
        DataError: If the rows cannot be divided as asked.
    """
    review = Review.asked_for(config)
    return _row_counts(
        data.root, table_versions(data.root), config.model_dump_json(), review.sha256 if review else None, review
    )


def split_parts(data: DataSet) -> pd.Series:
    """The part of each point in the split of the presets over all graded points; missing where there is no grade."""
    return _split_parts(data.root, table_versions(data.root))


def load_fingerprint(data: DataSet) -> str:
    """What names its content, see `data_fingerprint`."""
    return _fingerprint(data.root, table_versions(data.root))


def load_slice(path: Path) -> tuple[str, DicomSlice]:
    """What names the pixels of a file of the data set, as it is now, and its slice.

    Raises:
        MissingFileError: If the file is not there.
        DicomError: If it cannot be read.
    """
    if not path.is_file():
        raise MissingFileError(
            f"The image {path.name} is missing from {path.parent}.",
            "Every labelled point has an image in train_images.",
            "Download the images of this series again; the rest of the data set still works.",
        )
    version = file_version(path)
    return str(version), _slice(version)


def load_slices_around(path: Path, count: int) -> list[DicomSlice | None]:
    """A slice of the data set with the `count` slices on each side of it in its series, as `SeriesStack.read_around`.

    Raises:
        MissingFileError: If the image is not in its folder.
        DicomError: If it cannot be read.
    """
    if count == 0:
        return [load_slice(path)[1]]
    stack = load_series(path.parent)
    return stack.read_around(int(path.stem), count, lambda neighbour: load_slice(neighbour)[1])


def load_series(folder: Path) -> SeriesStack:
    """The slices of a series by their headers; empty if the folder is.

    Raises:
        MissingFileError: If there is no such folder.
    """
    if not folder.is_dir():
        # Not by the cache, for which it is an empty one.
        return SeriesStack.from_folder(folder)
    return _series(folder, tuple(file_version(file) for file in sorted(folder.glob("*.dcm"))))


def load_grades(data: DataSet) -> pd.DataFrame:
    """All studies of train.csv with their 25 grades, as `read_grades`; also those of which nothing was marked."""
    return _grades(data.root, table_versions(data.root))


def load_series_names(data: DataSet) -> pd.DataFrame:
    """All series of the data set, as `load_series_table`; also those without a labelled point."""
    return _series_names(data.root, table_versions(data.root))


def count_studies_without_images(data: DataSet) -> int:
    """Labelled studies whose images are not there."""
    return _studies_without_images(data.root, table_versions(data.root), _images_version(data.root))


def file_version(path: Path) -> FileVersion:
    """What names the content of a file for a cache: comparing it is cheap, and it changes when the file does."""
    state = path.stat()
    return str(path), state.st_mtime_ns, state.st_size


def table_versions(root: Path) -> tuple[FileVersion, ...]:
    """What names the content of a data set's tables for a cache."""
    names = (GRADES_FILE, POINTS_FILE, SERIES_FILE, PHANTOM_FILE)
    return tuple(file_version(root / name) for name in names if (root / name).is_file())


def _images_version(root: Path) -> FileVersion | None:
    # A folder's time changes when a study's folder is added or removed.
    folder = root / "train_images"
    return file_version(folder) if folder.is_dir() else None


# The versions below are the caches' keys: they are not read, but a changed file makes another key.


# A resource, not a copy for each reader, several in every visit: nobody writes into it.
@st.cache_resource(max_entries=4, show_spinner="Reading the tables …")
def _label_table(root: Path, versions: tuple[FileVersion, ...]) -> pd.DataFrame:  # noqa: ARG001  # key
    return load_label_table(root)


@st.cache_data(max_entries=4, show_spinner=False)
def _fingerprint(root: Path, versions: tuple[FileVersion, ...]) -> str:
    return data_fingerprint(_label_table(root, versions), root)


@st.cache_data(max_entries=4, show_spinner=False)
def _split_parts(root: Path, versions: tuple[FileVersion, ...]) -> pd.Series:
    table = _label_table(root, versions)
    return split_rows(table[table["severity"].notna()], PRESETS["recommended"].split).reindex(table.index)


@st.cache_data(max_entries=64, show_spinner=False)
def _row_counts(
    root: Path,
    versions: tuple[FileVersion, ...],
    config: str,
    review_sha256: str | None,  # noqa: ARG001  # key
    _review: Review | None,
) -> dict[str, int]:
    hyperparameters = TrainingConfig.model_validate_json(config)
    table = _label_table(root, versions)
    if _review:
        _review.refuse_unknown_labels(table)
    parts = divide_rows(rows_for_training(table, hyperparameters), hyperparameters, _review)
    return {str(part): int(count) for part, count in parts.value_counts().items()}


@st.cache_data(max_entries=4, show_spinner=False)
def _studies_without_images(root: Path, versions: tuple[FileVersion, ...], images: FileVersion | None) -> int:  # noqa: ARG001  # key
    return len(studies_without_images(_label_table(root, versions), root))


@st.cache_data(max_entries=2, show_spinner=False)
def _grades(root: Path, versions: tuple[FileVersion, ...]) -> pd.DataFrame:  # noqa: ARG001  # key
    return read_grades(root)


@st.cache_data(max_entries=2, show_spinner=False)
def _series_names(root: Path, versions: tuple[FileVersion, ...]) -> pd.DataFrame:  # noqa: ARG001  # key
    return load_series_table(root)


@st.cache_resource(max_entries=32, show_spinner=False)
def _series(folder: Path, versions: tuple[FileVersion, ...]) -> SeriesStack:  # noqa: ARG001  # key
    return SeriesStack.from_folder(folder)


@st.cache_resource(max_entries=256, show_spinner=False)  # the series of a study, of half a megabyte a slice
def _slice(version: FileVersion) -> DicomSlice:
    return read_slice(Path(version[0]))
