"""The crops of the labelled points of one series: what one worker does in one go."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lsdc.config import CropConfig
from lsdc.dataset.dicom import DicomSlice, read_slice
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.series import SeriesStack
from lsdc.errors import LsdcError
from lsdc.preprocessing.crops import extract_stack, point_fractions


@dataclass(frozen=True, kw_only=True)
class LabelledPoint:
    """A row of the label table, as far as its crop depends on it.

    Args:
        row: Its position in the table.
        mirror: Whether its crop is mirrored.
    """

    row: int
    image: Path
    instance_number: int
    point: PixelPoint
    mirror: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class SeriesCrops:
    """The crops of the points of one series.

    Args:
        rows: The rows that have a crop, in the order of the arrays.
        pixels: uint8 (rows, num_slices, px, px).
        mask: bool (rows, num_slices), True where a slice is a real one.
        fractions: float64 (rows, 2), x and y as `point_fractions` gives them.
        images: float64 (rows, 2), the spacing of the slice's columns in mm, NaN if it is not known, and its width in px.
        skipped: The other rows, each with the reason.
    """

    rows: list[int]
    pixels: np.ndarray
    mask: np.ndarray
    fractions: np.ndarray
    images: np.ndarray
    skipped: dict[int, str]


def cut_series(points: list[LabelledPoint], config: CropConfig) -> SeriesCrops:
    """Cut the crops of the points of one series."""
    reader = _SeriesReader(points[0].image.parent)
    rows, stacks, masks, fractions, images = [], [], [], [], []
    skipped = {}
    for labelled in points:
        try:
            slices = reader.slices_around(labelled, config.neighbours)
            stack, mask = extract_stack(slices, labelled.point, config, mirror=labelled.mirror)
            own = reader.read(labelled.image)
            position = point_fractions(own, labelled.point, mirror=labelled.mirror)
        except LsdcError as error:
            skipped[labelled.row] = error.happened
            continue
        rows.append(labelled.row)
        stacks.append(stack)
        masks.append(mask)
        fractions.append(position)
        images.append(image_facts(own))
    shape = (len(rows), config.num_slices, config.side_px, config.side_px)
    return SeriesCrops(
        rows=rows,
        pixels=np.array(stacks, np.uint8).reshape(shape),
        mask=np.array(masks, bool).reshape(shape[:2]),
        fractions=np.array(fractions, np.float64).reshape(-1, 2),
        images=np.array(images, np.float64).reshape(-1, 2),
        skipped=skipped,
    )


def image_facts(image: DicomSlice) -> tuple[float, float]:
    """The spacing of a slice's columns in mm, NaN if it is not known, and its width in px."""
    return image.spacing_mm[1] if image.spacing_mm else np.nan, image.pixels.shape[1]


class _SeriesReader:
    """The slices of one series, each decoded once however many points it carries."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.read = functools.cache(read_slice)

    @functools.cached_property
    def _stack(self) -> SeriesStack:
        return SeriesStack.from_folder(self._folder)

    def slices_around(self, labelled: LabelledPoint, count: int) -> list[DicomSlice | None]:
        """The slice of a point and its neighbours; None where there is none that can be read."""
        own = self.read(labelled.image)  # first, so that its own reason is told if it cannot be read
        if count == 0:
            return [own]
        return self._stack.read_around(labelled.instance_number, count, self.read)
