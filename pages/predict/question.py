"""What is asked at the point: condition, level and side."""

from dataclasses import dataclass

import streamlit as st

from lsdc.config import TrainingConfig
from lsdc.labels import Condition, Level, Side
from pages.predict.source import ChosenImage


@dataclass(frozen=True, kw_only=True)
class Place:
    """What the point stands for."""

    condition: Condition
    level: Level
    side: Side


def choose_place(config: TrainingConfig, chosen: ChosenImage, *, key: str) -> Place:
    """Draw the choices that the run has learned; a sample's own come first."""
    condition = config.conditions[0]
    if len(config.conditions) > 1:
        condition = st.selectbox(
            "Condition",
            config.conditions,
            index=_position(config.conditions, chosen.condition),
            format_func=lambda known: known.display,
            key=f"{key}_condition",
        )
    level = st.segmented_control(
        "Disc level",
        config.levels,
        default=config.levels[_position(config.levels, chosen.level)],
        required=True,
        key=f"{key}_level",
    )
    sides = [target.side for target in config.targets if target.condition is condition]
    side = sides[0]
    if len(sides) > 1:
        side = st.segmented_control(
            "Patient's side",
            sides,
            default=sides[_position(sides, chosen.side)],
            required=True,
            key=f"{key}_side",
            help="On an axial image the patient's left is usually on the image's right.",
        )
    return Place(condition=condition, level=level, side=side)


def _position(choices: tuple | list, wanted: str | None) -> int:
    return list(choices).index(wanted) if wanted in choices else 0
