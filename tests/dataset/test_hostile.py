"""Files that were made to do harm, and files that were damaged by chance: each ends in slices or in an error.

The damages are seeded and ours: atheris (Apache 2.0, kept up: 3.0.0) searches for inputs by the branches that they reach,
but sees those of Python and of libraries that are built for it, while what may hang or crash here are decoders in C from
wheels; and its finds are not the same twice, so that a test could not hold them.
"""

import struct
import time
import zlib
from itertools import islice
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, RLELossless

from lsdc.dataset.dicom import DicomSlice, decode_slices
from lsdc.dataset.untrusted import TIME_LIMIT_S, read_untrusted_files
from lsdc.errors import DicomError, UnsupportedImageError

COLLECTION = Path(pydicom.__file__).parent / "data" / "test_files"
# The limits; a machine that does other things at the same time takes longer, so the processor's time counts.
MOST_SECONDS = 1.0
MOST_BYTES = 200 * 2**20
SEED = 20241


def head_of(data):
    """Preamble and file meta."""
    (length,) = struct.unpack_from("<I", data, 140)
    return data[: 144 + length]


def deflated_bomb(make_dicom):
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    head = head_of(make_dicom(transfer_syntax=DeflatedExplicitVRLittleEndian))
    return head + b"".join(compressor.compress(bytes(2**24)) for _ in range(10)) + compressor.flush()


def million_frames(make_frames):
    """A file that says that it has a million frames, and describes each."""
    few = make_frames(np.zeros((2, 4, 4), np.uint16), NumberOfFrames=1_000_000)
    at = few.index(struct.pack("<HH2s", 0x5200, 0x9230, b"SQ"))
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0)
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return few[:at] + struct.pack("<HH2sHI", 0x5200, 0x9230, b"SQ", 0, 0xFFFFFFFF) + item * 1_000_000 + end


@pytest.mark.parametrize("kind", ["wide header", "frames in the header", "frames described", "deflated"])
def test_what_is_made_to_exhaust_the_machine_is_refused_at_little_cost(make_dicom, make_frames, decoding_child, kind):
    bomb = {
        "wide header": lambda: make_dicom(Rows=65535, Columns=65535),
        "frames in the header": lambda: make_dicom(NumberOfFrames=1_000_000),
        "frames described": lambda: million_frames(make_frames),
        "deflated": lambda: deflated_bomb(make_dicom),
    }[kind]()
    answers = read_untrusted_files([make_dicom(), bomb])
    next(answers)
    child = decoding_child()
    memory, seconds = child.memory_info().rss, sum(child.cpu_times()[:2])

    answer = next(answers)

    assert isinstance(answer, UnsupportedImageError)
    assert sum(child.cpu_times()[:2]) - seconds <= MOST_SECONDS
    assert peak_bytes(child) - memory <= MOST_BYTES
    answers.close()


def peak_bytes(process):
    """The most memory that a process has held (Linux)."""
    said = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return 1024 * int(next(line.split()[1] for line in said.splitlines() if line.startswith("VmHWM")))


def originals(make_frames, phantom_root):
    """Files to damage: phantom slices, files of many frames, and the collection's, those with slices more often."""
    files = [path.read_bytes() for path in sorted(COLLECTION.glob("*.dcm")) if path.stat().st_size < 2**20]
    files += 4 * [data for data in files if is_read(data)]
    files += [path.read_bytes() for path in sorted(phantom_root.glob("train_images/*/*/*.dcm"))[:20]]
    pixels = np.arange(3 * 16 * 16, dtype=np.uint16).reshape(3, 16, 16)
    return (
        files + [make_frames(pixels, transfer_syntax=syntax) for syntax in (ExplicitVRLittleEndian, RLELossless)] * 10
    )


def is_read(data):
    try:
        return bool(decode_slices(data))
    except DicomError:
        return False


def damaged(files, draw):
    """Endless files, each one of `files` with a few things wrong."""
    while True:
        data = bytearray(files[draw.integers(len(files))])
        for _ in range(draw.integers(1, 3)):
            DAMAGES[draw.integers(len(DAMAGES))](data, draw)
        yield bytes(data)


def flip(data, draw):
    """Change a bit in some bytes, in the header more often than behind it."""
    for _ in range(draw.integers(1, 20)):
        reach = min(len(data), 3000) if draw.random() < 0.7 else len(data)
        if reach:
            data[draw.integers(reach)] ^= 1 << draw.integers(8)


def cut(data, draw):
    """End the file early, or take a piece out of it."""
    start = int(draw.integers(len(data) + 1))
    del data[start : len(data) if draw.random() < 0.5 else start + int(draw.integers(1, 200))]


def edit_number(data, draw):
    """Let the number behind a tag of the image be another: rows, frames, bits, planes, windows, lengths."""
    tag = KEYWORDS[draw.integers(len(KEYWORDS))]
    at = data.find(struct.pack("<HH", tag >> 16, tag & 0xFFFF), 132)
    if 0 <= at < len(data) - 16:
        offset = int(draw.choice([4, 6, 8, 10]))
        size = int(draw.choice([2, 4]))
        data[at + offset : at + offset + size] = int(draw.choice(ODD_NUMBERS)).to_bytes(4, "little")[:size]


def repeat(data, draw):
    """Insert a piece of the file once more."""
    start, target = (int(draw.integers(len(data) + 1)) for _ in range(2))
    data[target:target] = data[start : start + int(draw.integers(1, 500))]


DAMAGES = (flip, cut, edit_number, edit_number, repeat)
ODD_NUMBERS = (0, 1, 2, 7, 255, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
KEYWORDS = (
    *(0x00280010, 0x00280011, 0x00280008, 0x00280002, 0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x00280030),
    *(0x00281050, 0x00281051, 0x00281052, 0x00281053, 0x00283000, 0x00283002, 0x00283010, 0x00200032, 0x00200037),
    *(0x00020000, 0x00020010, 0x00080005, 0x00100010, 0x52009229, 0x52009230, 0x7FE00010, 0x7FE00001, 0xFFFEE000),
)


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.exhaustive)])
@pytest.mark.timeout(1800)
def test_damaged_files_end_in_slices_or_in_an_error_and_none_takes_long(make_frames, phantom_root, count):
    files = damaged(originals(make_frames, phantom_root), np.random.default_rng(SEED))
    outcomes, slowest_s = {}, 0.0
    answers = read_untrusted_files(islice(files, count))

    began = time.monotonic()
    for answer in answers:
        slowest_s, began = max(slowest_s, time.monotonic() - began), time.monotonic()
        outcome = type(answer).__name__ if isinstance(answer, DicomError) else "slices"
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        assert isinstance(answer, DicomError) or all(isinstance(image, DicomSlice) for image in answer)

    # What `pytest -rP` shows of this test.
    print(f"{count} damaged files: {outcomes}; the slowest took {slowest_s:.1f} s")  # noqa: T201 - a test has no other output
    assert sum(outcomes.values()) == count
    assert outcomes["slices"] > count / 5
    # A file is ended at the limit; a new child may have to be started before and after it.
    assert slowest_s < TIME_LIMIT_S + 5
