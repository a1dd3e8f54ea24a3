"""Which part of what the network saw spoke for its answer? Parts are covered one after the other (Zeiler and Fergus 2014)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lsdc.labels import Condition, Level, Severity, Side
from lsdc.prediction.grader import Grader, ReportProgress, View
from lsdc.preprocessing.crops import Rectangle

# The cover's side as a share of the image's, and how many places it takes along each side: every pixel is covered.
COVER_SHARE = 1 / 6
PLACES = 11


@dataclass(frozen=True, kw_only=True, eq=False)
class Occlusion:
    """How much the probability of a grade depends on each part of the image.

    Args:
        severity: The grade.
        probability: Its probability with nothing covered.
        effect: float64 (px, px), what the probability loses on average when this pixel is under the cover; negative where
            it gains. Turned as the network, or the first of several, saw the image.
        lowest: Its probability with the cover where it costs most.
        middle: The middle of that cover, as shares of height and width.
    """

    severity: Severity
    probability: float
    effect: NDArray[np.float64]
    lowest: float
    middle: tuple[float, float]


def occlude(
    grader: Grader,
    view: View,
    severity: Severity,
    *,
    condition: Condition,
    level: Level,
    side: Side,
    report: ReportProgress | None = None,
) -> Occlusion:
    """Cover the image at `PLACES` × `PLACES` places with each slice's own mean grey, the same place in all slices.

    The places are of the first network's crop. Of an ensemble, a cover lies on the same part of the patient in all crops.

    Args:
        grader: Of the run.
        view: What it graded, from `Grader.look`.
        severity: The grade whose probability is watched.
        condition: As for `Grader.grade`.
        level: As for `Grader.grade`.
        side: As for `Grader.grade`.
        report: Called with the views that are graded, and with all of them.
    """
    px, part = view.first.stack.shape[1], view.first.part
    cover = max(1, round(px * COVER_SHARE))
    starts = np.unique(np.linspace(0, px - cover, PLACES).round().astype(int))
    places = [(slice(top, top + cover), slice(left, left + cover)) for top in starts for left in starts]
    covers = [
        Rectangle(
            top=part.top + rows.start / px * part.height,
            left=part.left + cols.start / px * part.width,
            height=cover / px * part.height,
            width=cover / px * part.width,
        )
        for rows, cols in places
    ]
    views = [view, *(view.covered(cover) for cover in covers)]
    answers = grader.probabilities(views, condition=condition, level=level, side=side, report=report)
    probability, covered = float(answers[0, severity.rank]), answers[1:, severity.rank]
    effect, times = np.zeros((px, px)), np.zeros((px, px))
    for (rows, cols), left_over in zip(places, covered, strict=True):
        effect[rows, cols] += probability - left_over
        times[rows, cols] += 1
    rows, cols = places[int(np.argmin(covered))]
    return Occlusion(
        severity=severity,
        probability=probability,
        effect=effect / times,
        lowest=float(covered.min()),
        middle=((rows.start + cover / 2) / px, (cols.start + cover / 2) / px),
    )
