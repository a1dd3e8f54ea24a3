"""Images from outside: hashed by their bytes, decoded in child processes, kept in memory for as long as they are chosen."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import streamlit as st

from lsdc.archives import check_member, open_zip, read_member
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.untrusted import read_untrusted_files
from lsdc.errors import DicomError, UnsupportedImageError

# As `server.maxUploadSize` in config.toml; the browser's own check can be passed by.
MAX_UPLOAD_MB = 64
# The longest series of the challenge has 90 slices, of half a megabyte each; a patient's folder has some series.
MAX_FILES = 500
MAX_TOTAL_MB = 256
# A small file can hold a large picture.
MAX_DECODED_MB = 512
DECODED_KEY = "decoded_uploads"
READ_KEY = "read_uploads"
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
# What lies beside images without being one: directories of a disc, and what systems leave in folders.
PASSED_OVER = re.compile(r"DICOMDIR|\._.*|\.DS_Store|Thumbs\.db", re.IGNORECASE)


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
        images: The slices in the order of the files, each once, by the sha256 of their file; of a multi-frame file with
            the number of the frame.
        skipped: The other files, each with its name as the sender wrote it and the reason.
    """

    images: dict[str, DicomSlice]
    skipped: tuple[tuple[str, str], ...]


def read_uploads(files: Sequence[UploadedFile]) -> Uploads:
    """Read uploaded files, and those in uploaded zips; what the reader has already sent is not decoded again.

    Raises:
        DicomError: If there are too many files or bytes, or no slice among them that can be graded.
        ArchiveError: If a zip is damaged, or made to do harm.
    """
    _check_sizes(files)
    sent = tuple((file.name, hashlib.sha256(file.getvalue()).hexdigest()) for file in files)
    # Every click on the page comes by here; a zip is inflated for the first one only.
    kept = st.session_state.get(READ_KEY)
    if kept is None or kept[0] != sent:
        kept = st.session_state[READ_KEY] = (sent, _read(files))
    uploads: Uploads = kept[1]
    return uploads


def forget_uploads() -> None:
    """Forget the slices that were read."""
    for key in (READ_KEY, DECODED_KEY):
        st.session_state.pop(key, None)


def _read(files: Sequence[UploadedFile]) -> Uploads:
    contents: dict[str, bytes] = {}
    names: dict[str, str] = {}
    for name, content in _unpacked(files):
        digest = hashlib.sha256(content).hexdigest()
        contents[digest] = content
        names.setdefault(digest, name)
    if not contents:
        raise UnsupportedImageError(
            "There is no image among the files.",
            "Expected DICOM files of slices.",
            "Choose the folder with the images.",
        )
    decoded = _decode(contents)
    errors = {digest: answer for digest, answer in decoded.items() if isinstance(answer, DicomError)}
    if errors and len(errors) == len(decoded):
        raise _none_readable(list(errors.values()))
    return Uploads(
        images={
            _image_id(digest, image): image
            for digest, answer in decoded.items()
            if not isinstance(answer, DicomError)
            for image in answer
        },
        skipped=tuple((names[digest], error.happened) for digest, error in errors.items()),
    )


def _image_id(digest: str, image: DicomSlice) -> str:
    return digest if image.frame_number is None else f"{digest} frame {image.frame_number}"


def _check_sizes(files: Sequence[UploadedFile]) -> None:
    largest = max((file.size for file in files), default=0)
    if largest > MAX_UPLOAD_MB * 2**20:
        raise UnsupportedImageError(
            f"A file has {largest / 2**20:.0f} MB.",
            f"Expected at most {MAX_UPLOAD_MB} MB in each file.",
            "Choose files with fewer slices, or a smaller zip.",
        )
    _check_amount(len(files), sum(file.size for file in files))


def _unpacked(files: Sequence[UploadedFile]) -> list[tuple[str, bytes]]:
    """Names and bytes of the files that may be images; nothing is inflated before all of it is known to be little."""
    plain: list[tuple[str, bytes]] = []
    packed: list[tuple[zipfile.ZipFile, zipfile.ZipInfo]] = []
    for file in files:
        content = file.getvalue()
        if content.startswith(ZIP_STARTS):
            archive = open_zip(io.BytesIO(content))
            packed += [(archive, member) for member in archive.infolist()]
        else:
            plain.append((file.name, content))
    for _, member in packed:
        check_member(member)
    packed = [(archive, member) for archive, member in packed if not member.is_dir() and _may_be_image(member.filename)]
    plain = [(name, content) for name, content in plain if _may_be_image(name)]
    inflated = sum(member.file_size for _, member in packed)
    _check_amount(len(plain) + len(packed), inflated + sum(len(content) for _, content in plain))
    return plain + [(member.filename, read_member(archive, member)) for archive, member in packed]


def _may_be_image(name: str) -> bool:
    return not PASSED_OVER.fullmatch(name.replace("\\", "/").rpartition("/")[2])


def _check_amount(files: int, total: int) -> None:
    if files > MAX_FILES:
        raise UnsupportedImageError(
            f"{files} files were chosen.",
            f"Expected the slices of one patient, at most {MAX_FILES} files.",
            "Choose one series, or the slice and its neighbours.",
        )
    if total > MAX_TOTAL_MB * 2**20:
        raise UnsupportedImageError(
            f"The files have {total / 2**20:.0f} MB together.",
            f"Expected the slices of one patient, at most {MAX_TOTAL_MB} MB.",
            "Choose one series, or the slice and its neighbours.",
        )


def _decode(contents: dict[str, bytes]) -> dict[str, list[DicomSlice] | DicomError]:
    """The slices of each file, or why it has none, by hash. The session keeps them until other files are chosen."""
    known: dict[str, list[DicomSlice] | DicomError] = st.session_state.get(DECODED_KEY, {})
    new = [digest for digest in contents if digest not in known]
    found = dict(known)
    if new:
        with st.spinner("Reading the images …"):
            for digest, answer in zip(new, read_untrusted_files(contents[digest] for digest in new), strict=True):
                found[digest] = answer
                _check_room(found)
    st.session_state[DECODED_KEY] = {digest: found[digest] for digest in contents}
    return {digest: found[digest] for digest in contents}


def _check_room(found: dict[str, list[DicomSlice] | DicomError]) -> None:
    slices = chain.from_iterable(answer for answer in found.values() if not isinstance(answer, DicomError))
    if sum(image.pixels.nbytes for image in slices) > MAX_DECODED_MB * 2**20:
        raise UnsupportedImageError(
            f"The images hold more than {MAX_DECODED_MB} MB of pixels.",
            "Expected the slices of one patient.",
            "Choose one series, or the slice and its neighbours.",
        )


def _none_readable(errors: Sequence[DicomError]) -> DicomError:
    if len(errors) == 1:
        return errors[0]
    return UnsupportedImageError(
        f"None of the {len(errors)} files is a slice that can be read.",
        f"The first of them: {errors[0].happened}",
        "Choose the DICOM files of one series.",
    )
