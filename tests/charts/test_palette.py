"""Colours that can be told apart, on a light page and on a dark one."""

import tomllib
from itertools import combinations

import pytest

from lsdc.charts.palette import ACCENT, REFERENCE, RUN_COLORS, SEVERITY_COLORS
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
@pytest.mark.parametrize("color", [*SEVERITY_COLORS.values(), *RUN_COLORS, ACCENT, REFERENCE])
def test_every_mark_stands_out_from_the_page(color, scheme):
    assert contrast(color, THEME[scheme]["backgroundColor"]) >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_easy_to_read(scheme):
    assert contrast(THEME[scheme]["textColor"], THEME[scheme]["backgroundColor"]) >= 7


def test_severities_differ_for_readers_without_green_cones():
    for first, second in combinations(SEVERITY_COLORS.values(), 2):
        distance = sum(
            (a - b) ** 2
            for a, b in zip(as_seen_without_green_cones(first), as_seen_without_green_cones(second), strict=True)
        )
        assert distance**0.5 > 0.1, (first, second)


def test_no_run_has_the_colour_of_a_severity():
    assert not set(RUN_COLORS) & set(SEVERITY_COLORS.values())
