"""The sidebar of hyperparameters, generated from `TrainingConfig`: a preset fills it, edits change it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import streamlit as st

from lsdc.config import PRESETS, TrainingConfig, preset
from lsdc.config.ranges import hints
from lsdc.errors import ConfigError, DeviceError
from lsdc.models.catalogue import check_network
from lsdc.runs import RunFolder
from lsdc.training.device import check_backend
from lsdc.ui.errors import as_text
from lsdc.ui.fields import draw_field, widget_value
from lsdc.ui.help import offer_help

PRESET_KEY, FILLED_KEY = "hyperparameters_preset", "hyperparameters_filled"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the sidebar says: hyperparameters that can run, or the reason why they cannot."""

    preset: str
    config: TrainingConfig | None
    reason: str = ""

    @property
    def changed(self) -> tuple[str, ...]:
        """The fields whose value is not the preset's."""
        if self.config is None:
            return ()
        original = preset(self.preset)
        return tuple(
            name for name in TrainingConfig.model_fields if getattr(self.config, name) != getattr(original, name)
        )


def choose_hyperparameters() -> Choice:
    """Draw the sidebar; a change of preset puts every field back to the preset's value."""
    with st.sidebar:
        if PRESET_KEY not in st.session_state:
            st.session_state[PRESET_KEY] = next(iter(PRESETS))
            _fill()
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.selectbox("Preset", list(PRESETS), key=PRESET_KEY, on_change=_fill, persist_state="session")
            st.button("Reset", on_click=_fill, help="Put every field back to the preset's value.")
        offer_help(key="hyperparameters")
        return _read(name)


def fill_from_run(run: RunFolder) -> None:
    """Put the hyperparameters of a run into the sidebar, with the preset that it began from, if there still is one."""
    config = run.config
    if config.review_path:
        # What it learned from, even if the file that it named has changed since.
        config = config.changed(label_review=str(run.review_path))
    fill_from(config, run.record.get("preset", ""))


def fill_from(config: TrainingConfig, preset_name: str) -> None:
    """Put hyperparameters into the sidebar, with the preset that they began from, if there still is one."""
    if preset_name in PRESETS:
        st.session_state[PRESET_KEY] = preset_name
    _fill_from(config)


def _read(name: str) -> Choice:
    values: dict[str, Any] = {}
    problems: list[str] = []
    for index, (group, fields) in enumerate(_groups()):
        with st.expander(group, expanded=index == 0):
            _read_fields([field for field in fields if not hints(field)["advanced"]], values, problems)
            advanced = [field for field in fields if hints(field)["advanced"]]
            if advanced:
                with st.expander("More", type="compact"):
                    _read_fields(advanced, values, problems)
    if problems:
        return Choice(preset=name, config=None, reason=" ".join(problems))
    try:
        config = TrainingConfig.parse(values)
        check_network(config)
        check_backend(config.backend)
    except (ConfigError, DeviceError) as error:
        reason = f"{error.happened} {error.fix}"
        st.error(as_text(reason), icon=":material/block:")
        return Choice(preset=name, config=None, reason=reason)
    return Choice(preset=name, config=config)


def _read_fields(fields: list[str], values: dict[str, Any], problems: list[str]) -> None:
    for field in fields:
        try:
            values[field] = draw_field(field, key=_key(field))
        except ConfigError as error:
            problems.append(f"{TrainingConfig.model_fields[field].title}: {error.happened}")
            st.caption(f":red[{as_text(error.happened)} {as_text(error.expected)}]")


def _fill() -> None:
    _fill_from(preset(st.session_state[PRESET_KEY]))


def _fill_from(config: TrainingConfig) -> None:
    for name in TrainingConfig.model_fields:
        st.session_state.pop(_key(name), None)
    st.session_state[FILLED_KEY] = _times_filled() + 1
    for name in TrainingConfig.model_fields:
        st.session_state[_key(name)] = widget_value(name, getattr(config, name))


def _groups() -> list[tuple[str, list[str]]]:
    fields = TrainingConfig.model_fields
    return [(group, list(names)) for group, names in groupby(fields, key=lambda name: hints(name)["group"])]


def _key(name: str) -> str:
    # A browser that sends a change before it has seen what the fields were filled with sends their old values with it.
    # Under the old keys these are nobody's.
    return f"hyperparameter_{_times_filled()}_{name}"


def _times_filled() -> int:
    return int(st.session_state.get(FILLED_KEY, 0))
