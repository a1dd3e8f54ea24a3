"""Colours that can be told apart, on a light page and on a dark one."""

import json
import tomllib
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from lsdc.charts.associations import odds_ratio_map, step_bars
from lsdc.charts.confusion import confusion_difference
from lsdc.charts.palette import ACCENT, LESS, MORE, REFERENCE, RUN_COLORS, SEVERITY_COLORS
from lsdc.labels import Severity
from lsdc.settings import PROJECT_ROOT

THEME = tomllib.loads((PROJECT_ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


def luminance(color):
    """Relative luminance after WCAG 2.2."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first, second):
    darker, lighter = sorted([luminance(first), luminance(second)])
    return (lighter + 0.05) / (darker + 0.05)


def as_seen_without_green_cones(color):
    """Deuteranopia after Viénot, Brettel and Mollon, Color Research and Application 24(4), 1999: yellow and blue."""
    red, green, blue = (int(color[start : start + 2], 16) / 255 for start in (1, 3, 5))
    yellow = 0.29275 * red**2.2 + 0.70725 * green**2.2
    return yellow, -0.02234 * red**2.2 + 0.02234 * green**2.2 + blue**2.2


def test_every_severity_has_a_colour_in_the_order_of_severity():
    assert list(SEVERITY_COLORS) == list(Severity)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("color", [*SEVERITY_COLORS.values(), *RUN_COLORS, ACCENT, LESS, MORE, REFERENCE])
def test_every_mark_stands_out_from_the_page(color, scheme):
    assert contrast(color, THEME[scheme]["backgroundColor"]) >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_easy_to_read(scheme):
    assert contrast(THEME[scheme]["textColor"], THEME[scheme]["backgroundColor"]) >= 7


@pytest.mark.parametrize("colors", [list(SEVERITY_COLORS.values()), [LESS, REFERENCE, MORE]])
def test_colours_of_one_chart_differ_for_readers_without_green_cones(colors):
    for first, second in combinations(colors, 2):
        distance = sum(
            (a - b) ** 2
            for a, b in zip(as_seen_without_green_cones(first), as_seen_without_green_cones(second), strict=True)
        )
        assert distance**0.5 > 0.1, (first, second)


def test_nothing_else_has_the_colour_of_a_severity():
    assert not {*RUN_COLORS, ACCENT, REFERENCE, LESS, MORE} & set(SEVERITY_COLORS.values())


def test_lower_and_higher_grades_do_not_have_the_colours_of_grades():
    steps = pd.DataFrame(
        [("L1/L2 to L2/L3", "higher", 1, 1, 1.0)], columns=["step", "change", "count", "studies", "share"]
    )
    pairs = pd.DataFrame([("a", "b", 1.0, 1, 2)], columns=["one", "other", "log2_odds_ratio", "both", "studies"])

    for chart in (
        step_bars(steps),
        odds_ratio_map(pairs, ["a", "b"]),
        confusion_difference(np.eye(3), np.ones((3, 3))),
    ):
        assert not any(color in json.dumps(chart.to_dict()) for color in SEVERITY_COLORS.values())
