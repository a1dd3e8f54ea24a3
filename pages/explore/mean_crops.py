"""What the crops of each grade look like on average, and whether brightness alone tells the grades apart."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from lsdc.charts import image_sentences
from lsdc.charts.images import brightness_spans
from lsdc.config import CropConfig
from lsdc.dataset.distributions import spread
from lsdc.dataset.filters import Filter
from lsdc.dataset.headers import IMAGES_FOLDER
from lsdc.preprocessing.crop_statistics import mean_brightness, mean_crops, sample_by_grade, severe_auc
from lsdc.ui.charts import show_chart
from lsdc.ui.crops import PictureOfCrop, load_crops
from lsdc.ui.datasets import DataSet, table_versions
from pages.explore.cut import choose_crop, describe_crop

PER_GRADE, SEED = 100, 0
# Loaded between two steps of the progress bar.
CHUNK = 20
SHOWN_PX = 96
# Of the session: the last sample, by what it depends on. A page that is drawn again reads no crop again.
SAMPLE = "explore_mean_crops"


def draw_mean_crops(data: DataSet, table: pd.DataFrame, chosen: Filter) -> None:
    """Draw the mean crop of each grade, and the brightness of crops by grade."""
    if not (data.root / IMAGES_FOLDER).is_dir():
        st.info("This data set holds no images, so there are no crops.", icon=":material/hide_image:")
        return
    crop = choose_crop()
    sample = sample_by_grade(table, PER_GRADE, SEED)
    if sample.empty:
        st.info("None of these points has a grade.", icon=":material/info:")
        return
    crops = _load(data, sample, chosen, crop)
    cut = [(pixels, str(word)) for pixels, word in zip(crops, sample["severity"], strict=True) if pixels is not None]
    lost = f" {len(crops) - len(cut):,} could not be cut." if len(cut) < len(crops) else ""
    st.caption(
        f"From {len(cut):,} points, drawn at random with a fixed seed, at most {PER_GRADE} of each grade.{lost} "
        f"{describe_crop(crop.model_copy(update={'neighbours': 0}))}"
    )
    if cut:
        pixels, words = zip(*cut, strict=True)
        _draw_means(pixels, words)
        _draw_brightness(pixels, words)
    else:
        st.warning("None of these crops can be cut. See Audit.", icon=":material/broken_image:")


def _load(data: DataSet, sample: pd.DataFrame, chosen: Filter, crop: CropConfig) -> list[np.ndarray | None]:
    """The crop of each row, None where it cannot be cut."""
    version = (table_versions(data.root), chosen, crop)
    if version != st.session_state.get(SAMPLE, (None, []))[0]:
        st.session_state[SAMPLE] = (version, _read(data, sample.to_dict(orient="records"), crop))
    crops: list[np.ndarray | None] = st.session_state[SAMPLE][1]
    return crops


def _read(data: DataSet, points: Sequence[Mapping[str, Any]], crop: CropConfig) -> list[np.ndarray | None]:
    bar = st.progress(0.0, text=f"Cutting {len(points)} crops …")
    crops: list[np.ndarray | None] = []
    for start in range(0, len(points), CHUNK):
        crops += [_pixels(picture) for picture in load_crops(data, points[start : start + CHUNK], crop)]
        bar.progress(len(crops) / len(points), text=f"Cutting crops: {len(crops)} of {len(points)}")
    bar.empty()
    return crops


def _pixels(picture: PictureOfCrop) -> np.ndarray | None:
    # PNG loses nothing.
    return None if picture.png is None else np.asarray(Image.open(io.BytesIO(picture.png)))


def _draw_means(crops: Sequence[np.ndarray], words: Sequence[str]) -> None:
    st.markdown("#### Mean crop of each grade")
    with st.container(horizontal=True, gap="medium"):
        for severity, mean in mean_crops(crops, words).items():
            count = words.count(severity)
            with st.container(width="content", gap="xsmall"):
                st.image(mean, width=SHOWN_PX, alt=f"The mean of {count} crops that are {severity}")
                st.caption(f"{severity}, {count}")


def _draw_brightness(crops: Sequence[np.ndarray], words: Sequence[str]) -> None:
    brightness = pd.DataFrame({"severity": words, "brightness": mean_brightness(crops)})
    show_chart(
        brightness_spans(spread(brightness, "brightness", "severity")),
        sentence=image_sentences.about_brightness(brightness, severe_auc(brightness["brightness"].to_numpy(), words)),
        title="Brightness of the crop by grade",
        file_name="brightness.csv",
    )
