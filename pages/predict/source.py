"""Where the images come from: an upload, or a sample of the data set in use, with the other series of its study."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from lsdc import settings
from lsdc.config import TrainingConfig
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.series import group_by_series
from lsdc.dataset.tables import rows_for_training, select_rows
from lsdc.dataset.untrusted import expect_files
from lsdc.errors import LsdcError
from lsdc.labels import Condition, Level, Side
from lsdc.ui.case import find_case
from lsdc.ui.datasets import DataSet, load_data_set, load_slice
from lsdc.ui.errors import as_text
from lsdc.ui.series import ShownSeries, StoredSeries, UploadedSeries, several_studies, stored_study
from lsdc.ui.uploads import MAX_UPLOAD_MB, Uploads, read_uploads
from pages.predict.kept import forget_images

UPLOAD, FOLDER, SAMPLE = "Upload files", "Upload a folder", "Try a sample"
MOST_SAMPLES = 50
# Where the images came from that the session keeps something of; the choice itself is the widget's.
SOURCE_KEY = "predict_images_from"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A labelled point of the data set.

    Args:
        series: The index of its series in the study.
        place: Of its slice in the series.
        point: On the slice.
        condition: Of the label.
        level: Of the label.
        side: Of the label.
        label: The grade in the data set; None if it has none.
    """

    series: int
    place: int
    point: PixelPoint
    condition: Condition
    level: Level
    side: Side
    label: str | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """The images to read.

    Args:
        study_id: Names them; other images are another study.
        series: At least one.
        sample: Where to begin, if it is known.
    """

    study_id: str
    series: Sequence[ShownSeries]
    sample: Sample | None = None


def choose_study(config: TrainingConfig) -> Study | None:
    """Draw the choice of the images; None until there are any.

    Raises:
        LsdcError: If an image or the data set cannot be read.
    """
    # A link from Compare or Explore names a case of the data set.
    first = SAMPLE if st.query_params.get("case") else UPLOAD
    source = st.segmented_control(
        "Images", [UPLOAD, FOLDER, SAMPLE], default=first, required=True, key="predict_source"
    )
    if st.session_state.get(SOURCE_KEY) != source:
        forget_images()
        st.session_state[SOURCE_KEY] = source
    return _sample(config) if source == SAMPLE else _uploaded(config, folder=source == FOLDER)


def _uploaded(config: TrainingConfig, *, folder: bool) -> Study | None:
    files = st.file_uploader(
        "A folder of DICOM files" if folder else "DICOM files, or a zip of them",
        accept_multiple_files="directory" if folder else True,
        key="predict_folder" if folder else "predict_upload",
        max_upload_size=MAX_UPLOAD_MB,
        help="Of any name, with one slice or many frames in each. They are decoded on this machine and never written to disk.",
    )
    if not files:
        forget_images()
        expect_files()
        if config.neighbours:
            st.caption(
                f"This model looks at {config.crop.num_slices} slices: upload the slice and its neighbours, or the whole "
                "series. One slice alone works too."
            )
        st.caption("No DICOM file at hand? “Try a sample” takes a slice of the data set in use.")
        return None
    try:
        uploads = read_uploads(files)
    except LsdcError:
        # They took the place of others, which nobody sees any more.
        forget_images()
        raise
    _list_skipped(uploads)
    image_ids = {image: image_id for image_id, image in uploads.images.items()}
    series = [
        UploadedSeries(headers=images, image_ids=[image_ids[image] for image in images])
        for images in group_by_series(image_ids)
    ]
    if several := several_studies(series):
        st.warning(
            f"These images are of {several}: points of different ones go into one table, and have no report together.",
            icon=":material/groups:",
        )
    return Study(study_id=" ".join(one.key for one in series), series=series)


def _list_skipped(uploads: Uploads) -> None:
    if not uploads.skipped:
        return
    count = len(uploads.skipped)
    with st.expander(f"{count} of the files cannot be read", icon=":material/broken_image:"):
        for name, reason in uploads.skipped:
            st.markdown(f"**{as_text(name)}**  \n{as_text(reason)}")


def _sample(config: TrainingConfig) -> Study:
    data = load_data_set(settings.data_root())
    samples = rows_for_training(data.table, config).head(MOST_SAMPLES).to_dict(orient="records")
    if address := st.query_params.get("case"):
        # Any point of what the model has learned, also one that no run learns from.
        gradable = select_rows(data.table, targets=config.targets, levels=config.levels)
        asked = find_case(gradable, address)
        if asked is None:
            st.warning(
                "The address names a case that this model cannot grade, or that the data set does not have. "
                "Choose another model above.",
                icon=":material/link_off:",
            )
        else:
            samples.insert(0, gradable.iloc[asked].to_dict())
    position = st.selectbox(
        "Sample",
        range(len(samples)),
        format_func=lambda index: _sample_name(samples[index], config),
        key="predict_sample",
        help="From the data set in use; the model may have learned from these very rows.",
    )
    return _study_of(data, samples[position])


def _study_of(data: DataSet, row: Mapping[str, Any]) -> Study:
    path = data.root / row["image"]
    image_id, _ = load_slice(path)
    of_study = data.table[data.table["study_id"] == row["study_id"]]
    names = dict(zip(of_study["series_id"], of_study["series_description"], strict=True))
    series: list[StoredSeries] = stored_study(data.root, row["study_id"], names)
    own = next(index for index, one in enumerate(series) if one.folder == path.parent)
    sample = Sample(
        series=own,
        place=series[own].paths.index(path),
        point=PixelPoint.from_xy(row["x"], row["y"]),
        condition=Condition(row["condition"]),
        level=Level(row["level"]),
        side=Side(row["side"]),
        label=None if pd.isna(row["severity"]) else row["severity"],
    )
    # With the label's place, so that a sample whose label was moved starts there.
    study_id = f"{image_id} {sample.condition} {sample.side} {sample.level} {row['x']} {row['y']}"
    return Study(study_id=study_id, series=series, sample=sample)


def _sample_name(row: Mapping[str, Any], config: TrainingConfig) -> str:
    condition = f"{Condition(row['condition']).display}, " if len(config.conditions) > 1 else ""
    return f"Study {row['study_id']}, {condition}{row['level']}, {row['side']}"
