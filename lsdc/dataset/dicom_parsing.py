"""The bytes of a file become elements, and elements become plain values; errors of the library become ours.

What identifies a patient stays in the values that are asked for: the words of the DICOM library, which may quote an
element, reach neither messages nor logs.
"""

from __future__ import annotations

import logging
import math
import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.errors import InvalidDicomError
from pydicom.filereader import read_dataset, read_partial, read_preamble
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian
from pydicom.valuerep import PersonName

from lsdc.errors import NoPixelsError, NotDicomError, UnsupportedImageError

# An uncompressed slice of MAX_PIXELS with 32 bits, and as much again for everything else.
MAX_FILE_BYTES = 128 * 2**20
_INFLATED_PIECE_BYTES = 16 * 2**20
# PS3.5 6.2: of a long text (LT).
LONGEST_TEXT = 10240
# The tag of SharedFunctionalGroupsSequence; the groups of each frame and the pixels stand behind it.
FUNCTIONAL_GROUPS = 0x52009229

# Kinds of text that are one line without padding.
_PLAIN_TEXT = ("CS", "LO", "LT", "SH", "UI")

logging.getLogger("pydicom").propagate = False


def check_file_size(size: int) -> None:
    """Refuse files that hold nothing, or far more than a slice."""
    if size == 0:
        raise NotDicomError("The file is empty.", "Expected a DICOM file.", "Export or copy the image again.")
    if size > MAX_FILE_BYTES:
        raise UnsupportedImageError(
            f"The file has {size / 2**20:.0f} MiB.",
            f"Expected a single slice of at most {MAX_FILE_BYTES // 2**20} MiB.",
            "Choose a file with one slice.",
        )


def check_inflated_size(data: bytes) -> None:
    """Refuse a deflated file that grows beyond any slice, before pydicom, which sets no limit, inflates it."""
    if DeflatedExplicitVRLittleEndian.encode() not in data:  # cheap, and true of nearly every file
        return
    with _parser_errors_explained():
        file = BytesIO(data)
        read_preamble(file, force=False)
        meta = _read_meta(file)
        if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
            return
        inflated = _inflated_size(file.read())
    if inflated >= MAX_FILE_BYTES:
        raise UnsupportedImageError(
            f"The file inflates to {MAX_FILE_BYTES // 2**20} MiB or more.",
            "Expected a single slice.",
            "Choose a file with one slice; if it came from a stranger, delete it.",
        )


def _inflated_size(packed: bytes) -> int:
    """How much bytes inflate to; beyond the limit it is not counted on. Only a piece at a time is in memory."""
    inflator, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while packed and size < MAX_FILE_BYTES:
        size += len(inflator.decompress(packed, _INFLATED_PIECE_BYTES))
        packed = inflator.unconsumed_tail
    return size


def parse(file: BinaryIO, *, with_pixels: bool) -> Dataset:
    """Find the elements of a file; each is converted only when it is asked for.

    Raises:
        NotDicomError: If the bytes are no DICOM file, or end within the header.
        UnsupportedImageError: If the header cannot be read for its depth.
    """
    with _parser_errors_explained():
        return dcmread(file, stop_before_pixels=not with_pixels)


def parse_plain_header(data: bytes) -> Dataset:
    """The elements before functional groups and pixels, whose number they say.

    Raises:
        NotDicomError: If the bytes are no DICOM file, or end within these elements.
        UnsupportedImageError: If the header cannot be read for its depth.
    """
    with _parser_errors_explained():
        return read_partial(BytesIO(data), stop_when=lambda tag, _vr, _length: tag >= FUNCTIONAL_GROUPS)


def parse_head(file: BinaryIO) -> Dataset:
    """The elements before the pixels of a file with one slice in the plain, in two thirds of the time of `parse`.

    `file` stands at the pixels afterwards, or at its end.

    Raises:
        NotDicomError: Also if the file is deflated, has functional groups, or does not say how it is written.
        UnsupportedImageError: As `parse`.
    """
    with _parser_errors_explained():
        read_preamble(file, force=False)
        implicit, little_endian, deflated = _encoding(text(_read_meta(file), "TransferSyntaxUID"))
        dataset = read_dataset(file, implicit, little_endian, stop_when=lambda tag, _vr, _length: tag >> 16 == 0x7FE0)
        if deflated or tag("PerFrameFunctionalGroupsSequence") in dataset:
            raise InvalidDicomError
        dataset.set_original_encoding(implicit, little_endian)
        return dataset


def _read_meta(file: BinaryIO) -> Dataset:
    # PS3.10 7.1: the file meta is group 0002, explicit little endian, and never deflated.
    return read_dataset(file, False, True, stop_when=lambda tag, _vr, _length: tag >> 16 != 2)


@lru_cache(maxsize=64)  # the standard has about as many; the files of a data set share one
def _encoding(syntax: str) -> tuple[bool, bool, bool]:
    """Whether what is written so is implicit, little endian, deflated; an error if it is no transfer syntax."""
    uid = UID(syntax)
    return uid.is_implicit_VR, uid.is_little_endian, uid.is_deflated


@cache
def tag(keyword: str) -> BaseTag:
    """The tag of an element; the library looks it up anew each time that it is asked."""
    return Tag(keyword)


@contextmanager
def _parser_errors_explained() -> Iterator[None]:
    # `from None`: the words of the library may quote what identifies a patient.
    try:
        yield
    except InvalidDicomError:
        raise NotDicomError(
            "This is not a DICOM file.",
            "Expected a file that carries the DICM mark behind its preamble.",
            "Choose a .dcm file, or export the image as DICOM.",
        ) from None
    except RecursionError:
        raise UnsupportedImageError(
            "The header nests sequences too deeply to be read.",
            "Expected the header of an image.",
            "Export the image again; if it came from a stranger, delete it.",
        ) from None
    except MemoryError:  # the machine's fault, not the file's
        raise
    except Exception:  # noqa: BLE001 - a parser fed with corrupt bytes may raise anything
        raise NotDicomError(
            "The DICOM header is corrupt.",
            "Expected a header that can be read to its end.",
            "Export or copy the image again.",
        ) from None


@contextmanager
def library_warnings_silenced() -> Iterator[None]:
    """Keep the library's warnings to itself: they quote values outside the standard; those that matter are checked."""
    # The filter is process-wide while it stands, so it names pydicom alone.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"pydicom")
        yield


def integer(dataset: Dataset, keyword: str) -> int | None:
    """The first value of an element; None if it is absent, empty or malformed."""
    values = numbers(dataset, keyword)
    return int(values[0]) if values else None


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """The values of an element; none if it is absent, empty or malformed."""
    try:
        values = _numbers(dataset, keyword)
    except (TypeError, ValueError, OverflowError):
        return ()
    return values if all(math.isfinite(item) for item in values) else ()


def _numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    # Most elements are of these three kinds, and the library takes ten times as long for each.
    element = dataset.get_item(tag(keyword))
    if element is None:
        return ()
    if isinstance(element, RawDataElement) and element.value:
        if element.VR in ("DS", "IS"):
            return tuple(float(item) for item in bytes(element.value).split(b"\\"))
        if element.VR == "US" and len(element.value) == 2:
            return (float(int.from_bytes(element.value, "little" if element.is_little_endian else "big")),)
    value = _value(dataset, keyword)
    return tuple(float(item) for item in (value if isinstance(value, MultiValue | list) else [value]))


def text(dataset: Dataset, keyword: str) -> str:
    """The text of an element, a name or a number among them; empty if it is absent, malformed or longer than any."""
    element = dataset.get_item(tag(keyword))
    if element is None:
        return ""
    if isinstance(element, RawDataElement) and element.value and element.VR in _PLAIN_TEXT and _is_plain(element.value):
        return element.value.decode("ascii").rstrip("\0 ")
    value = _value(dataset, keyword)
    words = str(value) if isinstance(value, str | PersonName | int) else ""
    return words if len(words) <= LONGEST_TEXT else ""


def _is_plain(value: bytes) -> bool:
    # A backslash parts several values, and an escape begins another alphabet.
    return len(value) <= LONGEST_TEXT and value.isascii() and b"\\" not in value and b"\x1b" not in value


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; none if it is absent or malformed."""
    value = _value(dataset, keyword)
    return list(value) if isinstance(value, Sequence) else []


def words(dataset: Dataset, keyword: str, file: Dataset) -> np.ndarray:
    """The unsigned 16-bit numbers of an element of one item; none if it is absent or malformed.

    Args:
        dataset: The item.
        keyword: Of the element.
        file: With the file meta, which says the order of bytes.
    """
    value = _value(dataset, keyword)
    if isinstance(value, bytes):
        order = ">" if file.file_meta.get("TransferSyntaxUID") == ExplicitVRBigEndian else "<"
        return np.frombuffer(value[: len(value) // 2 * 2], f"{order}u2")
    listed = np.array(value)
    return listed.astype(np.uint16) if listed.ndim == 1 and listed.dtype.kind in "iu" else np.zeros(0, np.uint16)


def copy_elements(source: Dataset, target: Dataset, keywords: Iterable[str]) -> None:
    """Copy those elements that are there, unconverted."""
    for keyword in keywords:
        if keyword in source:
            target[keyword] = source.get_item(keyword)


def _value(dataset: Dataset, keyword: str) -> Any:
    """The converted value of an element; None if it is absent or malformed."""
    try:
        # Several times as fast as `dataset.get`, which makes an error of each absence.
        return dataset[tag(keyword)].value if tag(keyword) in dataset else None
    except MemoryError:  # the machine's fault, not the file's
        raise
    except Exception:  # noqa: BLE001 - a parser fed with corrupt bytes may raise anything
        return None


def no_image() -> NoPixelsError:
    """The error for a DICOM file without an image."""
    return NoPixelsError(
        "This DICOM file has no image in it.",
        "Expected a slice; reports, plans and folder lists are DICOM files too.",
        "Choose an image of the series; if this was one, it was cut off: copy it again.",
    )
