"""What lies in the passages: epidural fat, yellow ligament, the sac with cord and roots, and the roots that leave it."""

from __future__ import annotations

import numpy as np

from lsdc.dataset.phantom.bones import FAR
from lsdc.dataset.phantom.coordinates import SpineCoordinates
from lsdc.dataset.phantom.passages import FORAMEN_BESIDE_MM, RECESS_LEFT_MM, Passages
from lsdc.dataset.phantom.shapes import Floats, ellipse
from lsdc.dataset.phantom.spine import (
    FIRST_LEVEL,
    SAC_GAP,
    SAC_HALF_DEPTH,
    SAC_HALF_WIDTH,
    SACRUM,
    Spine,
)
from lsdc.dataset.phantom.tissues import Contrast, paint


def paint_canal(signal: Floats, spine: Spine, at: SpineCoordinates, passages: Passages, contrast: Contrast) -> None:
    """Epidural fat, the yellow ligament behind it, and the sac."""
    near = np.flatnonzero((np.abs(at.left) < 24) & (np.abs(passages.over_wall - 11) < 15))
    at, passages, part = at[near], passages[near], signal[near]
    over_wall, roof = passages.over_wall, passages.roof
    sideways = np.abs(at.left) - passages.half_width - 2.2 * np.exp(-((at.above / 8.0) ** 2))
    ligament = np.maximum(np.maximum(roof - 0.2 - over_wall, over_wall - passages.gable - 3.6), sideways - 1.5)
    ligament = np.maximum(ligament, np.abs(at.above - 1.0) - 11.0)
    paint(part, np.where(at.disc <= SACRUM, ligament, FAR), contrast.ligament, edge_mm=1.0)
    canal = np.maximum(np.maximum(over_wall - roof, passages.bulge - over_wall), sideways)
    paint(part, canal, contrast.fat, edge_mm=0.8)
    _paint_sac(part, spine, at, passages, contrast)
    signal[near] = part


def _paint_sac(signal: Floats, spine: Spine, at: SpineCoordinates, passages: Passages, contrast: Contrast) -> None:
    """The sac with its fluid; where it is pressed together the roots crowd, and the fluid darkens."""
    half_width = at.between(SAC_HALF_WIDTH) * (1 - 0.45 * passages.canal_closed)
    half_depth = at.between(SAC_HALF_DEPTH) * (1 - 0.76 * passages.canal_closed)
    x = at.left / np.maximum(half_width, 1.0)
    y = (passages.over_wall - at.between(SAC_GAP) - 4.0 * passages.canal_closed) / np.maximum(half_depth, 1.0) - 1
    sac = (np.hypot(x, y) - 1) * np.maximum(half_depth, 1.0)
    free = np.maximum(passages.over_wall - passages.roof + 0.8, passages.bulge + 0.5 - passages.over_wall)
    sac = np.where(half_width > 1.0, np.maximum(sac, free), FAR)
    inside = np.flatnonzero(sac < 2.0)
    at, sac, x, y, part = at[inside], sac[inside], x[inside], y[inside], signal[inside]
    fluid = contrast.fluid + 0.55 * passages.canal_closed[inside] * (contrast.root - contrast.fluid)
    paint(part, sac - 0.4, contrast.ligament)
    paint(part, sac, fluid, edge_mm=1.0)
    taper = np.sqrt(np.clip((spine.conus - at.place) / 1.1, 0, 1))
    paint(part, np.maximum(ellipse(8.6 * x, 6.6 * y, 0.1 + 4.7 * taper, 0.1 + 3.7 * taper), sac + 0.5), contrast.cord)
    paint(part, np.maximum(_roots(spine, at, x, y), sac + 0.6), contrast.root, edge_mm=0.8)
    signal[inside] = part


def _roots(spine: Spine, at: SpineCoordinates, x: Floats, y: Floats) -> Floats:
    """Signed distance from the roots in the sac, layered at its back as in a person who lies face up.

    Two strands leave on each side at every level; before that they drift to the front and outside.

    Args:
        spine: Where the cord ends, and phases for the strands' waves.
        at: Points.
        x: Their place across the sac, from -1 to 1.
        y: Their place from the sac's front to its back, from -1 to 1.
    """
    nearest = np.full_like(x, FAR)
    for leaves in range(FIRST_LEVEL, FIRST_LEVEL + 8):
        to_go = np.clip(leaves + 0.3 - at.place, 0, 4)
        present = (at.place > spine.conus - 1.0) & (at.place < leaves + 0.35)
        for strand in range(2):
            phase = spine.texture[leaves, 3] + 2.1 * strand
            outer = np.clip(0.80 - 0.20 * to_go + 0.06 * strand, 0.06, 0.82) + 0.05 * np.sin(3 * phase + at.place)
            layer = 0.62 - 0.03 * (leaves - FIRST_LEVEL) + 0.14 * np.sin(phase + 0.9 * at.place)
            back = (0.25 + (layer - 0.25) * np.minimum(to_go, 1)) * np.sqrt(np.clip(1 - outer**2, 0.1, 1))
            distance = np.hypot((np.abs(x) - outer) * 8.0, (y - back) * 6.3) - 0.75
            nearest = np.minimum(nearest, np.where(present, distance, FAR))
    return nearest


def paint_leaving_roots(signal: Floats, at: SpineCoordinates, passages: Passages, contrast: Contrast) -> None:
    """The root in each recess, and the root with its ganglion in each foramen, pressed flat where that is narrow."""
    near = np.flatnonzero((at.disc >= FIRST_LEVEL - 1) & (at.disc <= SACRUM) & (np.abs(passages.over_wall - 4) < 9))
    at, passages, part = at[near], passages[near], signal[near]
    aside, over_wall = np.abs(at.left), passages.over_wall
    room = np.maximum(passages.roof - passages.bulge, 0.4)
    traversing = ellipse(
        aside - RECESS_LEFT_MM + 0.4 + 0.06 * at.above,
        over_wall - passages.bulge - 0.5 * room,
        1.9,
        np.minimum(1.8, 0.36 * room),
    )
    paint(part, np.maximum(traversing, np.abs(at.above + 3) - 12), contrast.root)
    outwards = aside - passages.half_width - FORAMEN_BESIDE_MM
    thinner = 1 - 0.042 * np.clip(outwards, 0, 20)  # thickest at the ganglion, in the foramen
    leaving = ellipse(at.above - 9.5 + 0.42 * outwards, over_wall - 3.8 + 0.20 * outwards, 3.3 * thinner, 2.7 * thinner)
    pressed = np.maximum(passages.foramen_front - over_wall, over_wall - passages.foramen_back)
    leaving = np.maximum(np.maximum(leaving, pressed), np.abs(outwards - 6) - 14.5)
    paint(part, leaving, contrast.root * 1.1)
    signal[near] = part
