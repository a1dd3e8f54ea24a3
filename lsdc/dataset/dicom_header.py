"""What a header means: how large the image is, and where each of its frames lies and what its values are.

A file with one slice says so in plain elements; an enhanced multi-frame file in functional groups (PS3.3 C.7.6.16),
once for all frames or for each. `frame_headers` makes them alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydicom import Dataset

from lsdc.dataset.dicom_parsing import copy_elements, integer, items, no_image, numbers, tag, text, words
from lsdc.dataset.geometry import ImagePlane
from lsdc.errors import DicomError, UnreadablePixelsError, UnsupportedImageError

# Four times the area of the largest slices of a spine; a decoded slice takes at most 128 MiB.
MAX_PIXELS = 4096 * 4096
# A volume of 3D sequences has 200 to 400 frames.
MAX_FRAMES = 512
# All frames of a file together, such as 512 of 256 × 256 or 80 of 640 × 640.
MAX_FILE_PIXELS = 2 * MAX_PIXELS
# Finer or coarser than any scanner; a spacing beyond is a mistake and counts as missing.
SPACING_RANGE_MM = (0.05, 20.0)

# What a frame may say of itself.
_PLACE = ("ImagePositionPatient", "ImageOrientationPatient")
_VALUES = (
    "PixelSpacing",
    "RescaleSlope",
    "RescaleIntercept",
    "ModalityLUTSequence",
    "WindowCenter",
    "WindowWidth",
    "VOILUTSequence",
)
# PS3.3 C.7.6.16.2: the functional groups that hold them.
_GROUPS = (
    "PixelMeasuresSequence",
    "PlanePositionSequence",
    "PlaneOrientationSequence",
    "PixelValueTransformationSequence",
    "FrameVOILUTSequence",
)


@dataclass(frozen=True, kw_only=True)
class ImageShape:
    """How many frames of how many pixels a file holds."""

    frames: int
    rows: int
    cols: int


def checked_shape(dataset: Dataset) -> ImageShape:
    """The shape of an image that is grey, and small enough to be decoded.

    Raises:
        NoPixelsError: If the header describes no image.
        UnsupportedImageError: If it is in colour, or too large.
        UnreadablePixelsError: If the header contradicts itself.
    """
    if tag("Rows") not in dataset and tag("Columns") not in dataset:
        raise no_image()
    _check_grey(dataset)
    frames = integer(dataset, "NumberOfFrames") if tag("NumberOfFrames") in dataset else 1
    rows, cols = integer(dataset, "Rows"), integer(dataset, "Columns")
    bits, samples = integer(dataset, "BitsAllocated"), integer(dataset, "SamplesPerPixel")
    if not (rows and cols and frames and min(rows, cols, frames) > 0 and samples == 1 and bits in (1, 8, 16, 32)):
        raise _undescribed()
    if frames > MAX_FRAMES:
        raise _too_large(f"The file says that it holds {frames} frames.", f"Expected at most {MAX_FRAMES}.")
    if rows * cols > MAX_PIXELS:
        raise _too_large(f"The image has {rows} × {cols} pixels.", f"Expected at most {MAX_PIXELS} pixels.")
    if frames * rows * cols > MAX_FILE_PIXELS:
        raise _too_large(
            f"The file holds {frames} frames of {rows} × {cols} pixels.",
            f"Expected at most {MAX_FILE_PIXELS} pixels in all of them.",
        )
    return ImageShape(frames=frames, rows=rows, cols=cols)


def _check_grey(dataset: Dataset) -> None:
    samples = integer(dataset, "SamplesPerPixel")
    if samples is not None and samples > 1:
        raise UnsupportedImageError(
            f"This is a colour photograph or a screenshot, with {samples} values in each pixel.",
            "Expected a grey-scale slice.",
            "Choose the original slice of the scanner.",
        )
    photometric = text(dataset, "PhotometricInterpretation")
    if photometric == "PALETTE COLOR":
        raise UnsupportedImageError(
            "The pixels are numbers of colours in a palette.",
            "Expected a grey-scale slice.",
            "Choose the original slice of the scanner.",
        )
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise _undescribed()


def _undescribed() -> DicomError:
    return UnreadablePixelsError(
        "The header does not describe the pixels.",
        "Expected rows, columns, one sample of 1, 8, 16 or 32 bits, and MONOCHROME1 or MONOCHROME2.",
        "Export the image again.",
    )


def _too_large(happened: str, expected: str) -> DicomError:
    return UnsupportedImageError(
        happened, expected, "Choose an original series of slices; nothing of this size is one of a spine."
    )


def frame_headers(dataset: Dataset, frames: int) -> list[Dataset]:
    """For each frame a header that says in plain elements what the file says of it.

    Raises:
        UnreadablePixelsError: If functional groups stand there for another number of frames.
    """
    groups = items(dataset, "PerFrameFunctionalGroupsSequence")
    if frames == 1 and not groups:
        return [dataset]
    if groups and len(groups) != frames:
        raise UnreadablePixelsError(
            f"The file holds {frames} frames, and describes {len(groups)}.",
            "Expected one description for each frame.",
            "Export the image again.",
        )
    # One place in the plain header cannot be that of several frames.
    common = _plain_elements(dataset, _VALUES + (_PLACE if frames == 1 else ()))
    for shared in items(dataset, "SharedFunctionalGroupsSequence")[:1]:
        _add_groups(common, shared)
    headers = []
    for frame in range(frames):
        header = _plain_elements(common, (*_PLACE, *_VALUES))
        if groups:
            _add_groups(header, groups[frame])
        headers.append(header)
    return headers


def _plain_elements(dataset: Dataset, keywords: tuple[str, ...]) -> Dataset:
    header = Dataset()
    header.file_meta = dataset.file_meta  # says the order of bytes, which tables of values need
    copy_elements(dataset, header, keywords)
    return header


def _add_groups(header: Dataset, groups: Dataset) -> None:
    for keyword in _GROUPS:
        for group in items(groups, keyword)[:1]:
            copy_elements(group, header, (*_PLACE, *_VALUES))


def spacing_of(header: Dataset) -> tuple[float, float] | None:
    """Between the centres of neighbouring rows, then of columns (PS3.3 10.7.1.3); None if absent or impossible."""
    spacing = numbers(header, "PixelSpacing")
    smallest, largest = SPACING_RANGE_MM
    if len(spacing) != 2 or not all(smallest <= value <= largest for value in spacing):
        return None
    return spacing[0], spacing[1]


def plane_of(header: Dataset) -> ImagePlane | None:
    """Where a frame lies; None if position, orientation or spacing is absent or impossible."""
    spacing_mm = spacing_of(header)
    position, orientation = numbers(header, "ImagePositionPatient"), numbers(header, "ImageOrientationPatient")
    if spacing_mm is None or len(position) != 3 or len(orientation) != 6:
        return None
    # By hand, as in `ImagePlane.normal`; two unit vectors at a right angle, but for the digits that the header rounds away.
    ax, ay, az, bx, by, bz = orientation
    errors = (ax * ax + ay * ay + az * az - 1, bx * bx + by * by + bz * bz - 1, ax * bx + ay * by + az * bz)
    if max(abs(error) for error in errors) > 0.01:
        return None
    return ImagePlane(
        position_mm=np.array(position),
        row_cosines=np.array(orientation[:3]),
        column_cosines=np.array(orientation[3:]),
        spacing_mm=spacing_mm,
    )


def window_of(header: Dataset) -> tuple[float, float] | None:
    """The centre and the width of the first window; None if there is none with a width.

    Of a file with a table of greys instead (VOI LUT Sequence, PS3.3 C.11.2.1.1), the values between which the table rises.
    """
    centers, widths = numbers(header, "WindowCenter"), numbers(header, "WindowWidth")
    if centers and widths and widths[0] > 0:
        return centers[0], widths[0]
    return _window_of_table(header)


def _window_of_table(header: Dataset) -> tuple[float, float] | None:
    for table in items(header, "VOILUTSequence")[:1]:
        described, greys = numbers(table, "LUTDescriptor"), words(table, "LUTData", header)
        if len(described) != 3 or not greys.size:
            return None
        rising = np.flatnonzero((greys > greys.min()) & (greys < greys.max()))
        if rising.size:
            # The second value of the descriptor is the first that the table maps; beyond the rise it is all dark or bright.
            low, high = described[1] + float(rising[0]) - 1, described[1] + float(rising[-1]) + 1
            return (low + high) / 2, high - low
    return None
