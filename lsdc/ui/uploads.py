"""Images from outside: hashed by their bytes, decoded in child processes, kept in memory for as long as they are chosen."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import streamlit as st

from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.untrusted import read_untrusted_slices
from lsdc.errors import DicomError, UnsupportedImageError

# As `server.maxUploadSize` in config.toml; the browser's own check can be passed by.
MAX_UPLOAD_MB = 64
# The longest series of the challenge has 90 slices, of half a megabyte each.
MAX_FILES = 100
MAX_TOTAL_MB = 256
# A small file can hold a large picture.
MAX_DECODED_MB = 512
DECODED_KEY = "decoded_uploads"


class UploadedFile(Protocol):
    """What an uploader gives."""

    name: str
    size: int

    def getvalue(self) -> bytes:
        """The bytes of the file."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Uploads:
    """What a person uploaded.

    Args:
        images: The slices by the sha256 of their files, in the order of the files, each once.
        skipped: The other files, each with its name as the sender wrote it and the reason.
    """

    images: dict[str, DicomSlice]
    skipped: tuple[tuple[str, str], ...]


def read_uploads(files: Sequence[UploadedFile]) -> Uploads:
    """Read uploaded files; those that the reader has already sent are not decoded again.

    Raises:
        DicomError: If there are too many files or bytes, or no slice among them that can be graded.
    """
    _check_amount(files)
    contents: dict[str, bytes] = {}
    names: dict[str, str] = {}
    for file in files:
        content = file.getvalue()
        digest = hashlib.sha256(content).hexdigest()
        contents[digest] = content
        names.setdefault(digest, file.name)
    decoded = _decode(contents)
    errors = {digest: answer for digest, answer in decoded.items() if isinstance(answer, DicomError)}
    if errors and len(errors) == len(decoded):
        raise _none_readable(list(errors.values()))
    return Uploads(
        images={digest: answer for digest, answer in decoded.items() if isinstance(answer, DicomSlice)},
        skipped=tuple((names[digest], error.happened) for digest, error in errors.items()),
    )


def _check_amount(files: Sequence[UploadedFile]) -> None:
    if len(files) > MAX_FILES:
        raise UnsupportedImageError(
            f"{len(files)} files were chosen.",
            f"Expected the slices of one series, at most {MAX_FILES} files.",
            "Choose the slice and its neighbours.",
        )
    largest = max((file.size for file in files), default=0)
    if largest > MAX_UPLOAD_MB * 2**20:
        raise UnsupportedImageError(
            f"A file has {largest / 2**20:.0f} MB.",
            f"Expected a single slice of at most {MAX_UPLOAD_MB} MB in each file.",
            "Choose files with one slice each.",
        )
    total = sum(file.size for file in files)
    if total > MAX_TOTAL_MB * 2**20:
        raise UnsupportedImageError(
            f"The files have {total / 2**20:.0f} MB together.",
            f"Expected the slices of one series, at most {MAX_TOTAL_MB} MB.",
            "Choose the slice and its neighbours.",
        )


def _decode(contents: dict[str, bytes]) -> dict[str, DicomSlice | DicomError]:
    """The slice of each file, or why it has none, by hash. The session keeps them until other files are chosen."""
    known: dict[str, DicomSlice | DicomError] = st.session_state.get(DECODED_KEY, {})
    new = [digest for digest in contents if digest not in known]
    found = dict(known)
    if new:
        with st.spinner("Reading the images …"):
            for digest, answer in zip(new, read_untrusted_slices([contents[digest] for digest in new]), strict=True):
                found[digest] = answer
                _check_room(found)
    st.session_state[DECODED_KEY] = {digest: found[digest] for digest in contents}
    return {digest: found[digest] for digest in contents}


def _check_room(found: dict[str, DicomSlice | DicomError]) -> None:
    decoded = sum(answer.pixels.nbytes for answer in found.values() if isinstance(answer, DicomSlice))
    if decoded > MAX_DECODED_MB * 2**20:
        raise UnsupportedImageError(
            f"The images hold more than {MAX_DECODED_MB} MB of pixels.",
            "Expected the slices of one series.",
            "Choose the slice and its neighbours.",
        )


def _none_readable(errors: Sequence[DicomError]) -> DicomError:
    if len(errors) == 1:
        return errors[0]
    return UnsupportedImageError(
        f"None of the {len(errors)} files is a slice that can be read.",
        f"The first of them: {errors[0].happened}",
        "Choose the DICOM files of one series.",
    )
