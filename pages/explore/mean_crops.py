"""What the crops of each grade look like on average, and whether brightness alone tells the grades apart."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from lsdc.charts.image_exploration import brightness
from lsdc.config import CropConfig
from lsdc.dataset.filters import Filter
from lsdc.dataset.headers import IMAGES_FOLDER
from lsdc.preprocessing.crop_statistics import mean_brightness, mean_crops, sample_groups, severe_auc
from lsdc.ui.charts import show_titled
from lsdc.ui.crops import PictureOfCrop, load_crops
from lsdc.ui.datasets import DataSet, table_versions
from pages.explore.cut import choose_crop, describe_crop

SAMPLED, SEED = 300, 0
# Loaded between two steps of the progress bar.
CHUNK = 20
SHOWN_PX = 128
# Of the session: the last sample, by what it depends on. A page that is drawn again reads no crop again.
SAMPLE = "explore_mean_crops"


def draw_mean_crops(data: DataSet, table: pd.DataFrame, chosen: Filter) -> None:
    """Draw the mean crop of each grade and the brightness of crops by grade, each kind of picture by itself."""
    if not (data.root / IMAGES_FOLDER).is_dir():
        st.info("This data set holds no images, so there are no crops.", icon=":material/hide_image:")
        return
    crop = choose_crop()
    samples = sample_groups(table, crop, SAMPLED, SEED)
    if not samples:
        st.info("None of these points has a grade.", icon=":material/info:")
        return
    crops = _load(data, pd.concat(samples.values()), chosen, crop)
    _draw_sentence(samples, sum(pixels is None for pixels in crops), crop)
    of_next = iter(crops)
    for kind, sample in samples.items():
        own = [(pixels, str(word)) for word, pixels in zip(sample["severity"], of_next, strict=False)]
        _draw_kind(kind, [(pixels, word) for pixels, word in own if pixels is not None])


def _draw_sentence(samples: Mapping[str, pd.DataFrame], lost: int, crop: CropConfig) -> None:
    count = sum(map(len, samples.values()))
    most = max(sample["severity"].value_counts().max() for sample in samples.values())
    apart = "Each condition is drawn by itself: a mean over several planes would show none of them. " * (
        len(samples) > 1
    )
    st.caption(
        f"{apart}From {count:,} points, drawn at random with a fixed seed, at most {most} of each grade. "
        f"{f'{lost:,} could not be cut. ' if lost else ''}{describe_crop(crop.model_copy(update={'neighbours': 0}))}"
    )


def _draw_kind(kind: str, cut: Sequence[tuple[np.ndarray, str]]) -> None:
    st.markdown(f"### {kind}")
    if not cut:
        st.warning("None of these crops can be cut. See Audit.", icon=":material/broken_image:")
        return
    pixels, words = zip(*cut, strict=True)
    means, bright = st.columns(2, gap="large")
    with means:
        _draw_means(kind, pixels, words)
    with bright:
        values = mean_brightness(pixels)
        of_crops = pd.DataFrame({"severity": words, "brightness": values})
        show_titled(brightness(kind, of_crops, severe_auc(values, words)))


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


def _draw_means(kind: str, crops: Sequence[np.ndarray], words: Sequence[str]) -> None:
    st.markdown("#### Mean crop of each grade")
    with st.container(horizontal=True, gap="medium"):
        for severity, mean in mean_crops(crops, words).items():
            count = words.count(severity)
            with st.container(width="content", gap="xsmall"):
                st.image(mean, width=SHOWN_PX, alt=f"{kind}: the mean of {count} crops that are {severity}")
                st.caption(f"{severity}, {count}")
