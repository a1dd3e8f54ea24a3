"""One DICOM file becomes one `DicomSlice`, or an error that says why not. The only reader of image files.

The bytes are parsed in `dicom_parsing`, the pixels decoded in `dicom_pixels`; here stands what a header means.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from pydicom import Dataset

from lsdc.dataset.dicom_parsing import (
    check_file_size,
    check_inflated_size,
    integer,
    library_warnings_silenced,
    no_image,
    numbers,
    parse,
    text,
)
from lsdc.dataset.dicom_pixels import decode_pixels
from lsdc.dataset.geometry import ImagePlane
from lsdc.dataset.intensity import percentile_range
from lsdc.errors import MissingFileError, UnreadablePixelsError, UnsupportedImageError

# Four times the area of the largest slices of a spine; a decoded slice takes at most 128 MiB.
MAX_PIXELS = 4096 * 4096
# Finer or coarser than any scanner; a spacing beyond is a mistake and counts as missing.
SPACING_RANGE_MM = (0.05, 20.0)

# What phantoms write into ImageComments.
SYNTHETIC_MARK = "SYNTHETIC"


@dataclass(frozen=True, kw_only=True)
class Window:
    """The range of values that a viewer shows: `width` values around `center`."""

    center: float
    width: float


@dataclass(frozen=True, kw_only=True, repr=False)
class PatientHeader:
    """Whose image it is, as the header writes it; empty where it says nothing.

    For reports that a person asks for. Its repr shows no value, so that none reaches a log or a traceback.
    """

    name: str = ""
    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""
    study_date: str = ""
    study_time: str = ""
    accession_number: str = ""
    study_id: str = ""
    referring_physician: str = ""
    series_number: str = ""
    manufacturer: str = ""


# Where the header says it.
_PATIENT_KEYWORDS = {
    "name": "PatientName",
    "patient_id": "PatientID",
    "birth_date": "PatientBirthDate",
    "sex": "PatientSex",
    "study_date": "StudyDate",
    "study_time": "StudyTime",
    "accession_number": "AccessionNumber",
    "study_id": "StudyID",
    "referring_physician": "ReferringPhysicianName",
    "series_number": "SeriesNumber",
    "manufacturer": "Manufacturer",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class SliceInfo:
    """What the header of a slice says, as far as it is needed and can be used. Its repr shows no identifier.

    Args:
        spacing_mm: Between the centres of neighbouring rows, then of columns; None if absent or impossible.
        plane: None if position, orientation or spacing is absent or impossible.
        instance_number: None if absent.
        series_description: Empty if absent.
        window: The first one; None if absent or without width.
        synthetic: Whether the image was drawn by a program.
        series_uid: What the slices of one series share; empty if absent, as the other UIDs.
        study_uid: What the series of one study share.
        sop_class_uid: What kind of image it is; of the file meta if the header lacks it, as the challenge's do.
        sop_instance_uid: Names the file; likewise.
        frame_of_reference_uid: What images share whose positions can be compared.
        frame_number: Of a frame of a multi-frame file, from 1 on; None if the file holds a single slice.
        patient: Whose image it is.
    """

    spacing_mm: tuple[float, float] | None
    plane: ImagePlane | None
    instance_number: int | None
    series_description: str
    window: Window | None
    synthetic: bool
    series_uid: str = field(default="", repr=False)
    study_uid: str = field(default="", repr=False)
    sop_class_uid: str = field(default="", repr=False)
    sop_instance_uid: str = field(default="", repr=False)
    frame_of_reference_uid: str = field(default="", repr=False)
    frame_number: int | None = None
    patient: PatientHeader = field(default=PatientHeader(), repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class SliceHeader(SliceInfo):
    """A slice without its pixels."""

    rows: int
    cols: int


@dataclass(frozen=True, kw_only=True, eq=False)
class DicomSlice(SliceInfo):
    """A grey-scale slice.

    Args:
        pixels: (rows, cols), rescaled to the modality's values, bright is high; not windowed. Whole numbers as they are
            stored if the header rescales nothing, else float32.
    """

    pixels: np.ndarray

    @cached_property
    def intensity_range(self) -> tuple[float, float]:
        """The 1st and the 99th percentile of the pixels: of this slice, whatever its series."""
        return percentile_range(self.pixels, (1, 99))


def read_slice(path: Path) -> DicomSlice:
    """Read a slice from a trusted file; an uploaded one goes through `untrusted.read_untrusted_slice`.

    Raises:
        MissingFileError: If it cannot be opened.
        DicomError: If it is no grey-scale slice that can be read.
    """
    with _opened(path) as file:
        return decode_slice(file.read())


def decode_slice(data: bytes) -> DicomSlice:
    """Read a slice from the bytes of a DICOM file.

    Raises:
        NotDicomError: If the bytes are no DICOM file.
        NoPixelsError: If there is no image in it.
        UnsupportedImageError: If the image is in colour, has several frames, or is too large.
        UnreadablePixelsError: If the pixels are cut off, corrupt, or compressed in a way that cannot be read.
    """
    check_file_size(len(data))
    with library_warnings_silenced():
        check_inflated_size(data)
        dataset = parse(BytesIO(data), with_pixels=True)
        header = _header(dataset)
        pixels = decode_pixels(dataset, header.rows, header.cols)
    return DicomSlice(pixels=pixels, **facts_of(header))


def facts_of(info: SliceInfo) -> dict[str, Any]:
    """What a header says, by name: what a slice has beside its pixels."""
    return {fact.name: getattr(info, fact.name) for fact in fields(SliceInfo)}


def read_header(path: Path) -> SliceHeader:
    """Read what a trusted file says about its slice, without its pixels.

    Raises:
        MissingFileError: If it cannot be opened.
        DicomError: If it is no grey-scale slice.
    """
    with _opened(path) as file, library_warnings_silenced():
        return _header(parse(file, with_pixels=False))


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            check_file_size(os.fstat(file.fileno()).st_size)
            yield file
    except OSError as error:
        raise MissingFileError(
            f"The image {path.name} cannot be read: {error.strerror}.",
            f"Expected a file in {path.parent}.",
            "Copy the image again, or leave its rows out.",
        ) from error


def _header(dataset: Dataset) -> SliceHeader:
    rows, cols = _checked_size(dataset)
    spacing_mm = _spacing(dataset)
    return SliceHeader(
        rows=rows,
        cols=cols,
        spacing_mm=spacing_mm,
        plane=_plane(dataset, spacing_mm),
        instance_number=integer(dataset, "InstanceNumber"),
        series_description=text(dataset, "SeriesDescription"),
        window=_window(dataset),
        synthetic=text(dataset, "ImageComments").startswith(SYNTHETIC_MARK),
        series_uid=text(dataset, "SeriesInstanceUID"),
        study_uid=text(dataset, "StudyInstanceUID"),
        # PS3.10 7.1: the file meta names class and instance once more.
        sop_class_uid=text(dataset, "SOPClassUID") or text(dataset.file_meta, "MediaStorageSOPClassUID"),
        sop_instance_uid=text(dataset, "SOPInstanceUID") or text(dataset.file_meta, "MediaStorageSOPInstanceUID"),
        frame_of_reference_uid=text(dataset, "FrameOfReferenceUID"),
        patient=PatientHeader(**{name: text(dataset, keyword) for name, keyword in _PATIENT_KEYWORDS.items()}),
    )


def _checked_size(dataset: Dataset) -> tuple[int, int]:
    """Rows and columns of an image that is grey, single, and small enough to be decoded."""
    if "Rows" not in dataset and "Columns" not in dataset:
        raise no_image()
    if "PerFrameFunctionalGroupsSequence" in dataset:
        # Their geometry and rescaling stand per frame, where the flat elements read here do not look.
        raise UnsupportedImageError(
            "This is an enhanced multi-frame image.",
            "Expected one slice in one file, with its position in the plain header.",
            "Convert it to single-frame files.",
        )
    frames = integer(dataset, "NumberOfFrames") if "NumberOfFrames" in dataset else 1
    if frames is not None and frames > 1:
        raise UnsupportedImageError(
            f"The file holds {frames} frames.",
            "Expected one slice in one file.",
            "Export the frames as single files and choose one.",
        )
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
    rows, cols = integer(dataset, "Rows"), integer(dataset, "Columns")
    bits = integer(dataset, "BitsAllocated")
    sensible = photometric in ("MONOCHROME1", "MONOCHROME2") and bits in (1, 8, 16, 32)
    if not (rows and cols and rows > 0 and cols > 0 and samples == 1 and frames == 1 and sensible):
        raise UnreadablePixelsError(
            "The header does not describe the pixels.",
            "Expected rows, columns, one sample of 1, 8, 16 or 32 bits, and MONOCHROME1 or MONOCHROME2.",
            "Export the image again.",
        )
    if rows * cols > MAX_PIXELS:
        raise UnsupportedImageError(
            f"The image has {rows} × {cols} pixels.",
            f"Expected at most {MAX_PIXELS} pixels.",
            "Choose an original slice; one of this size is no MRI slice.",
        )
    return rows, cols


def _spacing(dataset: Dataset) -> tuple[float, float] | None:
    # PS3.3 10.7.1.3: between rows first, then between columns.
    spacing = numbers(dataset, "PixelSpacing")
    smallest, largest = SPACING_RANGE_MM
    if len(spacing) != 2 or not all(smallest <= value <= largest for value in spacing):
        return None
    return spacing[0], spacing[1]


def _plane(dataset: Dataset, spacing_mm: tuple[float, float] | None) -> ImagePlane | None:
    position = np.array(numbers(dataset, "ImagePositionPatient"))
    orientation = np.array(numbers(dataset, "ImageOrientationPatient"))
    if spacing_mm is None or position.shape != (3,) or orientation.shape != (6,):
        return None
    row_cosines, column_cosines = orientation[:3], orientation[3:]
    # Two unit vectors at a right angle, but for the digits that the header rounds away.
    errors = (row_cosines @ row_cosines - 1, column_cosines @ column_cosines - 1, row_cosines @ column_cosines)
    if max(abs(error) for error in errors) > 0.01:
        return None
    return ImagePlane(
        position_mm=position, row_cosines=row_cosines, column_cosines=column_cosines, spacing_mm=spacing_mm
    )


def _window(dataset: Dataset) -> Window | None:
    centers, widths = numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")
    if not centers or not widths or widths[0] <= 0:
        return None
    return Window(center=centers[0], width=widths[0])
