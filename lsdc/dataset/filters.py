"""Which rows of a label table are looked at, as a value, and as the words of an address that can be shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import pandas as pd

from lsdc import labels
from lsdc.dataset.splits import Part
from lsdc.labels import Condition, Level, Severity, Side

# Stands for a missing severity among the grades.
UNGRADED = "No grade"


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One of the things that rows are chosen by.

    Args:
        name: The attribute of `Filter`, and the word in an address.
        column: Where the label table has it.
        words: What the column may hold, by the word for it in an address, in the order of the vocabulary.
    """

    name: str
    column: str
    words: Mapping[str, str]


DIMENSIONS = (
    Dimension(name="condition", column="condition", words={word.value: word.value for word in Condition}),
    Dimension(name="side", column="side", words={word.value: word.value for word in Side}),
    Dimension(name="level", column="level", words={word.slug: word.value for word in Level}),
    Dimension(
        name="severity",
        column="severity",
        words={word.value.lower().replace("/", "_"): word.value for word in Severity} | {"no_grade": UNGRADED},
    ),
    Dimension(name="sequence", column="series_description", words={word.slug: word.value for word in labels.Sequence}),
    Dimension(
        name="part",
        column="split",
        words={part.value: part.value for part in (Part.TRAIN, Part.VALIDATION, Part.TEST)},
    ),
)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What is chosen of each dimension, as the values of its column; nothing chosen keeps all rows.

    Examples:
        >>> Filter(level=frozenset({"L4/L5"})).to_address()
        {'level': ['l4_l5']}
    """

    condition: frozenset[str] = frozenset()
    side: frozenset[str] = frozenset()
    level: frozenset[str] = frozenset()
    severity: frozenset[str] = frozenset()
    sequence: frozenset[str] = frozenset()
    part: frozenset[str] = frozenset()

    @classmethod
    def from_address(cls, address: Mapping[str, Sequence[str]]) -> tuple[Self, list[str]]:
        """Read the words of an address; those of other parts of the page are not looked at.

        Returns:
            The filter, and what was dropped because it is no word of ours, such as `level=l9`.
        """
        chosen, dropped = {}, []
        for dimension in DIMENSIONS:
            words = address.get(dimension.name, ())
            chosen[dimension.name] = frozenset(dimension.words[word] for word in words if word in dimension.words)
            dropped += [f"{dimension.name}={word}" for word in words if word not in dimension.words]
        return cls(**chosen), dropped

    def to_address(self) -> dict[str, list[str]]:
        """The words of the dimensions of which something is chosen."""
        address = {
            dimension.name: [word for word, value in dimension.words.items() if value in self.chosen(dimension)]
            for dimension in DIMENSIONS
        }
        return {name: words for name, words in address.items() if words}

    def chosen(self, dimension: Dimension) -> frozenset[str]:
        """What is chosen of a dimension."""
        values: frozenset[str] = getattr(self, dimension.name)
        return values

    def without(self, *names: str) -> Self:
        """The same with nothing chosen of some dimensions."""
        return replace(self, **dict.fromkeys(names, frozenset()))

    def toggled(self, picked: Mapping[str, str]) -> Self:
        """The same with exactly one value chosen of some dimensions; without them if just these were chosen already."""
        values = {name: frozenset({value}) for name, value in picked.items()}
        if all(getattr(self, name) == value for name, value in values.items()):
            return self.without(*values)
        return replace(self, **values)


def apply(table: pd.DataFrame, chosen: Filter) -> pd.DataFrame:
    """Keep the rows that a filter chooses.

    Args:
        table: A label table; with a column `split`, a `Part` or missing, if the filter chooses parts.
        chosen: The filter.

    Returns:
        The rows in their order, numbered anew.
    """
    keep = pd.Series(data=True, index=table.index)
    for dimension in DIMENSIONS:
        if values := chosen.chosen(dimension):
            column = table[dimension.column]
            keep &= column.isin(values) | (column.isna() & (UNGRADED in values))
    return table[keep].reset_index(drop=True)
