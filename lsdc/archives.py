"""Zips from outside: refused for what they say of themselves before anything is inflated, and never inflated further."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from lsdc.errors import ArchiveError

# Images and texts shrink to a tenth; what shrinks to a hundredth was made to be large.
MAX_RATIO = 100
# What is smaller may shrink to nothing, as an empty slice of a series does; how much there may be of all is limited besides.
RATIO_FROM_BYTES = 2 * 2**20
# PKWARE's APPNOTE, 4.4.4: patches, strong encryption, and a directory that is encrypted.
_UNUSUAL_FLAGS = 0x20 | 0x40 | 0x2000
# Some 20,000 members. A person's zip has hundreds.
MAX_DIRECTORY_BYTES = 2 * 2**20

# The record at a zip's end: mark, two numbers of disks, two of members, size and place of the directory, length of a comment.
_END = struct.Struct("<4s4H2IH")
_END_MARK = b"PK\x05\x06"
# Before it stands, in zips of more than 2 GiB or 65,535 members, where a larger record lies.
_ZIP64_MARK = b"PK\x06\x07"
_ZIP64_LOCATOR_BYTES = 20
_LONGEST_TAIL = _ZIP64_LOCATOR_BYTES + _END.size + 2**16


def check_member(member: zipfile.ZipInfo) -> None:
    """Refuse a member of a zip for what the zip's directory says of it.

    Raises:
        ArchiveError: If it has no name, its name leads out of the zip, or it is a link, encrypted, packed in an unusual way, or a bomb.
    """
    name = member.filename
    place = PurePosixPath(name.replace("\\", "/"))
    if not name:
        raise _refuse("One of its files has no name.")
    if place.is_absolute() or ".." in place.parts:
        raise _refuse(f"{name!r} leads out of the zip.")
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refuse(f"{name!r} is a link or a device.")
    if member.flag_bits & 1:
        raise _refuse(f"{name!r} is encrypted.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & _UNUSUAL_FLAGS:
        raise _refuse(f"{name!r} is packed in an unusual way.")
    if member.file_size > max(MAX_RATIO * max(member.compress_size, 1), RATIO_FROM_BYTES):
        raise _refuse(f"{name!r} is packed more than {MAX_RATIO} to one.")


def open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    """Open a zip whose directory is small enough to be read.

    Raises:
        ArchiveError: If it is none, or names more members than any zip of ours.
    """
    _check_directory(file)
    with _damage_refused("The file is no zip, or a damaged one."):
        return zipfile.ZipFile(file)


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Inflate a member, to no more than the zip's directory says.

    Raises:
        ArchiveError: If it is damaged.
    """
    with _damage_refused(f"{member.filename!r} is damaged."), archive.open(member) as packed:
        return packed.read(member.file_size)


def unpack_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """The same into a file, which is as large as the member and not in memory. Errors as `read_member`."""
    with (
        target.open("wb") as unpacked,
        _damage_refused(f"{member.filename!r} is damaged."),
        archive.open(member) as packed,
    ):
        shutil.copyfileobj(packed, unpacked)


@contextmanager
def _damage_refused(happened: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # for damaged bytes `zipfile` raises whatever it stumbles over
        # Of this machine are a lack of memory and of disk; EINVAL is a place before the beginning of the file.
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno != errno.EINVAL):
            raise
        raise _refuse(happened) from error


def _check_directory(file: IO[bytes]) -> None:
    """Refuse a zip whose directory is large, before `zipfile` makes an object of each of its members."""
    file.seek(-min(_LONGEST_TAIL, file.seek(0, os.SEEK_END)), os.SEEK_CUR)
    tail = file.read()
    # Where `zipfile` looks: at the very end, else for the last mark before a comment (PKWARE's APPNOTE, 4.3.15 and 4.3.16).
    at = len(tail) - _END.size
    if not (tail[at:].startswith(_END_MARK) and tail.endswith(bytes(2))):
        at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) < at + _END.size:
        return  # no zip; `zipfile` says so
    if tail[:at][-_ZIP64_LOCATOR_BYTES:].startswith(_ZIP64_MARK):
        raise _refuse("It is a zip for more than 2 GiB.")
    if _END.unpack_from(tail, at)[5] > MAX_DIRECTORY_BYTES:
        raise _refuse("It names more files than belong into one zip.")


def _refuse(happened: str) -> ArchiveError:
    return ArchiveError(happened, "Expected an ordinary zip of ordinary files.", "Pack the files again.")
