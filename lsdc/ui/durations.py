"""Times in words."""

from __future__ import annotations


def about(seconds: float) -> str:
    """A duration, as exact as it is useful.

    Examples:
        >>> about(42), about(200), about(9000)
        ('42 s', '3 min', '2 h 30 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
