"""Slices from strangers: decoded in a child process that cannot take the server down with it.

An uploaded file may be made to exhaust memory or time, or to crash a decoder, which is a library in C. The child has
limits on memory and time, and hands back plain numbers: nothing is unpickled, nothing touches the disk.
"""

from __future__ import annotations

import atexit
import json
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import fields
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lsdc.dataset.dicom import DicomSlice, PatientHeader, Window, decode_slices, facts_of
from lsdc.dataset.dicom_parsing import check_file_size
from lsdc.dataset.geometry import ImagePlane
from lsdc.errors import DicomError, NoPixelsError, NotDicomError, UnreadablePixelsError, UnsupportedImageError

# Address space of the child. Its libraries take about 0.4 GiB of it; the largest file that is accepted needs 0.8.
MEMORY_LIMIT_BYTES = 1536 * 2**20
# For one file; nearly all take milliseconds.
TIME_LIMIT_S = 5

_IMAGE_ERRORS: dict[str, type[DicomError]] = {
    error.__name__: error for error in (NotDicomError, NoPixelsError, UnsupportedImageError, UnreadablePixelsError)
}
_LENGTH_BYTES = 8
# A slice of 512 × 512 passes in one piece, not in eight; any user may have pipes as large.
_PIPE_BYTES = 2**20
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
# `-I` keeps the environment and the working folder out of the child; so the path of this package is told to it.
_CHILD = f"import sys; sys.path.insert(0, {str(_PACKAGE_ROOT)!r}); from lsdc.dataset.untrusted import _main; _main()"


def read_untrusted_file(data: bytes) -> list[DicomSlice]:
    """Decode the bytes of an uploaded file, as `decode_slices` does, in a child process with limits.

    Raises:
        DicomError: As `decode_slices`; also if the child runs out of memory or time, or crashes.
    """
    (answer,) = read_untrusted_files([data])
    if isinstance(answer, DicomError):
        raise answer
    return answer


def read_untrusted_files(files: Iterable[bytes]) -> Iterator[list[DicomSlice] | DicomError]:
    """Decode uploaded files in a child process with limits, each as soon as its answer is asked for.

    Returns:
        For each file its slices; of one that cannot be used the error stands in their place.
    """
    with closing(_Reader()) as reader:
        for data in files:
            try:
                check_file_size(len(data))
            except DicomError as error:
                yield error
            else:
                yield reader.read(data)


def expect_files() -> None:
    """Start a child that waits for the next files, if none does: it takes longer to start than to decode a series."""
    with _waiting_lock:
        if not _waiting:
            _waiting.append(_start_child())


def _start_child() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pipesize=_PIPE_BYTES,
    )


def _next_child() -> subprocess.Popen[bytes]:
    """A child that has seen no file yet."""
    with _waiting_lock:
        child = _waiting.pop() if _waiting else _start_child()
    if child.poll() is None:
        return child
    # It died while it waited, which is no file's fault.
    _end(child)
    return _start_child()


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.communicate()


@atexit.register
def _end_waiting() -> None:
    while _waiting:
        _end(_waiting.pop())


# At most one; every upload has a child of its own, so that no file sees what another has left behind.
_waiting: list[subprocess.Popen[bytes]] = []
_waiting_lock = threading.Lock()


class _Reader:
    """Asks one child after another: a new one where the last has died of a file."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def read(self, data: bytes) -> list[DicomSlice] | DicomError:
        fresh = self._child is None
        if self._child is None:
            self._child = _next_child()
        try:
            return _ask(self._child, data)
        except (BrokenPipeError, EOFError):
            died_of = self._child.wait()
            self.close()
        if died_of == -signal.SIGALRM:
            return _gave_up(f"took more than {TIME_LIMIT_S} s")
        if fresh:
            return _gave_up("made the decoder crash, or run out of memory")
        # What the files before it left behind may have brought the child down.
        return self.read(data)

    def close(self) -> None:
        if self._child is not None:
            _end(self._child)
            self._child = None


def _ask(child: subprocess.Popen[bytes], data: bytes) -> list[DicomSlice] | DicomError:
    """The child's answer on one file.

    Raises:
        BrokenPipeError, EOFError: If it dies before it has answered.
    """
    assert child.stdin  # both are pipes; said for the type checker
    assert isinstance(child.stdout, BufferedReader)
    child.stdin.write(len(data).to_bytes(_LENGTH_BYTES))
    child.stdin.write(data)
    child.stdin.flush()
    return _read_answer(child.stdout)


def _gave_up(reason: str) -> UnreadablePixelsError:
    return UnreadablePixelsError(
        f"The file {reason}.",
        f"Expected a file that can be decoded with {MEMORY_LIMIT_BYTES // 2**20} MiB in {TIME_LIMIT_S} s.",
        "Export the image again, uncompressed; if it came from a stranger, delete it.",
    )


def _main() -> None:
    """The child: files on stdin, each behind its length, and their answers on stdout."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the image
    while length := sys.stdin.buffer.read(_LENGTH_BYTES):
        # The kernel ends the child when the time is over, wherever it is, and even if nobody waits for it any more.
        signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT_S)
        _write_answer(sys.stdout.buffer, sys.stdin.buffer.read(int.from_bytes(length)))
        sys.stdout.buffer.flush()
        signal.setitimer(signal.ITIMER_REAL, 0)


def _write_answer(file: BinaryIO, data: bytes) -> None:
    """How many slices there are, then of each what its header says, and the pixels as they lie in memory."""
    try:
        slices = decode_slices(data)
    except DicomError as error:
        parts = {"happened": error.happened, "expected": error.expected, "fix": error.fix}
        _write_line(file, {"error": type(error).__name__, **parts})
        return
    _write_line(file, {"slices": len(slices)})
    for image in slices:
        pixels = np.ascontiguousarray(image.pixels)
        _write_line(file, {"shape": pixels.shape, "dtype": pixels.dtype.str, "facts": facts_of(image)})
        file.write(pixels.data)


def _write_line(file: BinaryIO, answer: dict[str, Any]) -> None:
    file.write(json.dumps(answer, allow_nan=False, default=_as_plain).encode() + b"\n")


def _as_plain(value: ImagePlane | Window | PatientHeader | np.ndarray) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return {part.name: getattr(value, part.name) for part in fields(value)}


def _read_answer(file: BufferedReader) -> list[DicomSlice] | DicomError:
    answer = _read_line(file)
    if "error" in answer:
        return _IMAGE_ERRORS[answer["error"]](answer["happened"], answer["expected"], answer["fix"])
    return [_read_slice(file) for _ in range(answer["slices"])]


def _read_line(file: BufferedReader) -> dict[str, Any]:
    line = file.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    answer: dict[str, Any] = json.loads(line)
    return answer


def _read_slice(file: BufferedReader) -> DicomSlice:
    answer = _read_line(file)
    pixels = np.empty(answer["shape"], answer["dtype"])
    if file.readinto(pixels.data.cast("B")) < pixels.nbytes:
        raise EOFError
    facts = answer["facts"]
    spacing_mm, plane, window = facts["spacing_mm"], facts["plane"], facts["window"]
    values: dict[str, Any] = {
        "spacing_mm": spacing_mm and tuple(spacing_mm),
        "plane": plane and _plane(plane),
        "window": window and Window(**window),
        "patient": PatientHeader(**facts["patient"]),
    }
    return DicomSlice(pixels=pixels, **(facts | values))


def _plane(said: dict[str, Any]) -> ImagePlane:
    between_rows, between_columns = said.pop("spacing_mm")
    arrays = {name: np.array(value) for name, value in said.items()}
    return ImagePlane(**arrays, spacing_mm=(between_rows, between_columns))
