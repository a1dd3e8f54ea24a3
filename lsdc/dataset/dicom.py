"""A DICOM file becomes a `DicomSlice`, or one for each frame, or an error that says why not. The only reader of images.

The bytes are parsed in `dicom_parsing`, understood in `dicom_header`, and the pixels decoded in `dicom_pixels`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from pydicom import Dataset

from lsdc.dataset.dicom_header import ImageShape, checked_shape, frame_headers, plane_of, spacing_of, window_of
from lsdc.dataset.dicom_parsing import (
    check_file_size,
    check_inflated_size,
    integer,
    library_warnings_silenced,
    numbers,
    parse,
    parse_plain_header,
    text,
)
from lsdc.dataset.dicom_pixels import decode_frames, is_inverted
from lsdc.dataset.geometry import ImagePlane
from lsdc.dataset.intensity import percentile_range
from lsdc.errors import MissingFileError, UnsupportedImageError

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

    name: str = field(default="", metadata={"keyword": "PatientName"})
    patient_id: str = field(default="", metadata={"keyword": "PatientID"})
    birth_date: str = field(default="", metadata={"keyword": "PatientBirthDate"})
    sex: str = field(default="", metadata={"keyword": "PatientSex"})
    study_date: str = field(default="", metadata={"keyword": "StudyDate"})
    study_time: str = field(default="", metadata={"keyword": "StudyTime"})
    accession_number: str = field(default="", metadata={"keyword": "AccessionNumber"})
    study_id: str = field(default="", metadata={"keyword": "StudyID"})
    referring_physician: str = field(default="", metadata={"keyword": "ReferringPhysicianName"})
    series_number: str = field(default="", metadata={"keyword": "SeriesNumber"})
    manufacturer: str = field(default="", metadata={"keyword": "Manufacturer"})


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
        echo_time_ms: None if absent, as the next two.
        repetition_time_ms: Between two excitations.
        thickness_mm: Of the slice; None if absent.
        modality: What kind of machine took it, such as MR; empty if absent, as in the challenge's files.
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
    echo_time_ms: float | None = None
    repetition_time_ms: float | None = None
    thickness_mm: float | None = None
    modality: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class SliceHeader(SliceInfo):
    """A slice without its pixels."""

    rows: int
    cols: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.cols


@dataclass(frozen=True, kw_only=True, eq=False)
class DicomSlice(SliceInfo):
    """A grey-scale slice.

    Args:
        pixels: (rows, cols), rescaled to the modality's values, bright is high; not windowed. Whole numbers as they are
            stored if the header rescales nothing, else float32.
    """

    pixels: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, cols = self.pixels.shape
        return rows, cols

    @cached_property
    def intensity_range(self) -> tuple[float, float]:
        """The 1st and the 99th percentile of the pixels: of this slice, whatever its series."""
        return percentile_range(self.pixels, (1, 99))


def facts_of(info: SliceInfo) -> dict[str, Any]:
    """What a header says, by name: what a slice has beside its pixels."""
    return {fact.name: getattr(info, fact.name) for fact in fields(SliceInfo)}


def read_slice(path: Path) -> DicomSlice:
    """Read a slice from a trusted file; an uploaded one goes through `untrusted.read_untrusted_file`.

    Raises:
        MissingFileError: If it cannot be opened.
        DicomError: If it is no single grey-scale slice that can be read.
    """
    with opened(path) as file:
        return decode_slice(file.read())


def decode_slice(data: bytes) -> DicomSlice:
    """Read the slice from the bytes of a DICOM file that holds one; errors as `decode_slices`."""
    check_file_size(len(data))
    with library_warnings_silenced():
        check_inflated_size(data)
        dataset = parse(BytesIO(data), with_pixels=True)
        (image,) = _decoded(dataset, checked_single(dataset))
    return image


def decode_slices(data: bytes) -> list[DicomSlice]:
    """Read all slices from the bytes of a DICOM file: one, or the frames of a multi-frame file in their order.

    Raises:
        NotDicomError: If the bytes are no DICOM file.
        NoPixelsError: If there is no image in it.
        UnsupportedImageError: If the image is in colour, or too large.
        UnreadablePixelsError: If the pixels are cut off, corrupt, or compressed in a way that cannot be read.
    """
    check_file_size(len(data))
    with library_warnings_silenced():
        check_inflated_size(data)
        # What a file says of itself is looked at before a million of frames are parsed.
        checked_shape(parse_plain_header(data))
        dataset = parse(BytesIO(data), with_pixels=True)
        return _decoded(dataset, checked_shape(dataset))


def read_header(path: Path) -> SliceHeader:
    """Read what a trusted file says about its slice, without its pixels.

    Raises:
        MissingFileError: If it cannot be opened.
        DicomError: If it is no single grey-scale slice.
    """
    with opened(path) as file, library_warnings_silenced():
        dataset = parse(file, with_pixels=False)
        shape = checked_single(dataset)
        (header,) = _headers(dataset, shape, frame_headers(dataset, shape.frames))
    return header


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a trusted file of a size that a slice may have.

    Raises:
        MissingFileError: If it cannot be opened.
        DicomError: If it is empty, or too large.
    """
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


def checked_single(dataset: Dataset) -> ImageShape:
    """The shape of the one slice of a file; errors as `checked_shape`, also for several frames."""
    shape = checked_shape(dataset)
    if shape.frames > 1:
        raise UnsupportedImageError(
            f"The file holds {shape.frames} frames.",
            "Expected one slice in each file of a data set.",
            "Export the frames as single files, or grade them on the Predict page.",
        )
    return shape


def _decoded(dataset: Dataset, shape: ImageShape) -> list[DicomSlice]:
    frames = frame_headers(dataset, shape.frames)
    pixels = decode_frames(dataset, shape, frames)
    inverted = is_inverted(dataset)
    return [
        DicomSlice(pixels=image, **facts_of(_turned(header, image) if inverted else header))
        for image, header in zip(pixels, _headers(dataset, shape, frames), strict=True)
    ]


def _turned(header: SliceHeader, pixels: np.ndarray) -> SliceHeader:
    """With the window where the values went when bright was made high."""
    if header.window is None:
        return header
    center = float(pixels.min()) + float(pixels.max()) - header.window.center
    return replace(header, window=Window(center=center, width=header.window.width))


def _headers(dataset: Dataset, shape: ImageShape, frames: Sequence[Dataset]) -> list[SliceHeader]:
    of_file = _facts_of_file(dataset)
    headers = []
    for number, frame in enumerate(frames, start=1):
        window = window_of(frame)
        headers.append(
            SliceHeader(
                rows=shape.rows,
                cols=shape.cols,
                spacing_mm=spacing_of(frame),
                plane=plane_of(frame),
                thickness_mm=next(iter(numbers(frame, "SliceThickness")), None),
                window=window and Window(center=window[0], width=window[1]),
                frame_number=number if shape.frames > 1 else None,
                **of_file,
            )
        )
    return headers


def _facts_of_file(dataset: Dataset) -> dict[str, Any]:
    patient = {said.name: text(dataset, said.metadata["keyword"]) for said in fields(PatientHeader)}
    return {
        "instance_number": integer(dataset, "InstanceNumber"),
        "series_description": text(dataset, "SeriesDescription"),
        "synthetic": is_synthetic_image(dataset),
        "series_uid": text(dataset, "SeriesInstanceUID"),
        "study_uid": text(dataset, "StudyInstanceUID"),
        # PS3.10 7.1: the file meta names class and instance once more.
        "sop_class_uid": text(dataset, "SOPClassUID") or text(dataset.file_meta, "MediaStorageSOPClassUID"),
        "sop_instance_uid": text(dataset, "SOPInstanceUID") or text(dataset.file_meta, "MediaStorageSOPInstanceUID"),
        "frame_of_reference_uid": text(dataset, "FrameOfReferenceUID"),
        "patient": PatientHeader(**patient),
        "modality": text(dataset, "Modality"),
        "echo_time_ms": next(iter(numbers(dataset, "EchoTime")), None),
        "repetition_time_ms": next(iter(numbers(dataset, "RepetitionTime")), None),
    }


def is_synthetic_image(dataset: Dataset) -> bool:
    """Whether the image was drawn by a program."""
    return text(dataset, "ImageComments").startswith(SYNTHETIC_MARK)
