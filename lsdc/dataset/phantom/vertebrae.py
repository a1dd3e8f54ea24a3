"""The bones of the spine and the discs between them."""

from __future__ import annotations

import numpy as np

from lsdc.dataset.phantom.spine import (
    BODY_HALF_DEPTH,
    BODY_HALF_WIDTH,
    CANAL_HALF_WIDTH,
    FIRST_LEVEL,
    FORAMEN,
    RECESS,
    SPACING_MM,
    CANAL,
    WALL_HOLLOW,
    Floats,
    Spine,
    SpineCoordinates,
)
from lsdc.dataset.phantom.tissues import Contrast, bell, box, ellipse, paint, waves
from lsdc.labels import Side

SACRUM = FIRST_LEVEL + 4
"""The disc plane of L5/S1: bones below it are the sacrum."""


def back_wall(at: SpineCoordinates) -> Floats:
    """Where the bodies and discs end towards the canal, mm behind the disc centres, without any bulge."""
    depth = at.between(np.float32(BODY_HALF_DEPTH))
    hollow = at.between(np.float32(WALL_HOLLOW)) * np.clip(1 - (at.left / 13) ** 2, -0.2, 1)
    waist = 0.9 * np.clip(1 - (at.above / 14) ** 2, 0, 1)
    return np.asarray(depth - hollow - (0.9 - waist), dtype=np.float32)


def bulge_mm(spine: Spine, at: SpineCoordinates) -> Floats:
    """How far the disc reaches behind the body wall: in the middle, at each recess, and at each foramen."""
    near = np.exp(-((at.above / 7.0) ** 2))
    bulge = 4.0 * spine.closing[CANAL][at.disc] * bell(at.left, 4.5)
    for side, sign in ((Side.LEFT, 1.0), (Side.RIGHT, -1.0)):
        bulge += 2.4 * spine.closing[RECESS[side]][at.disc] * bell(sign * at.left - 11.0, 3.0)
        bulge += 3.6 * spine.closing[FORAMEN[side]][at.disc] * bell(sign * at.left - 19.0, 3.6)
    return np.asarray((bulge + 0.5) * near, dtype=np.float32)


def paint_bodies(signal: Floats, spine: Spine, at: SpineCoordinates, contrast: Contrast) -> None:
    """Vertebral bodies with endplates and marrow, and discs with annulus and nucleus."""
    depth, width = at.between(np.float32(BODY_HALF_DEPTH)), at.between(np.float32(BODY_HALF_WIDTH))
    waist = np.clip((np.abs(at.above) - 4) / 12, 0, 1) * (at.place < SACRUM)
    x = np.abs(at.left) / (width * (1 - 0.10 * waist))
    y = np.minimum(at.behind, 0) / (depth * (1 - 0.06 * waist))
    y = y + np.maximum(at.behind, 0) / np.maximum(depth, 1.0)
    radius = np.sqrt(np.sqrt(x**4 + y**4 + x * x * y * y))
    outline = np.maximum((radius - 1) * np.minimum(depth, 18), at.behind - back_wall(at))
    half_disc = 0.5 * spine.disc_mm[at.disc] * (1.18 - 0.42 * np.minimum(radius, 1.2) ** 2)
    half_disc *= 1 - 0.012 * at.behind
    half_disc *= 1 - 0.30 * spine.dryness[at.disc]
    in_disc = np.abs(at.above) - half_disc
    marrow = contrast.marrow * (1 + 0.06 * waves((at.left, at.behind, at.height_mm), spine.texture[:4], (17.0, 17.0, 17.0)))
    vein = np.maximum(np.abs(at.left) - 5 + 0.3 * (depth - at.behind), depth * 0.25 - at.behind)
    middle = np.abs((at.place % 1) - 0.5) * 34
    paint(signal, outline, contrast.cortex)
    paint(signal, np.maximum(outline + 0.9, 0.7 - in_disc), marrow)
    paint(signal, np.maximum(np.maximum(vein, middle - 1.4), outline + 0.5) + 1000.0 * (at.place >= SACRUM), contrast.vein, edge_mm=1.6)
    paint(signal, np.maximum(outline - np.maximum(bulge_mm(spine, at), 0.8), in_disc), contrast.annulus)
    dryness = spine.dryness[at.disc]
    wet = contrast.wet_nucleus + dryness * (contrast.dry_nucleus - contrast.wet_nucleus)
    cleft = 1 - 0.30 * bell(at.above, 1.0) * (1 - dryness)
    nucleus = np.maximum((radius - 0.66) * 14, in_disc + 1.2)
    paint(signal, nucleus, wet * cleft, edge_mm=3.4)


def paint_posterior_elements(signal: Floats, spine: Spine, at: SpineCoordinates, roof: Floats, contrast: Contrast) -> None:
    """Pedicles, transverse processes, laminae, facets and spinous processes, as one bone with a dark cortex.

    Args:
        roof: Where the canal ends behind the back wall, as of `canal.roof_mm`.
    """
    aside = np.abs(at.left)
    over_wall = at.behind - back_wall(at)
    way = at.place % 1  # 0 on the disc plane above a vertebra, 1 on the one below it
    spacing = at.between(np.append(SPACING_MM, SPACING_MM[-1]).astype(np.float32))
    half_canal = at.between(np.float32(CANAL_HALF_WIDTH))
    down = np.clip(at.place - FIRST_LEVEL, -2, 4)
    pedicle = np.maximum(
        box(aside - half_canal - 4.5 - 0.5 * down, (way - 0.34) * spacing, 4.2 + 0.6 * down, 7.4, corner=3.0),
        np.abs(over_wall - 5) - 10,
    )
    transverse = ellipse((way - 0.40) * spacing, over_wall - 9 - 0.12 * (aside - 20), 5.0, 3.8)
    transverse = np.maximum(transverse, np.abs(aside - 27) - 13)
    lamina_from = roof + 1.2
    lamina = np.maximum(np.abs(over_wall - lamina_from - 3.2) - 3.2, aside - half_canal - 4)
    lamina = np.maximum(lamina, (np.abs(way - 0.66) - 0.22) * spacing)
    pars = ellipse(aside - half_canal - 3.5, over_wall - 12.5, 5.5, 4.5)
    pars = np.maximum(pars, (np.abs(way - 0.6) - 0.26) * spacing)
    spinous = np.maximum(aside - 2.6 - 0.09 * np.clip(over_wall - 24, 0, 30), np.abs(over_wall - 33) - 15)
    spinous = np.maximum(spinous, (np.abs(way - 0.72 - 0.003 * (over_wall - 20)) - 0.28) * spacing)
    bone = np.minimum.reduce([pedicle, transverse, lamina, pars, spinous])
    bone = np.where(at.place < SACRUM, bone, 50.0).astype(np.float32)
    articular, joint = _facets(at, over_wall, half_canal)
    bone = np.minimum(bone, articular)
    bone = np.minimum(bone, _sacrum(at, over_wall, roof))
    marrow = contrast.marrow * 1.05
    paint(signal, bone, contrast.cortex)
    paint(signal, bone + 1.0, marrow, edge_mm=1.2)
    paint(signal, np.maximum(np.abs(joint) - 1.6, articular - 0.5), contrast.cortex)
    paint(signal, np.maximum(np.abs(joint) - 0.55, articular + 0.4), contrast.joint, edge_mm=0.8)


def _facets(at: SpineCoordinates, over_wall: Floats, half_canal: Floats) -> tuple[Floats, Floats]:
    """Signed distances from the articular processes and from the joint between them.

    The lower process of the vertebra above is round, and the upper one of the vertebra below wraps around its front and
    outer side, so that the joint runs from the lateral recess backwards and outwards.
    """
    aside = np.abs(at.left)
    x, y = aside - half_canal - 0.5, over_wall - 19.0
    from_centre = np.hypot(x, y)
    inner = np.maximum(from_centre - 7.8, np.maximum(at.above - 14, -9 - at.above))
    shell = np.maximum(np.abs(from_centre - 12.0) - 3.6, 0.8 * y - 0.9 * x - 4.0)
    shell = np.maximum(shell, np.maximum(-x - 2.5, y - 6.0))
    shell = np.maximum(shell, np.maximum(at.above - 9, -13 - at.above))
    articular = np.minimum(inner, shell)
    lumbar = (at.disc >= FIRST_LEVEL - 1) & (at.disc <= SACRUM)
    joint = from_centre - 8.2
    return np.where(lumbar, articular, 50.0).astype(np.float32), np.where(shell < 0.8, joint, 50.0).astype(np.float32)


def _sacrum(at: SpineCoordinates, over_wall: Floats, roof: Floats) -> Floats:
    """Signed distance from the sacrum's wings and back wall."""
    aside = np.abs(at.left)
    lower = at.place - SACRUM
    wing = np.maximum(aside - 48 + 6 * lower, np.abs(over_wall - 0) - 13 + 2.0 * lower + 0.12 * aside)
    wing = np.maximum(wing, 11 - aside)
    crest = np.maximum(np.abs(over_wall - roof - 3.0) - 3.0 - 3.5 * bell(at.left, 3.0), aside - 20)
    bone = np.minimum(wing, crest)
    return np.asarray(np.maximum(bone, 24 * (0.16 - lower)), dtype=np.float32)
