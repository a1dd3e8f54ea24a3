"""Where the canal, the recesses and the foramina begin and end. The only place where a narrowing deforms anything.

Each kind of narrowing acts at its own place, so that none is seen in another's point.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from lsdc.dataset.phantom.coordinates import SpineCoordinates
from lsdc.dataset.phantom.shapes import Floats, bell
from lsdc.dataset.phantom.spine import (
    BODY_HALF_DEPTH,
    CANAL,
    CANAL_APEX,
    CANAL_HALF_WIDTH,
    FORAMEN,
    RECESS,
    SIDES,
    WALL_HOLLOW,
    Spine,
)

RECESS_LEFT_MM = 10.2
"""Distance of a lateral recess from the middle."""
FORAMEN_BESIDE_MM = 6.0
"""Distance of the middle of a foramen from the side of the canal."""
FORAMEN_ABOVE_MM = 4.0
"""Height of the middle of a foramen over its disc plane."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Passages:
    """The borders of the passages at some points, in mm behind the back wall of the bodies; arrays of (points,).

    Args:
        over_wall: Where the points themselves are.
        bulge: Where the disc ends.
        roof: Where the canal ends: a gable whose ridge is in the middle.
        gable: Where the roof is if nothing narrows; bones do not move.
        half_width: From the middle to the pedicles, in mm to the side.
        canal_closed: How far the sac is pressed together, from 0 to 1.
        foramen_front: Where a foramen begins; below 0, in the body, if nothing narrows it.
        foramen_back: Where a foramen ends; among the bones if nothing narrows it.
    """

    over_wall: Floats
    bulge: Floats
    roof: Floats
    gable: Floats
    half_width: Floats
    canal_closed: Floats
    foramen_front: Floats
    foramen_back: Floats

    def __getitem__(self, chosen: npt.NDArray[np.intp]) -> Passages:
        return Passages(**{field.name: getattr(self, field.name).take(chosen) for field in fields(self)})


def find_passages(spine: Spine, at: SpineCoordinates) -> Passages:
    """The borders at each point; a closed recess is about 1 mm high and an open one 9, where it is marked."""
    aside, half_width = np.abs(at.left), at.between(CANAL_HALF_WIDTH)
    side = (at.left < 0).astype(np.intp)
    near_disc = np.exp(-((at.above / 8.0) ** 2))
    canal = spine.closing[CANAL][at.disc] * near_disc
    recess = np.stack([spine.closing[RECESS[side]] for side in SIDES])[side, at.disc]
    recess = recess * near_disc * bell(aside - RECESS_LEFT_MM, 3.2)
    foramen = np.stack([spine.closing[FORAMEN[side]] for side in SIDES])[side, at.disc]
    foramen = foramen * bell(aside - half_width - FORAMEN_BESIDE_MM, 5.0) * bell(at.above - FORAMEN_ABOVE_MM, 8.0)
    gable = at.between(CANAL_APEX) - 1.18 * (np.sqrt(at.left**2 + 4) - 2)
    middle = bell(at.left, 4.8)
    return Passages(
        over_wall=at.behind - _back_wall(at),
        bulge=0.5 * near_disc + 4.0 * canal * middle + 3.0 * recess + 1.5 * foramen,
        roof=gable - 6.5 * canal * middle - 5.0 * recess,
        gable=gable,
        half_width=half_width,
        canal_closed=canal,
        foramen_front=9.2 * np.sqrt(foramen) - 7.0,
        foramen_back=11.5 - 6.4 * foramen,
    )


def _back_wall(at: SpineCoordinates) -> Floats:
    """Where the bodies end towards the canal, mm behind the disc centres; hollow in the middle and at the waist."""
    hollow = at.between(WALL_HOLLOW) * np.clip(1 - (at.left / 13) ** 2, -0.2, 1)
    waist = np.minimum((at.above / 14) ** 2, 1)
    return at.between(BODY_HALF_DEPTH) - hollow - 0.9 * waist
