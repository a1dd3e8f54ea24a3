"""What every benchmark prints: measured values, each against its bar."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A measured value and the limit that it is held to.

    Args:
        at_most: Whether the bar is an upper limit; otherwise it is a lower one.
    """

    name: str
    value: float
    bar: float
    at_most: bool = False

    @property
    def holds(self) -> bool:
        """Whether the value is on the right side of the bar, or on it."""
        return self.value <= self.bar if self.at_most else self.value >= self.bar


def report(title: str, bars: Sequence[Bar], *, as_json: bool) -> int:
    """Print the bars as a table, or as one JSON object.

    Returns:
        The exit code of the benchmark: 0 if all bars hold, else 1.
    """
    if as_json:
        fields = [{"name": bar.name, "value": bar.value, "bar": bar.bar, "holds": bar.holds} for bar in bars]
        print(json.dumps({"bars": fields}, indent=2, ensure_ascii=False))
    else:
        _print_table(title, bars)
    return 0 if all(bar.holds for bar in bars) else 1


def _print_table(title: str, bars: Sequence[Bar]) -> None:
    width = max(len(bar.name) for bar in bars)
    print(title)
    for bar in bars:
        sign = "≤" if bar.at_most else "≥"
        verdict = "holds" if bar.holds else "DOES NOT HOLD"
        print(f"  {bar.name:<{width}}  {bar.value:10.4g}  {sign} {bar.bar:<8.4g}  {verdict}")
