"""All colours of the program's charts, each declared once.

Severity runs from cool to hot. Its hues stay apart for colour-blind readers, and each keeps a contrast of at least 3:1
to the light and to the dark background (WCAG 2.2, 1.4.11); colour never stands alone, the word is always beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from lsdc.labels import Severity

SEVERITY_COLORS: dict[Severity, str] = {
    Severity.NORMAL_MILD: "#5b93c4",
    Severity.MODERATE: "#c9820a",
    Severity.SEVERE: "#c8323f",
}

# Counts without a class, and the line that matters among others.
ACCENT = "#0f7c8a"
# What stands beside as a reference: training beside validation, a baseline beside a run.
REFERENCE = "#7f7f7f"
# Less and more than a middle, whether that is good or not; no colours of grades, beside which they stand.
LESS, MORE = "#2e8b57", "#8c5fb8"

# Streamlit fits axes and legend into a chart's height, so that each takes its part of it.
AXIS_PX = 44
TITLE_PX = 24
LEGEND_PX = 34

RUN_COLORS = (ACCENT, "#8a6fc0", "#4f9a57", "#b06a9a", "#3f6fb5", "#a08030")


def severity_color(legend: alt.Legend | None = None) -> alt.Color:
    """The encoding of column `severity`, in the order of severity."""
    scale = alt.Scale(domain=[word.value for word in SEVERITY_COLORS], range=list(SEVERITY_COLORS.values()))
    return alt.Color("severity:N", scale=scale, legend=legend)


def severity_legend() -> alt.Legend:
    """Above the chart, where it takes no width."""
    return alt.Legend(title=None, orient="top", direction="horizontal")


def share_shade(column: str, highest: float = 1.0) -> alt.Color:
    """The encoding of a share as a shade of the accent, through which the page is seen, whether light or dark.

    The strongest still lets the page's text colour be read.
    """
    scale = alt.Scale(domain=[0, highest], range=[ACCENT + "0d", ACCENT + "a6"], clamp=True)
    return alt.Color(f"{column}:Q", scale=scale, legend=None)


def run_color(runs: Sequence[str]) -> alt.Color:
    """The encoding of column `run`; a run keeps its colour in every chart that is given the same runs."""
    colors = [RUN_COLORS[index % len(RUN_COLORS)] for index in range(len(runs))]
    legend = alt.Legend(title=None, orient="top", direction="vertical", labelLimit=420)
    return alt.Color("run:N", scale=alt.Scale(domain=list(runs), range=colors), legend=legend)
