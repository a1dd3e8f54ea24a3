"""Where the image and its neighbours come from: an upload, or a sample of the data set in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from lsdc import settings
from lsdc.config import TrainingConfig
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint, Plane
from lsdc.dataset.series import group_by_series, neighbours_among
from lsdc.dataset.tables import rows_for_training
from lsdc.labels import Condition, Level, Side
from lsdc.prediction.doubts import PLANE_OF_SEQUENCE
from lsdc.ui.case import find_case
from lsdc.ui.datasets import load_data_set, load_slice, load_slices_around
from lsdc.ui.errors import as_text
from lsdc.ui.uploads import MAX_UPLOAD_MB, Uploads, read_uploads

UPLOAD, FOLDER, SAMPLE = "Upload files", "Upload a folder", "Try a sample"
MOST_SAMPLES = 50


@dataclass(frozen=True, kw_only=True, eq=False)
class ChosenImage:
    """A slice to grade, with its neighbours; of a sample its place and label are known.

    Args:
        image: The slice.
        image_id: Names its pixels.
        around: The slices that the model looks at, this one in the middle; None where there is none.
        absence: Why some of them may be None, such as `not uploaded`.
        start: Where the marker is at first.
        condition: Of the sample.
        level: Of the sample.
        side: Of the sample.
        label: Of the sample.
    """

    image: DicomSlice
    image_id: str
    around: list[DicomSlice | None]
    absence: str
    start: PixelPoint | None = None
    condition: Condition | None = None
    level: Level | None = None
    side: Side | None = None
    label: str | None = None


def choose_image(config: TrainingConfig) -> ChosenImage | None:
    """Draw the choice of the image; None until there is one.

    Raises:
        LsdcError: If the image or the data set cannot be read.
    """
    # A link from Compare names a case of the data set.
    first = SAMPLE if st.query_params.get("case") else UPLOAD
    source = st.segmented_control("Image", [UPLOAD, FOLDER, SAMPLE], default=first, required=True, key="predict_source")
    return _sample(config) if source == SAMPLE else _uploaded(config, folder=source == FOLDER)


def _uploaded(config: TrainingConfig, *, folder: bool) -> ChosenImage | None:
    files = st.file_uploader(
        "A folder of DICOM files" if folder else "DICOM files, or a zip of them",
        accept_multiple_files="directory" if folder else True,
        key="predict_folder" if folder else "predict_upload",
        max_upload_size=MAX_UPLOAD_MB,
        help="Of any name, with one slice or many frames in each. They are decoded on this machine and never written to disk.",
    )
    if config.neighbours:
        st.caption(
            f"This model looks at {config.crop.num_slices} slices: upload the slice and its neighbours, or the whole series. "
            "One slice alone works too."
        )
    if not files:
        st.caption("No DICOM file at hand? “Try a sample” takes a slice of the data set in use.")
        return None
    uploads = read_uploads(files)
    _list_skipped(uploads)
    digests = {image: digest for digest, image in uploads.images.items()}
    image = _choose_slice(digests, PLANE_OF_SEQUENCE[config.conditions[0].sequence])
    around = neighbours_among(list(digests), image, config.neighbours)
    return ChosenImage(image=image, image_id=digests[image], around=around, absence="not uploaded")


def _list_skipped(uploads: Uploads) -> None:
    if not uploads.skipped:
        return
    count = len(uploads.skipped)
    with st.expander(f"{count} of the files cannot be read", icon=":material/broken_image:"):
        for name, reason in uploads.skipped:
            st.markdown(f"**{as_text(name)}**  \n{as_text(reason)}")


def _choose_slice(digests: Mapping[DicomSlice, str], plane: Plane) -> DicomSlice:
    """Draw the choice of the series and of the slice by its place in it, as far as there is one to make.

    Series of `plane` stand first, since the model learned from such slices, and the longest of them before the others.
    """
    groups = sorted(group_by_series(digests), key=lambda series: (not _lies_in(series, plane), -len(series)))
    # Other files are another choice, which begins afresh.
    first = digests[groups[0][0]]
    group = 0
    if len(groups) > 1:
        group = st.selectbox(
            "Series",
            range(len(groups)),
            format_func=lambda index: _series_name(groups[index]),
            key=f"predict_series_{first}_{len(groups)}",
        )
    series = groups[group]
    count = len(series)
    if count == 1:
        return series[0]
    place = st.slider(
        "Slice",
        1,
        count,
        value=(count + 1) // 2,
        format=f"%d of {count}",
        key=f"predict_slice_{digests[series[0]]}_{count}",
        help="By position: from the patient's right to the left, or from the feet to the head.",
    )
    return series[place - 1]


def _lies_in(series: Sequence[DicomSlice], plane: Plane) -> bool:
    return series[0].plane is not None and series[0].plane.plane is plane


def _series_name(series: Sequence[DicomSlice]) -> str:
    plane = series[0].plane.plane if series[0].plane else "no position"
    count = f"{len(series)} slice" + ("s" if len(series) > 1 else "")
    return " · ".join(part for part in (series[0].series_description, plane, count) if part)


def _sample(config: TrainingConfig) -> ChosenImage:
    data = load_data_set(settings.data_root())
    rows = rows_for_training(data.table, config)
    asked = find_case(rows, st.query_params.get("case", ""))
    samples = rows.head(MOST_SAMPLES).to_dict(orient="records")
    if asked is not None:
        samples.insert(0, rows.iloc[asked].to_dict())
    position = st.selectbox(
        "Sample",
        range(len(samples)),
        format_func=lambda index: _sample_name(samples[index], config),
        key="predict_sample",
        help="From the data set in use; the model may have learned from these very rows.",
    )
    row = samples[position]
    path = data.root / row["image"]
    image_id, image = load_slice(path)
    return ChosenImage(
        image=image,
        # With the label's place, so that a sample whose label was moved starts there.
        image_id=f"{image_id} {row['condition']} {row['side']} {row['level']} {row['x']} {row['y']}",
        around=load_slices_around(path, config.neighbours),
        absence="not in its series",
        start=PixelPoint.from_xy(row["x"], row["y"]),
        condition=Condition(row["condition"]),
        level=Level(row["level"]),
        side=Side(row["side"]),
        label=row["severity"],
    )


def _sample_name(row: Mapping[str, Any], config: TrainingConfig) -> str:
    condition = f"{Condition(row['condition']).display}, " if len(config.conditions) > 1 else ""
    return f"Study {row['study_id']}, {condition}{row['level']}, {row['side']}"
