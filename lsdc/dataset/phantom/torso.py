"""Everything around the spine: muscles, vessels, kidneys, bowel, the fat under the skin, skin, and air."""

from __future__ import annotations

import numpy as np

from lsdc.dataset.phantom.spine import FIRST_LEVEL, Floats, Spine, SpineCoordinates
from lsdc.dataset.phantom.tissues import Contrast, bell, ellipse, paint, waves


def torso_signal(spine: Spine, at: SpineCoordinates, contrast: Contrast) -> Floats:
    """Signal of everything but the spine itself, float32 in the shape of the points."""
    aside, behind = np.abs(at.left), at.behind
    grain = waves((at.left, behind, at.height_mm), spine.texture[:4], (26.0, 26.0, 60.0))
    signal = contrast.fat * (1 + 0.04 * grain)
    _paint_abdomen(signal, spine, at, contrast)
    streaks = waves((at.left, behind, at.height_mm), spine.texture[4:9], (13.0, 13.0, 70.0))
    lean = contrast.muscle * (1 + 0.07 * streaks)
    marbled = lean + np.clip((streaks - 1.9 + 3.0 * spine.streaks) * 0.5, 0, 0.8) * (contrast.fat - lean)
    down = np.clip(at.place - FIRST_LEVEL, -2, 5)  # 0 at L1/L2, 4 at L5/S1
    bulk = spine.muscle
    # Psoas starts at L1, grows downwards, and moves away from the spine at the pelvis.
    psoas_half = bulk * np.clip(8.5 + 3.4 * down, 1.0, 20.0)
    psoas = ellipse(aside - 27 - 0.86 * psoas_half - np.clip(down - 3, 0, 2) * 4, behind + 1 + np.clip(down - 3, 0, 2) * 9, psoas_half * 0.92, psoas_half * 1.15)
    paint(signal, psoas, lean, edge_mm=1.6)
    paint(signal, ellipse(aside - 66, behind - 18 - 1.5 * down, 16.0 * bulk, 8.0 * bulk), lean, edge_mm=1.6)
    fascia = _fascia_behind(spine, at)
    back_muscles = np.maximum(behind - fascia, np.maximum(24.0 + 0.10 * aside - behind, aside - 74 + 3.0 * down))
    paint(signal, back_muscles, marbled, edge_mm=1.6)
    # A sheet of fat between multifidus, which widens downwards, and erector spinae; another beside the latter.
    multifidus_half = 16.0 + 3.2 * down
    cleft = np.abs(aside - multifidus_half - 0.22 * (behind - 45) + 1.5 * streaks) - 0.9
    paint(signal, np.maximum(cleft, back_muscles), contrast.fat, edge_mm=2.2)
    lateral_cleft = np.abs(aside - 52 - 0.3 * (behind - 40) + 2.0 * streaks) - 0.6
    paint(signal, np.maximum(lateral_cleft, back_muscles), contrast.fat, edge_mm=2.2)
    _paint_pelvis(signal, at, contrast)
    paint(signal, np.abs(behind - fascia) - 0.6, contrast.ligament, edge_mm=1.2)
    skin = fascia + spine.fat_mm - 2.5 * bell(at.left, 12.0)
    # Septa run through the fat under the skin.
    septum = np.abs(behind - fascia - 0.55 * spine.fat_mm + 1.5 * grain) - 0.15
    paint(signal, septum, 0.6 * contrast.fat, edge_mm=1.2)
    paint(signal, skin - 2.2 - behind, contrast.skin, edge_mm=1.0)
    paint(signal, skin - behind, contrast.air, edge_mm=1.0)
    return signal


def _fascia_behind(spine: Spine, at: SpineCoordinates) -> Floats:
    """Where the back muscles end, mm behind the disc centres; a furrow runs over the spinous processes."""
    lumbar = 70.0 * spine.muscle - 2.5 * np.clip(at.place - 7.0, 0, 4) ** 2
    return np.asarray(lumbar - 5.5 * bell(at.left, 11.0) - 0.0045 * at.left**2, dtype=np.float32)


def _paint_abdomen(signal: Floats, spine: Spine, at: SpineCoordinates, contrast: Contrast) -> None:
    """Bowel, kidneys, and the great vessels, which divide in front of L4."""
    aside, behind = np.abs(at.left), at.behind
    loops = waves((at.left, behind, at.height_mm), spine.texture[9:13], (75.0, 75.0, 95.0))
    contents = contrast.bowel * (1 + 0.35 * waves((at.left, behind, at.height_mm), spine.texture[13:], (40.0, 40.0, 60.0)))
    bowel = np.maximum(behind + 36, 4.0 * (0.1 - loops))
    paint(signal, bowel, np.maximum(contents, 30), edge_mm=2.5)
    kidney = ellipse(aside - 66, behind - 2, 24.0, 21.0)
    kidney = np.maximum(kidney, 14.0 * (np.abs(at.place - 4.3) - 1.5))
    paint(signal, kidney, contrast.kidney, edge_mm=2.0)
    paint(signal, np.maximum(kidney + 9, 20 * (np.abs(at.place - 4.3) - 0.7)), contrast.fat, edge_mm=3.0)
    divided = np.clip(at.place - 6.6, 0, 3)
    front = at.between(np.float32([-14, -14.5, -15.5, -16, -16.5, -17, -17.3, -17.5, -17, -12, -9, -7, -5, -4]))
    vein_x, vein_y = at.left + 15 + 7 * divided, behind - front + 9.5 - 9 * divided
    paint(signal, ellipse(vein_x, vein_y, 11.0 - divided * 2, 7.5), contrast.flow * 2.5, edge_mm=1.4)
    for side in (1.0, -1.0):
        artery_x, artery_y = at.left - 7 - 9 * divided * side * (1 + 0.3 * side), behind - front + 11 - 2 * divided
        artery = ellipse(artery_x, artery_y, 8.5 - divided * 1.2, 8.5 - divided * 1.2)
        paint(signal, artery + 0.9, contrast.flow, edge_mm=1.4)


def _paint_pelvis(signal: Floats, at: SpineCoordinates, contrast: Contrast) -> None:
    """The iliac wings beside the lowest disc."""
    aside, behind = np.abs(at.left), at.behind
    lower = np.clip(at.place - 7.55, 0, 3)
    wing = np.abs(aside - 72 + 9 * lower + 0.55 * (behind - 20)) - 5.5
    wing = np.maximum(wing, np.maximum(np.abs(behind - 14) - 38 * np.minimum(lower + 0.15, 1.0), 25 * (7.5 - at.place)))
    paint(signal, wing, contrast.cortex, edge_mm=1.4)
    paint(signal, wing + 1.6, contrast.marrow * 1.1, edge_mm=1.4)
