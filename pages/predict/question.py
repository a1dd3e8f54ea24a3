"""What is asked: at which point of which slice, which condition, level and side, and of which run."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from lsdc.config import TrainingConfig
from lsdc.dataset.geometry import PixelPoint
from lsdc.labels import Condition, Level, Side
from lsdc.ui.runs import ListedRun
from pages.predict.kept import PLACE_KEYS, PLACE_OF_KEY
from pages.predict.source import Sample


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a point stands for; None is not chosen yet."""

    condition: Condition
    level: Level | None
    side: Side | None

    @property
    def title(self) -> str:
        """In words, such as `L4/L5, left`; the canal has no side."""
        return f"{self.level}, {self.side}" if self.side is not Side.MIDLINE else f"{self.level}"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A point to grade.

    Args:
        series: The key of its series.
        slice: The place of its slice in the series, from 0.
        image_id: Names the pixels of the slice.
        point: On the slice.
        place: What it stands for, all of it chosen.
    """

    series: str
    slice: int
    image_id: str
    point: PixelPoint
    place: Place


def choose_place(configs: Sequence[TrainingConfig], sample: Sample | None, *, study_id: str) -> Place:
    """Draw the choices that any of the runs has learned. A sample's own are chosen; of an upload only the reader knows."""
    _begin(sample, study_id)
    conditions = list(dict.fromkeys(condition for config in configs for condition in config.conditions))
    condition = conditions[0]
    if len(conditions) > 1:
        _keep_within("condition", conditions, conditions[0])
        condition = st.selectbox(
            "Condition", conditions, format_func=lambda learned: learned.display, key=PLACE_KEYS["condition"]
        )
    able = [config for config in configs if condition in config.conditions]
    levels = [level for level in Level if any(level in config.levels for config in able)]
    _keep_within("level", levels, None)
    level = st.segmented_control("Disc level", levels, key=PLACE_KEYS["level"])
    sides = list(
        dict.fromkeys(target.side for config in able for target in config.targets if target.condition is condition)
    )
    if len(sides) == 1:
        return Place(condition=condition, level=level, side=sides[0])
    _keep_within("side", sides, None)
    side = st.segmented_control(
        "Patient's side",
        sides,
        key=PLACE_KEYS["side"],
        help="On an axial image the patient's left is usually on the image's right.",
    )
    return Place(condition=condition, level=level, side=side)


def show_place(place: Place) -> None:
    """Set the choices to a place; before they are drawn."""
    for name, key in PLACE_KEYS.items():
        st.session_state[key] = getattr(place, name)


def learned_by(listed: ListedRun, place: Place) -> bool:
    """Whether a run has learned to grade a place."""
    config = listed.config
    targets = [(target.condition, target.side) for target in config.targets]
    return (place.condition, place.side) in targets and place.level in config.levels


def _begin(sample: Sample | None, study_id: str) -> None:
    """Other images begin with nothing chosen, a sample with its own."""
    if st.session_state.get(PLACE_OF_KEY) == study_id:
        return
    st.session_state[PLACE_OF_KEY] = study_id
    for name, key in PLACE_KEYS.items():
        st.session_state[key] = getattr(sample, name) if sample else None


def _keep_within(name: str, options: Sequence[object], otherwise: object) -> None:
    # What is written here overrides the page: a choice made in the meantime would be lost if the same were written again.
    key = PLACE_KEYS[name]
    if st.session_state.get(key) not in [*options, otherwise]:
        st.session_state[key] = otherwise
