"""The answer to one point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lsdc.labels import Severity
from lsdc.prediction.neighbours import Nearest


@dataclass(frozen=True, kw_only=True, eq=False)
class Grade:
    """An answer.

    The slices of `stack` are in the order that the network takes: as they were given, but reversed where a right-sided
    point of a sagittal series was mirrored. The point's own is always the middle one.

    Args:
        severity: The most probable grade.
        probabilities: Of each grade; they sum to 1.
        by_member: Of an ensemble the probabilities of each member, by its run's name; empty for a run with one network.
        nearest: The training cases that look most like the point to the network, or to the first of several; None if its
            run has not kept what it made of them.
        stack: What the network saw, or the first of an ensemble's, uint8 (slices, px, px).
        real: Which slices of `stack` are real ones; the others repeat the next one towards the middle.
        attention: The weight of each slice of `stack`, summing to 1; None if the network does not weigh its slices, or if
            there are several, of which each has weights of its own.
        reversed_order: Whether `stack` runs against the order in which the slices were given.
        warnings: Why the answer may not hold, in sentences.
        milliseconds: Time for crops and networks, one after the other.
    """

    severity: Severity
    probabilities: dict[Severity, float]
    by_member: dict[str, dict[Severity, float]]
    nearest: Nearest | None
    stack: NDArray[np.uint8]
    real: tuple[bool, ...]
    attention: tuple[float, ...] | None
    reversed_order: bool
    warnings: tuple[str, ...]
    milliseconds: float

    @property
    def num_slices(self) -> int:
        """Slices that the network looks at."""
        return len(self.real)

    @property
    def num_real(self) -> int:
        """How many of them there were."""
        return sum(self.real)

    @property
    def given_order(self) -> list[int]:
        """The places in `stack` of the slices as they were given: from the patient's right, or from the feet."""
        places = list(range(self.num_slices))
        return places[::-1] if self.reversed_order else places
