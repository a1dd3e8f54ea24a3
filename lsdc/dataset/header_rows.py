"""One image file becomes one row of the table of headers: where it lies, what took it, and whether it is whole."""

from __future__ import annotations

import os
import zlib
from collections.abc import Hashable, Iterable, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
from pydicom import Dataset

from lsdc.dataset.dicom import checked_single, is_synthetic_image, opened
from lsdc.dataset.dicom_header import frame_headers, plane_of, spacing_of
from lsdc.dataset.dicom_parsing import integer, library_warnings_silenced, numbers, parse, parse_head, text
from lsdc.dataset.geometry import ImagePlane
from lsdc.errors import DicomError, LsdcError, UnreadablePixelsError

GEOMETRY = {
    "rows": "float64",
    "cols": "float64",
    **dict.fromkeys(("row_spacing_mm", "col_spacing_mm", "x_mm", "y_mm", "z_mm"), "float64"),
    **dict.fromkeys(("row_x", "row_y", "row_z", "col_x", "col_y", "col_z"), "float64"),
}
NUMBER_KEYWORDS = {
    "thickness_mm": "SliceThickness",
    "slice_spacing_mm": "SpacingBetweenSlices",
    "field_strength_t": "MagneticFieldStrength",
}
TEXT_KEYWORDS = {
    "header_description": "SeriesDescription",
    "manufacturer": "Manufacturer",
    "scanner": "ManufacturerModelName",
    "patient_position": "PatientPosition",
    "sop_uid": "SOPInstanceUID",
    "frame_of_reference_uid": "FrameOfReferenceUID",
}
# What names a file and its state; its number is that of its name, by which the tables call it.
FILE_COLUMNS = {
    "study_id": "int64",
    "series_id": "int64",
    "instance_number": "Int64",
    "image": "str",
    "bytes": "int64",
    "changed_ns": "int64",
}
# Of the pixels' bytes: how many there are, and a sum over some from their middle. Files in which both are equal may
# hold the same picture.
PIXEL_COLUMNS = {"pixel_bytes": "Int64", "pixel_sum": "Int64"}
HEADER_TYPES: dict[str, str] = {
    **FILE_COLUMNS,
    "error": "str",
    **GEOMETRY,
    **dict.fromkeys(NUMBER_KEYWORDS, "float64"),
    "plane": "str",
    **dict.fromkeys(TEXT_KEYWORDS, "str"),
    "header_number": "Int64",
    "synthetic": "bool",
    **PIXEL_COLUMNS,
}

# What holds the headers of the challenge several times; reading it in one go is faster than element by element.
HEAD_BYTES = 8192
UNDEFINED_LENGTH = 0xFFFFFFFF
ITEM, END_OF_ITEMS = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
SAMPLED_BYTES = 512

Row = dict[str, Any]


def read_rows(data_root: Path, files: Iterable[Mapping[Hashable, Any]]) -> pd.DataFrame:
    """Read the headers of some files.

    Args:
        data_root: What `image` of the files is relative to.
        files: `FILE_COLUMNS` of each.

    Returns:
        `HEADER_TYPES`, in the order of the files. A file that cannot be read has an `error`, and nothing else but what
        names it; numbers and texts that the header lacks are missing.
    """
    with library_warnings_silenced():
        rows = [{**file, **_content(data_root / file["image"])} for file in files]
    return pd.DataFrame(rows, columns=list(HEADER_TYPES)).fillna({"synthetic": False}).astype(HEADER_TYPES)


def _content(path: Path) -> Row:
    try:
        with opened(path) as file:
            dataset, begin = _parse_head(file)
            return {**_described(dataset), **_pixels(file.fileno(), begin, dataset)}
    except LsdcError as error:
        return {"error": error.happened}


def _parse_head(file: BinaryIO) -> tuple[Dataset, int]:
    """The elements before the pixels, and where those begin."""
    head = BytesIO(file.read(HEAD_BYTES))
    with suppress(DicomError):
        dataset = parse_head(head)
        if head.tell() < HEAD_BYTES:
            return dataset, head.tell()
    # A header that is longer, deflated, or corrupt; in the last case this says so.
    file.seek(0)
    dataset = parse(file, with_pixels=False)
    return dataset, file.tell()


def _described(dataset: Dataset) -> Row:
    # Only what is asked for here is converted: nothing that identifies a patient.
    shape = checked_single(dataset)
    (frame,) = frame_headers(dataset, shape.frames)
    between_rows, between_columns = spacing_of(frame) or (np.nan, np.nan)
    plane = plane_of(frame)
    words = {name: text(dataset, keyword) or None for name, keyword in TEXT_KEYWORDS.items()}
    return {
        "rows": shape.rows,
        "cols": shape.cols,
        "row_spacing_mm": between_rows,
        "col_spacing_mm": between_columns,
        **(_placed(plane) if plane else {}),
        **{name: next(iter(numbers(dataset, keyword)), np.nan) for name, keyword in NUMBER_KEYWORDS.items()},
        **words,
        "header_number": integer(dataset, "InstanceNumber"),
        "synthetic": is_synthetic_image(dataset),
    }


def _placed(plane: ImagePlane) -> Row:
    names = ("x_mm", "y_mm", "z_mm", "row_x", "row_y", "row_z", "col_x", "col_y", "col_z")
    values = (*plane.position_mm.tolist(), *plane.row_cosines.tolist(), *plane.column_cosines.tolist())
    return {**dict(zip(names, values, strict=True)), "plane": plane.plane.value}


def _pixels(descriptor: int, begin: int, dataset: Dataset) -> Row:
    """The length of the pixels and the sum over a sample, without decoding.

    Raises:
        UnreadablePixelsError: If the file ends before they do.
    """
    size = os.fstat(descriptor).st_size
    if begin == size:
        # A deflated file was read to its end to be inflated; whether it is whole was seen then.
        return {}
    if not _is_whole(descriptor, begin, size, dataset):
        raise UnreadablePixelsError(
            "The file ends in the middle of its pixels.", "Expected them to their end.", "Copy the image again."
        )
    sample = os.pread(descriptor, SAMPLED_BYTES, (begin + size - SAMPLED_BYTES) // 2)
    return {"pixel_bytes": size - begin, "pixel_sum": zlib.crc32(sample)}


def _is_whole(descriptor: int, begin: int, size: int, dataset: Dataset) -> bool:
    implicit, little_endian = dataset.original_encoding
    # PS3.5 7.1.2 and 7.1.3: tag, kind and two reserved bytes unless the kind is implicit, length.
    head = os.pread(descriptor, 8 if implicit else 12, begin)
    begin += len(head)
    length = int.from_bytes(head[-4:], "little" if little_endian else "big")
    if length != UNDEFINED_LENGTH:
        return 0 < length <= size - begin
    # PS3.5 A.4: items one behind the other, then the mark of their end.
    while len(item := os.pread(descriptor, 8, begin)) == 8:
        if item[:4] != ITEM:
            return item[:4] == END_OF_ITEMS
        begin += 8 + int.from_bytes(item[4:], "little")
    return False
