"""Everything around the spine: muscles, vessels, kidneys, bowel, the fat under the skin, skin, and air."""

from __future__ import annotations

import numpy as np

from lsdc.dataset.phantom.coordinates import SpineCoordinates
from lsdc.dataset.phantom.shapes import Floats, bell, box, ellipse, waves
from lsdc.dataset.phantom.spine import BODY_HALF_DEPTH, FIRST_LEVEL, SACRUM, Spine
from lsdc.dataset.phantom.tissues import Contrast, paint

# Where the back muscles end, mm behind the disc centres, at each disc plane.
FASCIA = np.array([60.0, 62.0, 64.0, 66.0, 68.0, 69.0, 69.0, 67.0, 60.0, 50.0, 42.0, 37.0, 34.0, 33.0])


def torso_signal(spine: Spine, at: SpineCoordinates, contrast: Contrast) -> Floats:
    """Signal of everything but the spine itself, float32 (points,)."""
    grain = waves((at.left, at.behind, at.height), spine.texture[10:13], (26.0, 26.0, 60.0))
    signal = contrast.fat * (1 + 0.04 * grain)
    fascia = at.between(FASCIA) * spine.muscle - 5.5 * bell(at.left, 11.0) - 0.0045 * at.left**2
    in_front = np.flatnonzero(at.behind < 24)
    signal[in_front] = _abdomen(signal[in_front], spine, at[in_front], contrast)
    in_flesh = np.flatnonzero((at.behind > -50) & (at.behind < fascia + 3))
    signal[in_flesh] = _muscles(signal[in_flesh], spine, at[in_flesh], fascia[in_flesh], contrast)
    skin = fascia + spine.fat_mm - 2.5 * bell(at.left, 12.0)
    paint(signal, np.abs(at.behind - fascia) - 0.5, contrast.ligament, edge_mm=1.2)
    septum = np.abs(at.behind - fascia - 0.55 * spine.fat_mm + 1.5 * grain) - 0.1
    paint(signal, septum, 0.6 * contrast.fat, edge_mm=1.2)
    paint(signal, skin - 2.2 - at.behind, contrast.skin, edge_mm=1.0)
    paint(signal, skin - at.behind, contrast.air, edge_mm=1.0)
    return signal


def _muscles(signal: Floats, spine: Spine, at: SpineCoordinates, fascia: Floats, contrast: Contrast) -> Floats:
    """Psoas, quadratus lumborum, and the muscles of the back with the sheets and streaks of fat in them."""
    aside, behind = np.abs(at.left), at.behind
    position = (at.left, behind, at.height)
    streaks = waves(position, spine.texture[13:20], (9.0, 9.0, 55.0))
    lean = contrast.muscle * (1 + 0.06 * streaks)
    marbled = lean + np.clip(0.45 * (streaks - 2.1 + 2.6 * spine.streaks), 0, 0.75) * (contrast.fat - lean)
    down = np.clip(at.place - FIRST_LEVEL, -2, 5)  # 0 at L1/L2, 4 at L5/S1
    # Psoas grows downwards, and leaves the spine forwards and outwards at the pelvis.
    leaving = np.clip(down - 3, 0, 2)
    psoas_half = spine.muscle * np.clip(8.5 + 3.2 * down, 1.0, 18.5)
    psoas = ellipse(
        aside - 26 - 0.86 * psoas_half - 4 * leaving, behind + 1 + 9 * leaving, 0.92 * psoas_half, 1.15 * psoas_half
    )
    paint(signal, psoas, lean, edge_mm=1.6)
    quadratus = ellipse(aside - 62, behind - 15 - 1.5 * down - 0.15 * (aside - 62), 17.0, 7.0 * spine.muscle)
    paint(signal, np.where(down < 3.6, quadratus, 50), lean, edge_mm=1.6)
    front = 27.0 + 5.0 * bell(aside - 62, 20.0)
    back_muscles = np.maximum(
        behind - fascia, np.maximum(front - behind, aside - 74 + 3.0 * down + 0.018 * (behind - 48) ** 2)
    )
    paint(signal, back_muscles, marbled, edge_mm=1.6)
    # Sheets of fat: between multifidus, which widens downwards, and erector spinae, and within the latter.
    for from_middle, lean_out, half_mm in ((15.0 + 3.2 * down, 0.25, 0.7), (np.full_like(down, 46.0), 0.35, 0.4)):
        sheet = np.abs(aside - from_middle - lean_out * (behind - 45) + 0.8 * streaks) - half_mm
        paint(signal, np.maximum(sheet, back_muscles), contrast.fat, edge_mm=2.0)
    _paint_pelvis(signal, at, contrast)
    return signal


def _abdomen(signal: Floats, spine: Spine, at: SpineCoordinates, contrast: Contrast) -> Floats:
    """Kidneys, great vessels and bowel; dimmed towards the front by a saturation band."""
    aside, behind = np.abs(at.left), at.behind
    around_kidney = 14.0 * (np.abs(at.place - 4.3) - 1.5)
    kidney = np.maximum(ellipse(aside - 66, behind - 2, 24.0, 21.0), around_kidney)
    paint(signal, kidney, contrast.kidney, edge_mm=2.0)
    paint(signal, np.maximum(kidney + 9, around_kidney + 11), contrast.fat, edge_mm=3.0)
    before_spine = np.flatnonzero((aside < 55) & (behind < -4) & (behind > -50))
    signal[before_spine] = _vessels(signal[before_spine], at[before_spine], contrast)
    far_front = np.flatnonzero(behind < -28)
    signal[far_front] = _bowel(signal[far_front], spine, at[far_front], contrast)
    return np.asarray(signal * (0.12 + 0.88 / (1 + np.exp(np.clip(-(behind + 62) / 5, -30, 30)))))


def _bowel(signal: Floats, spine: Spine, at: SpineCoordinates, contrast: Contrast) -> Floats:
    """Loops with a wall and mixed contents, in the fat before the vessels."""
    position = (at.left, at.behind, at.height)
    loops = waves(position, spine.texture[9:13], (70.0, 70.0, 90.0))
    contents = contrast.bowel * (1 + 0.35 * waves(position, spine.texture[20:], (22.0, 22.0, 30.0)))
    before = at.behind + 38 + 3 * loops
    paint(signal, np.maximum(before, 4.0 * (0.25 - loops)), np.maximum(contents, 30), edge_mm=2.0)
    paint(signal, np.maximum(before, np.abs(loops - 0.25) * 9 - 0.8), 0.6 * contrast.bowel, edge_mm=1.5)
    return signal


def _vessels(signal: Floats, at: SpineCoordinates, contrast: Contrast) -> Floats:
    """The vena cava on the right and the aorta on the left, dark from the flow, and their branches below L4."""
    before = at.behind + at.between(BODY_HALF_DEPTH)
    divided = np.clip(at.place - 6.6, 0, 2)
    # The right and the left branches drift apart; the veins join to the right of the arteries.
    for vein_drift, artery_drift in ((0.0, -18.0), (7.0, 14.0)):
        vein = ellipse(at.left + 15 - vein_drift * divided, before + 9.5 - 3 * divided, 10.5 - 2.5 * divided, 7.0)
        paint(signal, vein, 2.5 * contrast.flow, edge_mm=1.4)
        radius = 8.5 - 1.6 * divided
        artery = ellipse(at.left - 7 - artery_drift * divided, before + 12 - 2 * divided, radius, radius)
        paint(signal, artery - 0.6, contrast.muscle, edge_mm=1.2)
        paint(signal, artery + 0.4, contrast.flow, edge_mm=1.2)
    return signal


def _paint_pelvis(signal: Floats, at: SpineCoordinates, contrast: Contrast) -> None:
    """The iliac wings beside the lowest disc and the sacrum."""
    lower = np.clip(at.place - SACRUM + 0.45, 0, 3)
    slanted = np.abs(at.left) - 74 + 9 * lower + 0.5 * (at.behind - 15)
    wing = box(slanted, at.behind - 12, 5.5, 34.0 * np.minimum(0.3 + lower, 1.0), corner=4.0)
    wing = np.where(at.place > SACRUM - 0.5, wing, 50)
    paint(signal, wing, contrast.cortex, edge_mm=1.4)
    paint(signal, wing + 1.6, contrast.marrow * 1.1, edge_mm=1.4)
