"""Widgets made from the declarations of the hyperparameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdc.config import NO_REVIEW, PRESETS, TrainingConfig
from lsdc.config.ranges import bounds, hints
from lsdc.errors import ConfigError
from lsdc.models.catalogue import CATALOG, ENCODERS, IMAGENET, NO_WEIGHTS
from lsdc.ui.fields import log_steps, parse_whole_numbers, widget_value


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_whole_numbers_survive_being_shown_and_typed_again(numbers):
    typed = ", ".join(str(number) for number in numbers)

    assert parse_whole_numbers(typed) == tuple(numbers)


@pytest.mark.parametrize("typed", ["", "32,", "32;64", "1.5", "-4", "many", "１２x"])
def test_what_is_no_list_of_whole_numbers_is_refused_with_the_part_named(typed):
    with pytest.raises(ConfigError, match="not a whole number"):
        parse_whole_numbers(typed)


def test_a_logarithmic_slider_stays_within_its_bounds_and_rises():
    steps = log_steps(1e-6, 1.0)

    assert steps[0] == 1e-6
    assert steps[-1] == 1.0
    assert steps == sorted(set(steps))
    assert {1e-3, 3e-4, 5e-5} <= set(steps)


def test_every_hyperparameter_has_title_help_and_group():
    for name, field in TrainingConfig.model_fields.items():
        assert field.title, name
        assert field.description, name
        assert hints(name)["group"], name


def test_every_number_declares_both_bounds():
    for name, field in TrainingConfig.model_fields.items():
        if field.annotation in (int, float):
            lowest, highest = bounds(field)
            assert lowest < highest, name


@pytest.mark.parametrize("name", PRESETS)
def test_what_a_widget_shows_of_the_filters_can_be_typed(name):
    filters = PRESETS[name].conv_filters

    assert parse_whole_numbers(widget_value("conv_filters", filters)) == filters


@pytest.mark.parametrize("name", [name for name in TrainingConfig.model_fields if "choices" in hints(name)])
def test_the_default_of_a_choice_is_among_its_words(name):
    words = {"networks": CATALOG, "encoders": ENCODERS, "pretrained": (NO_WEIGHTS, IMAGENET), "reviews": (NO_REVIEW,)}

    assert TrainingConfig.model_fields[name].default in words[hints(name)["choices"]]
