"""How far one answer of a run can be believed, by what the run did on rows that did not fit its temperature."""

from __future__ import annotations

from dataclasses import dataclass

from lsdc.evaluation.calibration_file import Bin, CalibrationRecord


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """The highest probability from which on a run answers; below it, it cannot tell.

    Args:
        probability: The least that the most probable grade must have.
        coverage: The share of the scored rows that reach it.
        accuracy: The share of these that were graded right; None if there are none.
        rows: All scored rows.
        part: Which rows they are, such as `test`.
    """

    probability: float
    coverage: float
    accuracy: float | None
    rows: int
    part: str

    def reached_by(self, probability: float) -> bool:
        """Whether an answer counts whose most probable grade has this probability."""
        return probability >= self.probability


def threshold_for(record: CalibrationRecord, share: float) -> Threshold:
    """The threshold that leaves at least a share of the scored rows their answers, and no more than needed.

    Args:
        record: Of the run.
        share: From 0 to 1; 1 is all of them.
    """
    fitting = [point for point in record["coverage"] if point["coverage"] >= share]
    point = max(fitting, key=lambda point: point["threshold"])
    reliability = record["reliability"]
    return Threshold(
        # Every answer reaches the lowest threshold; a higher one that all scored rows reached might refuse a new point.
        probability=0.0 if share >= 1 else point["threshold"],
        coverage=point["coverage"],
        accuracy=point["accuracy"],
        rows=reliability["rows"],
        part=reliability["part"],
    )


def reliability_at(record: CalibrationRecord, probability: float) -> Bin | None:
    """The scored rows with about the same highest probability; None if there were none."""
    # A bin is open below and closed above, as `calibration_bins` fills them.
    *lower, top = record["reliability"]["bins"]
    found = next((one for one in lower if probability <= one["high"]), top)
    return found if found["rows"] else None
