"""Numbers with their nouns, and names in a row: the small words of the charts' sentences."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun.

    Examples:
        >>> counted(1, "study", "studies")
        '1 study'
        >>> counted(1975, "study", "studies")
        '1,975 studies'
    """
    return f"{number:,} {one if number == 1 else many}"


def listed(names: Sequence[str]) -> str:
    """Names in a row.

    Examples:
        >>> listed(["L1/L2", "L2/L3", "L3/L4"])
        'L1/L2, L2/L3 and L3/L4'
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def each_of(names: Sequence[str]) -> str:
    """What a number is followed by if it is that of several alike: “ each”, and nothing if it is of one."""
    return " each" if len(names) > 1 else ""
