"""Zips from outside: refused for what they say of themselves before anything is inflated, and never inflated further."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import IO

from lsdc.errors import ArchiveError

# Images and texts shrink to a tenth; what shrinks to a hundredth was made to be large.
MAX_RATIO = 100


def check_member(member: zipfile.ZipInfo) -> None:
    """Refuse a member of a zip for what the zip's directory says of it.

    Raises:
        ArchiveError: If its name leads out of the zip, or it is a link, encrypted, packed in an unusual way, or a bomb.
    """
    name = member.filename
    place = PurePosixPath(name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts:
        raise _refuse(f"{name!r} leads out of the zip.")
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refuse(f"{name!r} is a link or a device.")
    if member.flag_bits & 1:
        raise _refuse(f"{name!r} is encrypted.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refuse(f"{name!r} is packed in an unusual way.")
    if member.file_size > MAX_RATIO * max(member.compress_size, 1):
        raise _refuse(f"{name!r} is packed more than {MAX_RATIO} to one.")


def open_zip(file: str | PathLike[str] | IO[bytes]) -> zipfile.ZipFile:
    """Open a zip, from a path or a binary stream.

    Raises:
        ArchiveError: If it is none.
    """
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _refuse("The file is no zip, or a damaged one.") from error


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Inflate a member, to no more than the zip's directory says.

    Raises:
        ArchiveError: If it is damaged.
    """
    try:
        with archive.open(member) as packed:
            return packed.read(member.file_size)
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise _refuse(f"{member.filename!r} is damaged.") from error


def unpack_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    """The same into a file, which is as large as the member and not in memory. Errors as `read_member`."""
    try:
        with archive.open(member) as packed, target.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise _refuse(f"{member.filename!r} is damaged.") from error


def _refuse(happened: str) -> ArchiveError:
    return ArchiveError(happened, "Expected an ordinary zip of ordinary files.", "Pack the files again.")
