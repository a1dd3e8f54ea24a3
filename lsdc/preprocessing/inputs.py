"""From crops and words to the arrays that a network takes, in training and in prediction alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lsdc.labels import Condition, Level, Side

Inputs = dict[str, NDArray[Any]]


def network_inputs(
    stacks: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    coords: NDArray[Any],
    *,
    levels: Iterable[str],
    sides: Iterable[str],
    conditions: Iterable[str],
) -> Inputs:
    """All that a network may want to know of some points; `lsdc.models.catalogue` says what each holds.

    Args:
        stacks: uint8 (points, slices, px, px), as `extract_stack` cuts them.
        mask: bool (points, slices), True where a slice is a real one.
        coords: (points, 2), as `point_fractions` gives them.
        levels: A `Level` for each point.
        sides: A `Side` for each point.
        conditions: A `Condition` for each point.

    Returns:
        `image`, `mask` and `coords` as float32, `level`, `side` and `condition` as int32.
    """
    return {
        "image": unit_image(stacks),
        "mask": mask.astype(np.float32),
        "coords": np.asarray(coords, np.float32),
        "level": _places(levels, Level),
        "side": _places(sides, Side),
        "condition": _places(conditions, Condition),
    }


def unit_image(stacks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """From stored bytes to numbers from 0 to 1; the shape stays."""
    return stacks.astype(np.float32) / np.float32(255)


def seen_mask(mask: NDArray[np.float32], reach: NDArray[np.int64]) -> NDArray[np.float32]:
    """Hide neighbours beyond some distance from the point's own slice.

    Args:
        mask: float32 (rows, slices), 1 where a slice is a real one.
        reach: int (rows,), the largest distance that is still seen, in slices.
    """
    slices = mask.shape[1]
    distance = np.abs(np.arange(slices) - slices // 2)
    return np.where(distance[None] <= reach[:, None], mask, np.float32(0))


def _places(words: Iterable[str], vocabulary: Iterable[str]) -> NDArray[np.int32]:
    place = {str(word): index for index, word in enumerate(vocabulary)}
    return np.array([place[str(word)] for word in words], np.int32)
