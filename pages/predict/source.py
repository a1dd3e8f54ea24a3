"""Where the image comes from: an upload, or a sample of the data set in use."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from lsdc import settings
from lsdc.config import TrainingConfig
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.tables import rows_for_training
from lsdc.labels import Condition, Level, Side
from lsdc.ui.datasets import load_data_set, load_slice
from lsdc.ui.uploads import MAX_UPLOAD_MB, read_upload

UPLOAD, SAMPLE = "Upload a DICOM file", "Try a sample"
MOST_SAMPLES = 50


@dataclass(frozen=True, kw_only=True, eq=False)
class ChosenImage:
    """A slice to grade; of a sample its place and label are known."""

    image: DicomSlice
    image_id: str
    name: str
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
    source = st.segmented_control("Image", [UPLOAD, SAMPLE], default=UPLOAD, required=True, key="predict_source")
    return _uploaded() if source == UPLOAD else _sample(config)


def _uploaded() -> ChosenImage | None:
    upload = st.file_uploader(
        "DICOM slice",
        key="predict_upload",
        max_upload_size=MAX_UPLOAD_MB,
        help="One slice in one file. It is decoded on this machine and never written to disk.",
    )
    if upload is None:
        st.caption("No DICOM file at hand? “Try a sample” takes a slice of the data set in use.")
        return None
    digest, image = read_upload(upload.getvalue())
    return ChosenImage(image=image, image_id=digest, name="uploaded slice")


def _sample(config: TrainingConfig) -> ChosenImage:
    data = load_data_set(settings.data_root())
    rows = rows_for_training(data.table, config).head(MOST_SAMPLES)
    samples = rows.to_dict(orient="records")
    position = st.selectbox(
        "Sample",
        range(len(samples)),
        format_func=lambda index: _sample_name(samples[index], config),
        key="predict_sample",
        help="From the data set in use; the model may have learned from these very rows.",
    )
    row = samples[position]
    image_id, image = load_slice(data.root / row["image"])
    return ChosenImage(
        image=image,
        # With the label's place, so that a sample whose label was moved starts there.
        image_id=f"{image_id} {row['condition']} {row['side']} {row['level']} {row['x']} {row['y']}",
        name=f"study {row['study_id']}, image {row['instance_number']} of {data.name}",
        start=PixelPoint.from_xy(row["x"], row["y"]),
        condition=Condition(row["condition"]),
        level=Level(row["level"]),
        side=Side(row["side"]),
        label=row["severity"],
    )


def _sample_name(row: Mapping[str, Any], config: TrainingConfig) -> str:
    condition = f"{Condition(row['condition']).display}, " if len(config.conditions) > 1 else ""
    return f"Study {row['study_id']}, {condition}{row['level']}, {row['side']}"
