"""What is asked at the point: condition, level and side."""

from dataclasses import dataclass

import streamlit as st

from lsdc.config import TrainingConfig
from lsdc.labels import Condition, Level, Side
from pages.predict.source import ChosenImage


@dataclass(frozen=True, kw_only=True)
class Place:
    """What the point stands for; None is not chosen yet."""

    condition: Condition
    level: Level | None
    side: Side | None


def choose_place(config: TrainingConfig, chosen: ChosenImage, *, key: str) -> Place:
    """Draw the choices that the run has learned. A sample's own are chosen; of an upload only the reader knows them."""
    condition = config.conditions[0]
    if len(config.conditions) > 1:
        condition = st.selectbox(
            "Condition",
            config.conditions,
            index=config.conditions.index(chosen.condition) if chosen.condition in config.conditions else 0,
            format_func=lambda learned: learned.display,
            key=f"{key}_condition",
        )
    level = st.segmented_control("Disc level", config.levels, default=chosen.level, key=f"{key}_level")
    sides = [target.side for target in config.targets if target.condition is condition]
    if len(sides) == 1:
        return Place(condition=condition, level=level, side=sides[0])
    side = st.segmented_control(
        "Patient's side",
        sides,
        default=chosen.side,
        key=f"{key}_side",
        help="On an axial image the patient's left is usually on the image's right.",
    )
    return Place(condition=condition, level=level, side=side)
