"""How the crops on the page are cut: as a preset or a run does, or by settings of the reader's own."""

import streamlit as st

from lsdc.config import PRESETS, CropConfig, InputKind, TrainingConfig
from lsdc.errors import ConfigError
from lsdc.ui.fields import draw_field, widget_value
from lsdc.ui.runs import read_runs

OWN = "Own settings"
FIELDS = ("input_kind", "image_px", "crop_mm", "neighbours")


def choose_crop() -> CropConfig:
    """Draw the choice of how crops are cut.

    Raises:
        ConfigError: If the reader's own settings cannot be used together.
    """
    configs = {f"Preset {name}": config for name, config in PRESETS.items()}
    runs, _ = read_runs()
    configs |= {f"Run {listed.line}": listed.config for listed in runs}
    with st.popover("Crop settings", icon=":material/crop:", key="explore_crop"):
        chosen = st.selectbox("Cut as in", [*configs, OWN], key="explore_cut", persist_state="session")
        crop = _own_settings() if chosen == OWN else configs[chosen].crop
        st.caption(describe_crop(crop))
    return crop


def describe_crop(crop: CropConfig) -> str:
    """The settings in one sentence."""
    if crop.input_kind is InputKind.WHOLE:
        return f"The whole slice, resized to {crop.side_px} × {crop.side_px} px{_mirroring(crop)}."
    slices = "one slice" if crop.num_slices == 1 else f"{crop.num_slices} slices"
    return f"{crop.side_mm:g} mm around the point, {crop.side_px} × {crop.side_px} px, {slices}{_mirroring(crop)}."


def _mirroring(crop: CropConfig) -> str:
    return "; right sides are mirrored to the left" if crop.mirror_right else ""


def _own_settings() -> CropConfig:
    recommended = next(iter(PRESETS.values()))
    values = {}
    for name in FIELDS:
        key = f"explore_cut_{name}"
        st.session_state.setdefault(key, widget_value(name, getattr(recommended, name)))
        values[name] = draw_field(name, key=key)
    mirror = st.toggle("Mirror right sides", value=True, key="explore_cut_mirror", persist_state="session")
    return _checked(values).crop.model_copy(update={"mirror_right": mirror})


def _checked(values: dict[str, object]) -> TrainingConfig:
    try:
        return TrainingConfig.parse(values)
    except ConfigError as error:
        # It speaks of hyperparameters; here are four of them.
        raise ConfigError(
            error.happened, "A whole slice is seen alone.", "Set neighbouring slices to 0 in the crop settings."
        ) from error
