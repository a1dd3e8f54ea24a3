"""The size that a compressed image declares inside its own data, read without decoding it.

A decoder allocates what the codestream says, not what the DICOM header says: a file of 1 kB may ask for gigabytes.
"""

from __future__ import annotations

import struct

# ISO/IEC 10918-1 table B.1: the markers that start a frame; 0xF7 is JPEG-LS (ISO/IEC 14495-1 C.1.1).
_START_OF_FRAME = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
_JPEG_START = b"\xff\xd8"
# ISO/IEC 15444-1 A.4.1 and A.5.1: a codestream starts with SOC, and SIZ follows at once.
_JPEG_2000_START = b"\xff\x4f\xff\x51"


def declared_size(codestream: bytes) -> tuple[int, int, int] | None:
    """The rows, columns and components that a JPEG, JPEG-LS or JPEG 2000 codestream declares.

    Returns:
        None if the bytes are no such codestream, or end before they say it.
    """
    try:
        if codestream.startswith(_JPEG_START):
            return _jpeg_size(codestream)
        # DICOM holds the bare codestream, but some writers wrap it in a JP2 file: search for it.
        start = codestream.find(_JPEG_2000_START)
        return None if start < 0 else _jpeg_2000_size(codestream, start)
    except (struct.error, IndexError):
        return None


def _jpeg_size(codestream: bytes) -> tuple[int, int, int] | None:
    at = len(_JPEG_START)
    while codestream[at] == 0xFF:
        marker = codestream[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker in _START_OF_FRAME:
            rows, columns, components = struct.unpack_from(">HHB", codestream, at + 5)
            return rows, columns, components
        (length,) = struct.unpack_from(">H", codestream, at + 2)
        at += 2 + length
    return None


def _jpeg_2000_size(codestream: bytes, start: int) -> tuple[int, int, int]:
    # After SOC, SIZ, its length and the capabilities: the reference grid, its offset, and the tiles.
    right, bottom, left, top, _, _, _, _, components = struct.unpack_from(">8IH", codestream, start + 8)
    return bottom - top, right - left, components
