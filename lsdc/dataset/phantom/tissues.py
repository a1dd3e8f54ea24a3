"""How bright each tissue is in each sequence, and how it is painted over what lies behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lsdc.dataset.phantom.shapes import Floats
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
        signal: What is there before, float32.
        depth_mm: Signed distance from the tissue's surface, negative inside.
        value: The tissue's signal.
        edge_mm: Over how many mm the tissue fades in: partial volume within the slice.
    """
    cover = np.clip(np.float32(0.5) - depth_mm / np.float32(edge_mm), 0, 1)
    signal += cover * (value - signal)
