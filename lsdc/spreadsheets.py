"""Text that spreadsheets show: what begins like a formula would be computed when somebody opens a CSV file."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def as_cell(text: str) -> str:
    """A text with an apostrophe before it where it begins like a formula, or like one that has got its apostrophe."""
    return f"'{text}" if _FORMULA.match(text) else text


def from_cell(cell: str) -> str:
    """The text that `as_cell` was given; one that it would have left alone stays."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell
