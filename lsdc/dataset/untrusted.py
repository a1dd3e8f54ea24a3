"""Slices from strangers: decoded in a child process that cannot take the server down with it.

An uploaded file may be made to exhaust memory or time, or to crash a decoder, which is a library in C. The child has
limits on memory and time, and hands back plain numbers: nothing is unpickled, nothing touches the disk.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from lsdc.dataset.dicom import DicomSlice, PatientHeader, Window, decode_slice, facts_of
from lsdc.dataset.dicom_parsing import check_file_size
from lsdc.dataset.geometry import ImagePlane
from lsdc.errors import DicomError, NoPixelsError, NotDicomError, UnreadablePixelsError, UnsupportedImageError

# Address space of the child. Its libraries take about 0.4 GiB of it; the largest slice that is accepted needs 0.6.
MEMORY_LIMIT_BYTES = 1536 * 2**20
# Decoding the largest slice takes a few seconds; the second limit is for a child that waits instead of computing.
CPU_LIMIT_S = 20
TIME_LIMIT_S = 60
# Starting a child takes a hundred times as long as decoding a slice.
FILES_PER_CHILD = 100
# A small file may decode to a large image. A child that has answered with so much leaves the other files to the next.
ANSWERS_BYTES = 128 * 2**20

_IMAGE_ERRORS: dict[str, type[DicomError]] = {
    error.__name__: error for error in (NotDicomError, NoPixelsError, UnsupportedImageError, UnreadablePixelsError)
}
_LENGTH_BYTES = 8
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
# `-I` keeps the environment and the working folder out of the child; so the path of this package is told to it.
_CHILD = f"import sys; sys.path.insert(0, {str(_PACKAGE_ROOT)!r}); from lsdc.dataset.untrusted import _main; _main()"


def read_untrusted_slice(data: bytes) -> DicomSlice:
    """Decode the bytes of an uploaded file, as `decode_slice` does, in a child process with limits.

    Raises:
        DicomError: As `decode_slice`; also if the child runs out of memory or time, or crashes.
    """
    check_file_size(len(data))
    (answer,) = _ask_child([data])
    if isinstance(answer, DicomError):
        raise answer
    return answer


def read_untrusted_slices(files: Sequence[bytes]) -> Iterator[DicomSlice | DicomError]:
    """Decode uploaded files in child processes with limits, as far as the answers are asked for.

    Returns:
        In the order of the files; of one that cannot be used the error stands in its place.
    """
    done = 0
    while done < len(files):
        for answer in _decode_together(files[done : done + FILES_PER_CHILD]):
            yield answer
            done += 1


def _decode_together(files: Sequence[bytes]) -> Iterator[DicomSlice | DicomError]:
    """Answers on the first files, and on at least one."""
    try:
        answers = _ask_child(files)
    except UnreadablePixelsError as error:
        if len(files) == 1:
            yield error
            return
        # One of them brought the child down: each gets its own, so that the others are not lost with it.
        for data in files:
            yield from _decode_together([data])
    else:
        yield from answers


def _ask_child(files: Sequence[bytes]) -> list[DicomSlice | DicomError]:
    """One child's answers on some files: on all of them, or on the first until there are `ANSWERS_BYTES` of answers.

    Raises:
        UnreadablePixelsError: If it runs out of memory or time, or crashes.
    """
    command = [sys.executable, "-I", "-c", _CHILD]
    question = b"".join(len(data).to_bytes(_LENGTH_BYTES) + data for data in files)
    try:
        child = subprocess.run(command, input=question, capture_output=True, timeout=TIME_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        raise _gave_up(f"took more than {TIME_LIMIT_S} s") from None
    if child.returncode != 0:
        raise _gave_up("made the decoder crash, or run out of memory or time")
    answers, length = BytesIO(child.stdout), len(child.stdout)
    read: list[DicomSlice | DicomError] = []
    while answers.tell() < length:
        read.append(_read_answer(answers))
    return read


def _gave_up(reason: str) -> UnreadablePixelsError:
    return UnreadablePixelsError(
        f"The file {reason}.",
        f"Expected a slice that can be decoded with {MEMORY_LIMIT_BYTES // 2**20} MiB in {CPU_LIMIT_S} s.",
        "Export the image again, uncompressed; if it came from a stranger, delete it.",
    )


def _main() -> None:
    """The child: files on stdin, each behind its length, and their answers on stdout."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the image
    written = 0
    while written < ANSWERS_BYTES and (length := sys.stdin.buffer.read(_LENGTH_BYTES)):
        written += sys.stdout.buffer.write(_answer(sys.stdin.buffer.read(int.from_bytes(length))))


def _answer(data: bytes) -> memoryview:
    answer = BytesIO()
    try:
        _write_slice(answer, decode_slice(data))
    except DicomError as error:
        parts = {"happened": error.happened, "expected": error.expected, "fix": error.fix}
        _write_line(answer, {"error": type(error).__name__, **parts})
    return answer.getbuffer()


def _write_slice(file: BytesIO, image: DicomSlice) -> None:
    """One line of JSON, then the pixels as `.npy`."""
    _write_line(file, facts_of(image))
    np.save(file, image.pixels, allow_pickle=False)


def _write_line(file: BytesIO, answer: dict[str, Any]) -> None:
    file.write(json.dumps(answer, allow_nan=False, default=_as_plain).encode() + b"\n")


def _as_plain(value: ImagePlane | Window | PatientHeader | np.ndarray) -> Any:
    return (
        value.tolist()
        if isinstance(value, np.ndarray)
        else {part.name: getattr(value, part.name) for part in fields(value)}
    )


def _read_answer(file: BytesIO) -> DicomSlice | DicomError:
    answer = json.loads(file.readline())
    if "error" in answer:
        return _IMAGE_ERRORS[answer["error"]](answer["happened"], answer["expected"], answer["fix"])
    spacing_mm, window = answer["spacing_mm"], answer["window"]
    values: dict[str, Any] = {
        "spacing_mm": spacing_mm and tuple(spacing_mm),
        "plane": answer["plane"] and _plane(answer["plane"]),
        "window": window and Window(**window),
        "patient": PatientHeader(**answer["patient"]),
    }
    return DicomSlice(pixels=np.load(file, allow_pickle=False), **(answer | values))


def _plane(said: dict[str, Any]) -> ImagePlane:
    between_rows, between_columns = said.pop("spacing_mm")
    arrays = {name: np.array(value) for name, value in said.items()}
    return ImagePlane(**arrays, spacing_mm=(between_rows, between_columns))
