"""From shapes to pixels: slice thickness, coil, motion, noise, and the scanner's integers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lsdc.dataset.geometry import ImagePlane
from lsdc.dataset.phantom.bones import paint_bodies, paint_posterior_elements
from lsdc.dataset.phantom.coordinates import PixelGrid, SpineCoordinates
from lsdc.dataset.phantom.nerves import paint_canal, paint_leaving_roots
from lsdc.dataset.phantom.passages import find_passages
from lsdc.dataset.phantom.shapes import Floats
from lsdc.dataset.phantom.spine import PLANES, Spine
from lsdc.dataset.phantom.tissues import CONTRASTS, Contrast
from lsdc.dataset.phantom.torso import torso_signal
from lsdc.labels import Sequence

MAX_STORED = 4095
"""The largest value of 12 stored bits."""

# Where across the slice the spine is looked at, as shares of the thickness; their mean is the partial volume.
_SUBSLICES = (-0.25, 0.25)


def render_signal(
    spine: Spine, plane: ImagePlane, shape: tuple[int, int], *, thickness_mm: float, sequence: Sequence
) -> Floats:
    """The anatomy on a slice without any flaw of imaging, float32 (rows, columns)."""
    contrast = CONTRASTS[sequence]
    at = spine.locate(PixelGrid.of_image(plane, shape))
    signal = torso_signal(spine, at, contrast)
    near_spine = np.flatnonzero((np.abs(at.left) < 46) & (at.behind > -24) & (at.behind < 68) & (at.place < PLANES))
    at, around = at[near_spine], signal[near_spine]
    offsets = np.outer(_SUBSLICES, plane.normal * thickness_mm)
    layers = [_spine_signal(spine, spine.moved(at, offset), around, contrast) for offset in offsets]
    signal[near_spine] = np.mean(layers, axis=0)
    return np.asarray(signal.reshape(shape))


def _spine_signal(spine: Spine, at: SpineCoordinates, around: Floats, contrast: Contrast) -> Floats:
    signal = around.copy()
    passages = find_passages(spine, at)
    paint_posterior_elements(signal, spine, at, passages, contrast)
    paint_bodies(signal, spine, at, passages, contrast)
    paint_canal(signal, spine, at, passages, contrast)
    paint_leaving_roots(signal, at, passages, contrast)
    return signal


def acquire(
    signal: Floats, rng: np.random.Generator, *, gain: float, noise: float, coil: Floats
) -> npt.NDArray[np.uint16]:
    """Stored pixels of a slice: coil sensitivity, a ghost of motion, Rician noise, 12 bits.

    Args:
        signal: As of `render_signal`.
        rng: For motion and noise.
        gain: Stored units per unit of signal.
        noise: Standard deviation of the noise, in units of signal.
        coil: Sensitivity as of `coil_sensitivity`, in the shape of `signal`.
    """
    seen = signal * coil
    seen = seen + rng.uniform(0, 0.03) * (np.roll(seen, int(rng.integers(15, 40)), axis=int(rng.integers(2))) - seen)
    real, imaginary = np.float32(noise) * rng.standard_normal((2, *signal.shape), dtype=np.float32)
    stored = gain * np.hypot(seen + real, imaginary)
    return np.asarray(np.clip(np.rint(stored), 0, MAX_STORED), dtype=np.uint16)


def coil_sensitivity(
    shape: tuple[int, int], towards_coil: tuple[float, float], *, strength: float, tilt: npt.NDArray[np.float64]
) -> Floats:
    """Smooth brightness of a surface coil, float32 (rows, columns) with mean 1.

    Args:
        shape: Rows and columns.
        towards_coil: Direction of the back on the image, as parts along the rows' index and the columns' index.
        strength: Logarithm of the brightness at the coil's edge of the image over its middle.
        tilt: The same for flaws along the rows' index and the columns' index.
    """
    row = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
    column = np.linspace(-1, 1, shape[1], dtype=np.float32)[None, :]
    down, along = strength * np.array(towards_coil) + tilt
    field = np.exp(np.float32(down) * row + np.float32(along) * column - np.float32(0.15) * (row**2 + column**2))
    return np.asarray(field / field.mean(), dtype=np.float32)
