"""The vertebrae, the sacrum, and the discs between them."""

from __future__ import annotations

import numpy as np

from lsdc.dataset.phantom.coordinates import SpineCoordinates
from lsdc.dataset.phantom.passages import FORAMEN_ABOVE_MM, FORAMEN_BESIDE_MM, Passages
from lsdc.dataset.phantom.shapes import Floats, bell, box, ellipse, union, waves
from lsdc.dataset.phantom.spine import (
    BODY_HALF_DEPTH,
    BODY_HALF_WIDTH,
    FIRST_LEVEL,
    PLANES,
    SACRUM,
    SPACING_MM,
    Spine,
)
from lsdc.dataset.phantom.tissues import Contrast, paint

FAR = np.float32(50.0)
"""A depth far outside of everything."""


def paint_bodies(signal: Floats, spine: Spine, at: SpineCoordinates, passages: Passages, contrast: Contrast) -> None:
    """Vertebral bodies with endplates and marrow, and discs with annulus and nucleus."""
    depth, width = at.between(BODY_HALF_DEPTH), at.between(BODY_HALF_WIDTH)
    waist = np.clip((np.abs(at.above) - 4) / 12, 0, 1) * (at.place < SACRUM)
    x = np.abs(at.left) / (width * (1 - 0.06 * waist))
    y = at.behind / (depth * np.where(at.behind < 0, 1 - 0.06 * waist, 1.0))
    x2, y2 = x * x, y * y
    radius = np.sqrt(np.sqrt(x2 * x2 + y2 * y2 + x2 * y2))
    outline = np.maximum((radius - 1) * np.minimum(depth, 18), passages.over_wall)
    marrow = contrast.marrow * (
        1 + 0.05 * waves((at.left, at.behind, at.height), spine.texture[:6], (14.0, 14.0, 11.0))
    )
    in_disc = _depth_in_disc(spine, at, radius)
    paint(signal, outline, contrast.cortex)
    paint(signal, np.maximum(outline + 0.9, 0.7 - in_disc), marrow)
    paint(signal, np.maximum(_basivertebral_vein(at, depth), outline), contrast.vein, edge_mm=1.8)
    rim = np.where(at.behind > 0, np.maximum(passages.bulge, 0.8), np.float32(0.8))
    paint(signal, np.maximum(outline - rim, in_disc), contrast.annulus)
    dryness = spine.dryness[at.disc]
    wet = contrast.wet_nucleus + dryness * (contrast.dry_nucleus - contrast.wet_nucleus)
    cleft = 1 - 0.30 * bell(at.above, 1.0) * (1 - dryness)
    paint(signal, np.maximum((radius - 0.68) * 14, in_disc + 1.2), wet * cleft, edge_mm=3.6)


def _depth_in_disc(spine: Spine, at: SpineCoordinates, radius: Floats) -> Floats:
    """Signed distance from the endplates: lens-shaped, higher in front, lower when dry."""
    half_mm = 0.5 * spine.disc_mm * (1 - 0.30 * spine.dryness)
    lens = 1.18 - 0.42 * np.minimum(radius, 1.2) ** 2
    return np.abs(at.above) - half_mm[at.disc] * lens * (1 - 0.012 * at.behind)


def _basivertebral_vein(at: SpineCoordinates, depth: Floats) -> Floats:
    """Signed distance from the vein that leaves the middle of a lumbar body backwards."""
    from_middle = np.abs(at.share - 0.5) * 34
    fan = np.maximum(np.abs(at.left) - 5 + 0.3 * (depth - at.behind), 0.3 * depth - at.behind)
    vein = np.maximum(fan, from_middle - 0.7 - 0.07 * at.behind)
    return np.where(at.place < SACRUM, vein, FAR)


def paint_posterior_elements(
    signal: Floats, spine: Spine, at: SpineCoordinates, passages: Passages, contrast: Contrast
) -> None:
    """Pedicles, processes and laminae as one bone with a dark cortex, the facet joints, and the ligaments between."""
    near = np.flatnonzero((passages.over_wall > -14) & (passages.over_wall < 54))
    at, part = at[near], signal[near]
    passages = passages[near]
    processes = _lumbar_processes(at, passages)
    articular, joint = _facets(at, passages)
    bone = union(processes, articular, _sacrum(at, passages), rounding_mm=3.0)
    grain = waves((at.left, at.behind, at.height), spine.texture[6:10], (9.0, 9.0, 14.0))
    strand = 0.35 * contrast.fat + 0.65 * contrast.ligament
    between = np.maximum(np.abs(at.left) - 2.8, np.abs(passages.over_wall - passages.gable - 15) - 12)
    paint(part, np.where(at.place < SACRUM + 0.3, between, FAR), strand * (1 + 0.15 * grain), edge_mm=1.6)
    paint(part, _foramen_filling(at, passages), contrast.ligament)
    paint(part, bone, contrast.cortex)
    paint(part, bone + 1.1, contrast.marrow * (1.08 + 0.05 * grain), edge_mm=1.2)
    paint(part, np.maximum(np.abs(joint) - 1.5, articular - 0.6), contrast.cortex)
    paint(part, np.maximum(np.abs(joint) - 0.5, articular + 0.2), contrast.joint, edge_mm=0.8)
    signal[near] = part


def _lumbar_processes(at: SpineCoordinates, passages: Passages) -> Floats:
    """Signed distance from pedicles, transverse processes, laminae and spinous processes above the sacrum."""
    aside, over_wall = np.abs(at.left), passages.over_wall
    spacing = at.between(np.append(SPACING_MM, SPACING_MM[-1]))
    down = np.clip(at.place - FIRST_LEVEL, -2, 4)
    # Laminae and spinous processes hang below the next disc: there, the way continues that of the vertebra above.
    way = np.where(at.share < 0.3, at.share + 1, at.share)
    pedicle_half = 4.2 + 0.7 * down
    pedicle = ellipse(aside - passages.half_width - pedicle_half, (at.share - 0.33) * spacing, pedicle_half + 0.6, 7.6)
    pedicle = np.maximum(pedicle, np.abs(over_wall - 5) - 10)
    transverse = ellipse((at.share - 0.40) * spacing, over_wall - 9 - 0.12 * (aside - 20), 4.8, 3.6)
    transverse = np.maximum(transverse, np.abs(aside - 27) - 12.5)
    lamina = box(over_wall - passages.gable - 4.4, (way - 0.70) * spacing, 3.0, 0.23 * SPACING_MM.mean(), corner=2.5)
    lamina = np.maximum(lamina, aside - passages.half_width - 4)
    pars = ellipse(aside - passages.half_width - 3.5, over_wall - 12.5, 5.5, 4.5)
    pars = np.maximum(pars, (np.abs(way - 0.6) - 0.26) * spacing)
    spinous = box(over_wall - 33, (way - 0.74 - 0.006 * (over_wall - 24)) * spacing, 15.5, 9.0, corner=5.0)
    spinous = np.maximum(spinous, aside - 2.3 - 0.09 * np.clip(over_wall - 26, 0, 22))
    hanging = union(lamina, pars, spinous)
    own = np.where(at.upper < SACRUM, union(pedicle, transverse), FAR)
    return union(own, np.where(at.upper - (at.share < 0.3) < SACRUM, hanging, FAR))


def _foramen_filling(at: SpineCoordinates, passages: Passages) -> Floats:
    """Signed distance from what disc and joint capsule push into a foramen from the front and from behind."""
    over_wall = passages.over_wall
    closing = np.minimum(over_wall - passages.foramen_front, passages.foramen_back - over_wall)
    outwards = np.abs(at.left) - passages.half_width - FORAMEN_BESIDE_MM
    reach = np.maximum(np.abs(outwards + 1.5) - 6.0, np.abs(at.above - FORAMEN_ABOVE_MM) - 12.0)
    filling = np.maximum(np.maximum(closing, reach), np.abs(over_wall - 4.5) - 10.0)
    return np.where((at.disc >= FIRST_LEVEL) & (at.disc <= SACRUM), filling, FAR)


def _facets(at: SpineCoordinates, passages: Passages) -> tuple[Floats, Floats]:
    """Signed distances from the articular processes and from the middle of the joint between them.

    The joint runs from the recess backwards and outwards, more so at lower levels. In front of it, and wrapped around it,
    lies the upper process of the vertebra below; behind it the lower process of the vertebra above.
    """
    angle = at.between(np.radians(np.interp(np.arange(PLANES), [FIRST_LEVEL, SACRUM], [28, 48])))
    x = np.abs(at.left) - passages.half_width - 6.0
    y = passages.over_wall - 13.0
    along = x * np.sin(angle) + y * np.cos(angle)
    across = x * np.cos(angle) - y * np.sin(angle) + 0.030 * (along - 1) ** 2 - 0.5
    upper_process = np.maximum(ellipse(along - 0.5, across - 4.2, 8.0, 3.9), np.abs(at.above + 3.5) - 12.5)
    lower_process = np.maximum(ellipse(along + 0.5, across + 4.8, 7.5, 4.6), np.abs(at.above - 3.0) - 13.0)
    articular = np.minimum(upper_process, lower_process)
    joint = np.maximum(np.abs(across), np.abs(along) - 6.0)
    lumbar = (at.disc >= FIRST_LEVEL - 1) & (at.disc <= SACRUM)
    both = lumbar & (at.above > -8) & (at.above < 8)
    return np.where(lumbar, articular, FAR), np.where(both, joint, FAR)


def _sacrum(at: SpineCoordinates, passages: Passages) -> Floats:
    """Signed distance from the sacrum's wings and back wall."""
    aside = np.abs(at.left)
    lower = at.place - SACRUM
    wing = np.abs(passages.over_wall + 2) - 13 + 2.0 * lower + 0.12 * aside
    wing = np.maximum(wing, np.maximum(aside - 48 + 6 * lower, 11 - aside))
    crest = np.abs(passages.over_wall - passages.gable - 3.0) - 3.0 - 3.5 * bell(at.left, 3.0)
    crest = np.maximum(crest, aside - 20)
    return np.asarray(np.maximum(np.minimum(wing, crest), 24 * (0.16 - lower)))
