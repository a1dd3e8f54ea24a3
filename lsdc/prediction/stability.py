"""Would a click a little beside have given the same grade?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint
from lsdc.errors import UnsupportedImageError
from lsdc.labels import Condition, Level, Severity, Side
from lsdc.prediction.grader import Grader, ReportProgress

REACH_MM = 5.0
STEPS = 11


@dataclass(frozen=True, kw_only=True, eq=False)
class Stability:
    """The grades of a grid of clicks around one.

    Args:
        offsets_mm: float64 (steps,), ascending, 0 in the middle: to the right and downwards on the image.
        probabilities: float64 (steps, steps, 3) by offset downwards, then to the right; NaN beyond the image's border.
    """

    offsets_mm: NDArray[np.float64]
    probabilities: NDArray[np.float64]

    @property
    def on_image(self) -> NDArray[np.bool_]:
        """Which clicks are on the image, (steps, steps)."""
        return ~np.isnan(self.probabilities[..., 0])

    @property
    def ranks(self) -> NDArray[np.intp]:
        """The rank of the most probable grade, (steps, steps); -1 beyond the border."""
        return np.where(self.on_image, np.argmax(self.probabilities, axis=-1), -1)

    @property
    def share_alike(self) -> float:
        """How many of the clicks on the image give the grade of the middle one."""
        return float(self._alike[self.on_image].mean())

    @property
    def flip(self) -> tuple[float, Severity] | None:
        """The distance in mm of the nearest click with another grade, and that grade; None if there is none."""
        others = self.on_image & ~self._alike
        if not others.any():
            return None
        distances = np.hypot(self.offsets_mm[:, None], self.offsets_mm[None, :])
        nearest = np.unravel_index(np.argmin(np.where(others, distances, np.inf)), others.shape)
        return float(distances[nearest]), list(Severity)[int(self.ranks[nearest])]

    def table(self) -> pd.DataFrame:
        """A row for each click on the image: `right` and `down` in mm, `severity`, and its `probability`."""
        down, right = np.nonzero(self.on_image)
        grades = list(Severity)
        return pd.DataFrame(
            {
                "right": self.offsets_mm[right],
                "down": self.offsets_mm[down],
                "severity": [grades[rank].value for rank in self.ranks[down, right]],
                "probability": self.probabilities[down, right].max(axis=-1),
            }
        )

    @property
    def _alike(self) -> NDArray[np.bool_]:
        middle = len(self.offsets_mm) // 2
        return np.asarray(self.ranks == self.ranks[middle, middle])


def click_stability(
    grader: Grader,
    slices: Sequence[DicomSlice | None],
    point: PixelPoint,
    *,
    condition: Condition,
    level: Level,
    side: Side,
    report: ReportProgress | None = None,
) -> Stability:
    """Grade a grid of `STEPS` × `STEPS` clicks, up to `REACH_MM` to each side of a point.

    Args:
        grader: Of the run.
        slices: As for `Grader.grade`.
        point: The click in the middle.
        condition: As for `Grader.grade`.
        level: As for `Grader.grade`.
        side: As for `Grader.grade`.
        report: Called with the clicks that are graded, and with all of them.

    Raises:
        UnsupportedImageError: If the image does not say its pixel spacing.
        LsdcError: As `Grader.grade`.
    """
    own = slices[len(slices) // 2]
    if own is None or own.spacing_mm is None:
        raise UnsupportedImageError(
            "The image does not say its pixel spacing.",
            "Distances around the click are in mm.",
            "Choose the original slice of the scanner.",
        )
    offsets_mm = np.linspace(-REACH_MM, REACH_MM, STEPS)
    (rows, cols), (between_rows, between_cols) = own.pixels.shape, own.spacing_mm
    clicks = {
        (down, right): PixelPoint(
            row=point.row + float(offsets_mm[down]) / between_rows,
            col=point.col + float(offsets_mm[right]) / between_cols,
        )
        for down, right in np.ndindex(STEPS, STEPS)
    }
    on_image = {place: at for place, at in clicks.items() if 0 <= at.row <= rows - 1 and 0 <= at.col <= cols - 1}
    views = [grader.look(slices, at, side=side) for at in on_image.values()]
    probabilities = np.full((STEPS, STEPS, len(Severity)), np.nan)
    probabilities[tuple(np.transpose(list(on_image)))] = grader.probabilities(
        views, condition=condition, level=level, side=side, report=report
    )
    return Stability(offsets_mm=offsets_mm, probabilities=probabilities)
