"""What lies in the canal and its exits: epidural fat, yellow ligament, sac, cord, roots.

Each kind of narrowing acts here and in `vertebrae.bulge_mm`, at its own place, so that none is seen in another's point.
"""

from __future__ import annotations

import numpy as np

from lsdc.dataset.phantom.spine import (
    CANAL,
    CANAL_APEX,
    CANAL_HALF_WIDTH,
    FIRST_LEVEL,
    FORAMEN,
    RECESS,
    SAC_GAP,
    SAC_HALF_DEPTH,
    SAC_HALF_WIDTH,
    Floats,
    Spine,
    SpineCoordinates,
)
from lsdc.dataset.phantom.tissues import Contrast, bell, ellipse, paint
from lsdc.dataset.phantom.vertebrae import SACRUM, back_wall, bulge_mm
from lsdc.labels import Side

RECESS_LEFT_MM = 11.0
"""Distance of the lateral recess from the middle."""
FORAMEN_LEFT_MM = 19.0
"""Distance of the middle of the foramen from the middle."""


def roof_mm(spine: Spine, at: SpineCoordinates) -> Floats:
    """How far behind the back wall the canal ends: a gable, lowered where ligament or facet thickens."""
    near = np.exp(-((at.above / 8.0) ** 2))
    aside = np.sqrt(at.left**2 + 4) - 2
    gable = at.between(np.float32(CANAL_APEX)) - 1.18 * aside
    lowered = 6.5 * spine.closing[CANAL][at.disc] * bell(at.left, 5.0)
    for side, sign in ((Side.LEFT, 1.0), (Side.RIGHT, -1.0)):
        lowered += 3.8 * spine.closing[RECESS[side]][at.disc] * bell(sign * at.left - RECESS_LEFT_MM, 3.4)
    return np.asarray(gable - lowered * near, dtype=np.float32)


def paint_canal(signal: Floats, spine: Spine, at: SpineCoordinates, roof: Floats, contrast: Contrast) -> None:
    """Epidural fat, the yellow ligament behind it, and the sac."""
    over_wall = at.behind - back_wall(at)
    bulge = bulge_mm(spine, at)
    near = np.exp(-((at.above / 8.0) ** 2))
    half_canal = at.between(np.float32(CANAL_HALF_WIDTH)) + 2.2 * near
    sideways = np.abs(at.left) - half_canal
    canal = np.maximum(np.maximum(over_wall - roof, bulge - over_wall), sideways)
    ligament = np.maximum(np.abs(over_wall - roof - 1.7) - 1.9, sideways - 1.5)
    ligament = np.maximum(ligament, np.abs(at.above - 1.0) - 11.0)
    paint(signal, np.where(at.disc <= SACRUM, ligament, 50).astype(np.float32), contrast.ligament, edge_mm=1.0)
    paint(signal, canal, contrast.fat, edge_mm=0.8)
    _paint_sac(signal, spine, at, over_wall, bulge, roof, contrast)


def _paint_sac(
    signal: Floats, spine: Spine, at: SpineCoordinates, over_wall: Floats, bulge: Floats, roof: Floats, contrast: Contrast
) -> None:
    near = np.exp(-((at.above / 8.0) ** 2))
    closed = spine.closing[CANAL][at.disc] * near
    half_width = at.between(np.float32(SAC_HALF_WIDTH)) * (1 - 0.45 * closed)
    half_depth = at.between(np.float32(SAC_HALF_DEPTH)) * (1 - 0.66 * closed)
    gap = at.between(np.float32(SAC_GAP))
    x = at.left
    y = over_wall - gap - 4.0 * closed - np.maximum(half_depth, 0)
    exists = half_width > 1.0
    sac = ellipse(x, y, np.maximum(half_width, 1.0), np.maximum(half_depth, 1.0))
    sac = np.maximum(sac, np.maximum(over_wall - roof + 0.8, bulge + 0.5 - over_wall))
    sac = np.where(exists, sac, 50).astype(np.float32)
    chosen = np.flatnonzero(sac < 3.0)
    if not len(chosen):
        return
    inside, sac, x, y = at[chosen], sac[chosen], x[chosen], y[chosen]
    half_width, half_depth, closed = half_width[chosen], half_depth[chosen], closed[chosen]
    part = signal[chosen]
    paint(part, sac - 0.5, contrast.ligament)
    paint(part, sac, contrast.fluid + 0.45 * closed * (contrast.root - contrast.fluid), edge_mm=1.0)
    taper = np.clip((spine.conus - inside.place) / 1.1, 0, 1)
    cord = ellipse(x, y, 0.1 + 4.7 * np.sqrt(taper), 0.1 + 3.7 * np.sqrt(taper))
    paint(part, np.maximum(cord, sac + 0.5), contrast.cord)
    paint(part, np.maximum(_roots(spine, inside, x / half_width, y / half_depth), sac + 0.6), contrast.root, edge_mm=0.8)
    signal[chosen] = part


def _roots(spine: Spine, at: SpineCoordinates, x: Floats, y: Floats) -> Floats:
    """Signed distance from the roots in the sac, which lie layered at the back in a person lying face up.

    Two roots leave on each side at every level: before that they drift to the front and outside.
    """
    nearest = np.full_like(x, 50)
    for leaves in range(FIRST_LEVEL, FIRST_LEVEL + 8):
        to_go = np.clip(leaves + 0.3 - at.place, 0, 4)
        present = (at.place > spine.conus - 1.0) & (at.place < leaves + 0.35)
        for strand in range(2):
            phase = spine.texture[leaves, 3] + 2.1 * strand
            layer = 0.62 - 0.10 * (leaves - FIRST_LEVEL) * 0.3 + 0.14 * np.sin(phase + 0.9 * at.place)
            outer = np.clip(0.80 - 0.20 * to_go + 0.06 * strand, 0.06, 0.82) + 0.05 * np.sin(phase * 3 + at.place)
            back = np.where(to_go < 1, 0.25 + (layer - 0.25) * to_go, layer) * np.sqrt(np.clip(1 - outer**2, 0.1, 1))
            distance = np.hypot((np.abs(x) - outer) * 8.0, (y - back) * 6.3) - 0.75
            nearest = np.minimum(nearest, np.where(present, distance, 50))
    return nearest


def paint_exiting_roots(signal: Floats, spine: Spine, at: SpineCoordinates, roof: Floats, contrast: Contrast) -> None:
    """The root in each lateral recess, and the root with its ganglion in each foramen."""
    over_wall = at.behind - back_wall(at)
    bulge = bulge_mm(spine, at)
    lumbar = (at.disc >= FIRST_LEVEL - 1) & (at.disc <= SACRUM)
    aside = np.abs(at.left)
    room = np.maximum(roof - bulge, 0.4)
    recess_y = over_wall - bulge - 0.5 * room
    traversing = ellipse(aside - RECESS_LEFT_MM + 0.4 + 0.06 * at.above, recess_y, 1.9, np.minimum(1.8, 0.36 * room))
    traversing = np.where(lumbar & (np.abs(at.above + 3) < 12), traversing, 50).astype(np.float32)
    paint(signal, traversing, contrast.root)
    height = 9.5 - 0.42 * (aside - FORAMEN_LEFT_MM)
    exiting = ellipse(at.above - height, over_wall - 3.6 + 0.25 * (aside - FORAMEN_LEFT_MM), 3.3, 2.7)
    exiting = np.maximum(exiting, np.maximum(10.5 - aside, aside - 42))
    paint(signal, np.where(lumbar, exiting, 50).astype(np.float32), contrast.root * 1.1)
    for side, sign in ((Side.LEFT, 1.0), (Side.RIGHT, -1.0)):
        _paint_narrowed_foramen(signal, spine, at, over_wall, side, sign, contrast)


def _paint_narrowed_foramen(
    signal: Floats, spine: Spine, at: SpineCoordinates, over_wall: Floats, side: Side, sign: float, contrast: Contrast
) -> None:
    """Disc and facet close the foramen from the front and from behind; the fat goes first, then the root is pressed."""
    closed = spine.closing[FORAMEN[side]][at.disc]
    along = bell(sign * at.left - FORAMEN_LEFT_MM, 4.5)
    near = bell(at.above - 4.0, 8.0)
    from_front = over_wall - 4.2 * closed * along * near - 0.2
    from_behind = 9.5 - 4.6 * closed * along * near - over_wall
    exit_only = np.maximum(np.abs(sign * at.left - FORAMEN_LEFT_MM) - 7.5, np.abs(at.above - 4.0) - 13.0)
    closing = np.maximum(np.maximum(np.minimum(from_front, from_behind), exit_only), np.abs(over_wall - 5.0) - 5.5)
    lumbar = (at.disc >= FIRST_LEVEL) & (at.disc <= SACRUM) & (closed > 0)
    paint(signal, np.where(lumbar, closing, 50).astype(np.float32), contrast.ligament)
