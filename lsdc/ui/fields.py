"""One hyperparameter, one widget. Title, help, bounds and choices are read from the field's declaration."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from lsdc import settings
from lsdc.config import NO_REVIEW, PRESETS, TrainingConfig
from lsdc.config.ranges import bounds, closed_bounds, hints, is_whole_numbers, parse_value, step_size
from lsdc.errors import ConfigError
from lsdc.labels import Condition
from lsdc.models.catalogue import CATALOG, ENCODERS, IMAGENET, NO_WEIGHTS

# As many choices fit beside each other in the sidebar.
MOST_SEGMENTS = 3


def draw_field(name: str, *, key: str) -> Any:
    """Draw the widget of a field; `key` must already hold its value in the session.

    Returns:
        The value in the form that `TrainingConfig` takes.

    Raises:
        ConfigError: If what was typed cannot be understood, or is out of range.
    """
    field = TrainingConfig.model_fields[name]
    draw, read = _widget_for(name, field)
    draw(field, key)
    value = read(st.session_state[key])
    parse_value(name, value)
    return value


def widget_value(name: str, value: Any) -> Any:
    """What the session holds for `value`: the form that the field's widget shows."""
    if is_whole_numbers(TrainingConfig.model_fields[name]):
        return ", ".join(str(number) for number in value)
    return list(value) if isinstance(value, tuple) else value


def parse_whole_numbers(text: str) -> tuple[int, ...]:
    """Read `32, 64, 128`.

    Raises:
        ConfigError: If a part is not a whole number.
    """
    parts = [part.strip() for part in text.split(",")]
    wrong = [part for part in parts if not part.isdecimal()]
    if wrong:
        raise ConfigError(
            f"“{wrong[0]}” is not a whole number.", "Expected numbers such as 32, 64, 128.", "Separate them by commas."
        )
    return tuple(int(part) for part in parts)


def log_steps(lowest: float, highest: float) -> list[float]:
    """The values of a logarithmic slider: 1, 2, 3, 5, 7 of each decade within the bounds."""
    first, last = math.floor(math.log10(lowest)), math.ceil(math.log10(highest))
    values = [float(f"{digit}e{decade}") for decade in range(first, last + 1) for digit in (1, 2, 3, 5, 7)]
    return [value for value in values if lowest <= value <= highest]


def _widget_for(name: str, field: FieldInfo) -> tuple[Callable[[FieldInfo, str], object], Callable[[Any], Any]]:
    kind = field.annotation
    match hints(name).get("choices"):
        case "networks":
            return _draw_network, str
        case "encoders":
            return partial(_draw_words, options=ENCODERS), str
        case "reviews":
            files = sorted(str(path) for path in settings.reviews_root().glob("*/[!.]*.csv"))
            return partial(
                _draw_words, options=(NO_REVIEW, *files), accept_new_options=True, format_func=_review_name
            ), str
        case "pretrained":
            # A path can be typed as well.
            return partial(_draw_words, options=(NO_WEIGHTS, IMAGENET), accept_new_options=True), str
    if is_whole_numbers(field):
        return _draw_whole_numbers, parse_whole_numbers
    if get_origin(kind) is tuple:
        # In the order of the vocabulary, however they were clicked: equal choices make equal configs.
        return _draw_several, lambda chosen: tuple(option for option in get_args(kind)[0] if option in chosen)
    if kind is bool:
        return _draw_toggle, bool
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _draw_one_of, kind
    if hints(name).get("scale") == "log":
        # A preset's value is always on the slider, whether or not it is a round one.
        presets = {float(getattr(config, name)) for config in PRESETS.values()}
        options = sorted({*log_steps(*bounds(field)), *presets})
        return partial(_draw_log_slider, options=options), float
    if kind is int:
        return partial(_draw_number, name), int
    if kind is float:
        return partial(_draw_number, name), float
    raise TypeError(f"There is no widget for {name}: {kind}.")


def _draw_network(field: FieldInfo, key: str) -> None:
    name = st.selectbox(options=list(CATALOG), **_common(field, key))
    st.caption(CATALOG[name].description)


def _draw_words(
    field: FieldInfo,
    key: str,
    options: Sequence[str],
    accept_new_options: bool = False,
    format_func: Callable[[str], str] = str,
) -> None:
    st.selectbox(options=options, accept_new_options=accept_new_options, format_func=format_func, **_common(field, key))


def _draw_whole_numbers(field: FieldInfo, key: str) -> None:
    st.text_input(**_common(field, key))


def _draw_several(field: FieldInfo, key: str) -> None:
    options = list(get_args(field.annotation)[0])
    st.pills(options=options, selection_mode="multi", format_func=_display, **_common(field, key))


def _draw_toggle(field: FieldInfo, key: str) -> None:
    st.toggle(**_common(field, key))


def _draw_one_of(field: FieldInfo, key: str) -> None:
    options = list(field.annotation)  # type: ignore[call-overload]  # `_widget_for` saw an enum
    if len(options) <= MOST_SEGMENTS:
        st.segmented_control(options=options, format_func=_display, required=True, **_common(field, key))
    else:
        st.selectbox(options=options, format_func=_display, **_common(field, key))


def _draw_log_slider(field: FieldInfo, key: str, options: list[float]) -> None:
    # A run that was started elsewhere may have a value between the steps.
    steps = sorted({*options, st.session_state[key]})
    st.select_slider(options=steps, format_func=lambda value: f"{value:g}", **_common(field, key))


def _draw_number(name: str, field: FieldInfo, key: str) -> None:
    kind: type[int] | type[float] = int if field.annotation is int else float
    lowest, highest = closed_bounds(name)
    st.number_input(
        min_value=kind(lowest),
        max_value=kind(highest),
        step=kind(step_size(name)),
        format="%d" if kind is int else "%g",
        **_common(field, key),
    )


def _common(field: FieldInfo, key: str) -> dict[str, Any]:
    # The session keeps what was set while the reader is on another page.
    return {"label": field.title, "help": field.description, "key": key, "persist_state": "session"}


def _display(value: object) -> str:
    return value.display if isinstance(value, Condition) else str(value)


def _review_name(path: str) -> str:
    """The reviewer and the data set; the whole path would be cut off at its end."""
    return path if path == NO_REVIEW else f"{Path(path).stem} · {Path(path).parent.name}"
