"""How bright each tissue is in each sequence, and how it is painted over what lies behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lsdc.dataset.phantom.spine import Floats
from lsdc.labels import Sequence


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """Signals of the tissues in one sequence, in units of the stored pixels before coil and noise."""

    fluid: float
    fat: float
    marrow: float
    cortex: float
    muscle: float
    ligament: float
    annulus: float
    wet_nucleus: float
    dry_nucleus: float
    cord: float
    root: float
    joint: float
    vein: float
    flow: float
    bowel: float
    kidney: float
    skin: float
    air: float = 4.0


# Fast spin echo: fat is bright on both; water is bright on T2 and dark on T1.
T2 = Contrast(
    fluid=1000, fat=690, marrow=370, cortex=45, muscle=150, ligament=105, annulus=95, wet_nucleus=640,
    dry_nucleus=130, cord=430, root=270, joint=760, vein=560, flow=35, bowel=300, kidney=560, skin=330,
)  # fmt: skip
T1 = Contrast(
    fluid=170, fat=880, marrow=500, cortex=55, muscle=270, ligament=215, annulus=205, wet_nucleus=290,
    dry_nucleus=235, cord=350, root=300, joint=235, vein=250, flow=60, bowel=290, kidney=330, skin=330,
)  # fmt: skip

CONTRASTS = {Sequence.AXIAL_T2: T2, Sequence.SAGITTAL_T2: T2, Sequence.SAGITTAL_T1: T1}


def paint(signal: Floats, depth_mm: Floats, value: float | Floats, *, edge_mm: float = 0.9) -> None:
    """Cover `signal` in place with a tissue where `depth_mm` is negative.

    Args:
        depth_mm: Signed distance from the tissue's surface, negative inside.
        value: The tissue's signal.
        edge_mm: Over how many mm the tissue fades in: partial volume within the slice.
    """
    cover = np.clip(np.float32(0.5) - depth_mm / np.float32(edge_mm), 0, 1)
    signal += cover * (value - signal)


def ellipse(x: Floats, y: Floats, half_x: float | Floats, half_y: float | Floats) -> Floats:
    """About the signed distance in mm from an ellipse around (0, 0), negative inside."""
    radius = np.sqrt((x / half_x) ** 2 + (y / half_y) ** 2)
    return np.asarray((radius - 1) * np.minimum(half_x, half_y), dtype=np.float32)


def box(x: Floats, y: Floats, half_x: float | Floats, half_y: float | Floats, *, corner: float = 2.0) -> Floats:
    """About the signed distance in mm from a rectangle around (0, 0) with rounded corners, negative inside."""
    over_x, over_y = np.abs(x) - half_x + corner, np.abs(y) - half_y + corner
    outside = np.hypot(np.maximum(over_x, 0), np.maximum(over_y, 0))
    return np.asarray(outside + np.minimum(np.maximum(over_x, over_y), 0) - corner, dtype=np.float32)


def bell(x: Floats, width: float) -> Floats:
    """A smooth bump: 1 at 0, 0.61 at `width`, 0.14 at twice the `width`."""
    return np.exp(-0.5 * (x / np.float32(width)) ** 2)


def waves(coordinates: tuple[Floats, Floats, Floats], fields: Floats, wavelength_mm: tuple[float, float, float]) -> Floats:
    """A smooth random field of about unit variance, from waves of the given lengths along each coordinate.

    Args:
        fields: Wave vectors and phases, (waves, 4), as of `Spine.texture`.
    """
    total = np.zeros_like(coordinates[0])
    for *vector, phase in fields:
        angle = np.full_like(total, phase)
        for coordinate, part, length in zip(coordinates, vector, wavelength_mm, strict=True):
            angle += coordinate * np.float32(part * 2 * np.pi / length)
        total += np.sin(angle)
    return total * np.float32(np.sqrt(2 / len(fields)))
