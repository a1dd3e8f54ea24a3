"""The images of the study: which series is read, which one stands beside it, and the point that is marked."""

from collections.abc import Mapping, Sequence

import streamlit as st

from lsdc.config import InputKind, TrainingConfig
from lsdc.dataset.geometry import Plane
from lsdc.prediction.doubts import PLANE_OF_SEQUENCE
from lsdc.ui.linked import Spot, Viewer, draw_linked, linkable
from lsdc.ui.picker import Ring
from lsdc.ui.series import ShownSeries, plane_of, series_names
from pages.predict.kept import BEGUN_KEY, BESIDE_KEY, SERIES_KEY, VIEW_KEY
from pages.predict.question import Mark
from pages.predict.source import Study


def draw_images(study: Study, config: TrainingConfig, marks: Sequence[Mark]) -> Spot:
    """Draw the series that is read, and one in the same frame of reference beside it.

    Args:
        study: The images.
        config: Of the model; series of its plane stand first, and of them the longest.
        marks: Points that were added before; those on the slice that is shown are drawn.

    Raises:
        LsdcError: If a slice cannot be read, or the sample's label lies beside its image.
    """
    plane = PLANE_OF_SEQUENCE[config.conditions[0].sequence]
    series = sorted(study.series, key=lambda one: (plane_of(one) is not plane, -len(one.headers)))
    _begin(study, plane, series[0])
    # Of the whole study, so that a series has one name in both lists, with every model.
    names = dict(zip((one.key for one in study.series), series_names(study.series), strict=True))
    own_column, beside_column = st.columns(2)
    with own_column:
        own = Viewer(_choose_own(series, names), key=VIEW_KEY)
    others = linkable(own.series, series)
    with beside_column:
        beside = _choose_beside(own.series, others, names)
    rings = [
        Ring(point=mark.point, label=mark.place.title)
        for mark in marks
        if (mark.series, mark.slice) == (own.series.key, own.place)
    ]
    return draw_linked(
        own,
        beside and Viewer(beside, key=VIEW_KEY),
        crop_mm=config.crop_mm if config.input_kind is InputKind.CROP else None,
        neighbours=config.neighbours,
        rings=rings,
    )


def show_mark(study: Study, mark: Mark) -> None:
    """Go to a point that was added before; before the images are drawn."""
    series = next(one for one in study.series if one.key == mark.series)
    st.session_state[SERIES_KEY] = mark.series
    Viewer(series, key=VIEW_KEY).go_to(mark.slice, mark.point)


def _begin(study: Study, plane: Plane, first: ShownSeries) -> None:
    """Show the sample's point, or of an upload the first series: once, and again for a model of another plane."""
    begun = (study.study_id, plane)
    if st.session_state.get(BEGUN_KEY) == begun:
        return
    if study.sample:
        first = study.series[study.sample.series]
        Viewer(first, key=VIEW_KEY).go_to(study.sample.place, study.sample.point)
    st.session_state[SERIES_KEY] = first.key
    st.session_state[BEGUN_KEY] = begun


def _choose_own(series: Sequence[ShownSeries], names: Mapping[str, str]) -> ShownSeries:
    by_key = {one.key: one for one in series}
    if len(by_key) == 1:
        return series[0]
    chosen = st.selectbox("Series", list(by_key), format_func=names.__getitem__, key=SERIES_KEY)
    return by_key[chosen]


def _choose_beside(own: ShownSeries, others: Sequence[ShownSeries], names: Mapping[str, str]) -> ShownSeries | None:
    if not others:
        return None
    by_key = {one.key: one for one in others}
    names = {**{key: names[key] for key in by_key}, "": "Nothing"}
    first = others[0].key if plane_of(others[0]) is not plane_of(own) else ""
    key = f"{BESIDE_KEY}_{own.key}"
    chosen = st.selectbox(
        "Beside it",
        list(names),
        index=list(names).index(first),
        format_func=names.__getitem__,
        key=key,
        help="A series in the same coordinates: a click on one is shown on the other.",
    )
    return by_key.get(chosen)
