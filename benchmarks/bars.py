"""What every benchmark prints: measured values, each against its bar."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a measurement says of a bar."""

    HOLDS = "holds"
    FAILS = "DOES NOT HOLD"
    UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A measured value and the limit that it is held to.

    Args:
        at_most: Whether the bar is an upper limit; otherwise it is a lower one.
        spread: Between which values repeated measurements lie, if there were several. A bar within it is undecided.
    """

    name: str
    value: float
    bar: float
    at_most: bool = False
    spread: tuple[float, float] | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether the value is on the right side of the bar, or on it."""
        low, high = self.spread or (self.value, self.value)
        if low < self.bar < high:
            return Verdict.UNDECIDED
        holds = self.value <= self.bar if self.at_most else self.value >= self.bar
        return Verdict.HOLDS if holds else Verdict.FAILS


def report(title: str, bars: Sequence[Bar], *, as_json: bool, details: Mapping[str, object] | None = None) -> int:
    """Print the bars as a table, or as one JSON object.

    Args:
        title: Stands above the table.
        bars: What was measured.
        as_json: Whether the object is printed.
        details: What else the object holds.

    Returns:
        The exit code of the benchmark: 1 if a bar does not hold, else 0.
    """
    if as_json:
        everything = {**(details or {}), "bars": [_as_fields(bar) for bar in bars]}
        print(json.dumps(everything, indent=2, ensure_ascii=False))
    else:
        _print_table(title, bars)
    return int(any(bar.verdict is Verdict.FAILS for bar in bars))


def _as_fields(bar: Bar) -> dict[str, object]:
    return {
        "name": bar.name,
        "value": bar.value,
        "spread": bar.spread,
        "bar": bar.bar,
        "verdict": bar.verdict.value.lower(),
    }


def _print_table(title: str, bars: Sequence[Bar]) -> None:
    width = max(len(bar.name) for bar in bars)
    print(title)
    for bar in bars:
        sign = "≤" if bar.at_most else "≥"
        spread = f"({bar.spread[0]:.4g} to {bar.spread[1]:.4g})  " if bar.spread else ""
        print(f"  {bar.name:<{width}}  {bar.value:10.4g}  {spread}{sign} {bar.bar:<8.4g}  {bar.verdict}")
