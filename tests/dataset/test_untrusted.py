"""Uploaded files, the hostile ones too: they are decoded in a child process that may die."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from lsdc.dataset import untrusted
from lsdc.dataset.dicom import decode_slice, facts_of
from lsdc.dataset.untrusted import read_untrusted_slice, read_untrusted_slices
from lsdc.errors import NoPixelsError, NotDicomError, UnreadablePixelsError, UnsupportedImageError

COLLECTION = Path(pydicom.__file__).parent / "data" / "test_files"


def head_of(data):
    """Preamble and file meta."""
    (length,) = struct.unpack_from("<I", data, 140)
    return data[: 144 + length]


@pytest.mark.parametrize("name", ["MR_small_RLE.dcm", "693_J2KI.dcm", "JPEG2000.dcm", "MR_small_jpeg_ls_lossless.dcm"])
def test_a_sound_file_is_read_as_in_this_process(name):
    data = (COLLECTION / name).read_bytes()

    there, here = read_untrusted_slice(data), decode_slice(data)

    assert there.pixels.dtype == here.pixels.dtype
    np.testing.assert_array_equal(there.pixels, here.pixels)
    for field in set(facts_of(here)) - {"plane"}:
        assert getattr(there, field) == getattr(here, field)
    assert there.patient.patient_id
    assert there.sop_instance_uid
    assert (there.plane is None) == (here.plane is None)
    if there.plane is not None:
        assert there.plane.spacing_mm == here.plane.spacing_mm
        for field in ("position_mm", "row_cosines", "column_cosines"):
            np.testing.assert_array_equal(getattr(there.plane, field), getattr(here.plane, field))


def test_a_deflated_bomb_is_refused(make_dicom):
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    head = head_of(make_dicom(transfer_syntax=DeflatedExplicitVRLittleEndian))
    bomb = head + b"".join(compressor.compress(bytes(2**24)) for _ in range(32)) + compressor.flush()

    with pytest.raises(UnsupportedImageError, match="inflates"):
        read_untrusted_slice(bomb)


def test_an_image_that_says_it_is_huge_is_refused(make_dicom):
    with pytest.raises(UnsupportedImageError, match="60000 × 60000"):
        read_untrusted_slice(make_dicom(Rows=60000, Columns=60000))


def test_cut_off_pixels_are_refused():
    with pytest.raises(UnreadablePixelsError) as caught:
        read_untrusted_slice((COLLECTION / "MR_truncated.dcm").read_bytes())

    assert "cut off" in caught.value.happened
    assert caught.value.expected
    assert caught.value.fix


def test_a_report_is_refused_as_in_this_process():
    with pytest.raises(NoPixelsError):
        read_untrusted_slice((COLLECTION / "test-SR.dcm").read_bytes())


@pytest.mark.parametrize("data", [b"", b"garbage" * 1000])
def test_other_files_are_refused(data):
    with pytest.raises(NotDicomError):
        read_untrusted_slice(data)


def test_sequences_nested_without_end_are_refused(make_dicom):
    sequence = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )

    with pytest.raises(UnsupportedImageError, match="nests"):
        read_untrusted_slice(head_of(make_dicom(transfer_syntax=ExplicitVRLittleEndian)) + sequence * 20_000)


def test_the_largest_slice_fits_into_the_limits(make_dicom):
    pixels = np.zeros((4096, 4096), np.uint16)

    image = read_untrusted_slice(
        make_dicom(pixels, transfer_syntax=ExplicitVRLittleEndian, RescaleSlope=2, RescaleIntercept=1)
    )

    assert image.pixels.shape == (4096, 4096)


def test_a_child_without_enough_memory_is_told_as_such(make_dicom, monkeypatch):
    # The child reads the limit from its own module: a child with less memory stands for a file that needs more.
    monkeypatch.setattr(
        untrusted, "_CHILD", "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**26,) * 2);" + untrusted._CHILD
    )

    with pytest.raises(UnreadablePixelsError, match="memory"):
        read_untrusted_slice(make_dicom())


def test_several_files_are_answered_in_their_order_each_with_its_slice_or_its_error(make_dicom):
    files = [make_dicom(InstanceNumber=7), b"garbage", make_dicom(InstanceNumber=9), b""]

    first, garbage, second, empty = read_untrusted_slices(files)

    assert (first.instance_number, second.instance_number) == (7, 9)
    assert isinstance(garbage, NotDicomError)
    assert isinstance(empty, NotDicomError)


def test_a_file_that_brings_its_child_down_takes_no_other_file_with_it(make_dicom, monkeypatch):
    # A child that dies of one file stands for a decoder that does.
    fragile = (
        "import os; from lsdc.dataset import untrusted; decode = untrusted.decode_slice; "
        "untrusted.decode_slice = lambda data: os._exit(9) if data == b'bomb' else decode(data); "
    )
    start, end = untrusted._CHILD.split("from lsdc")
    monkeypatch.setattr(untrusted, "_CHILD", f"{start}{fragile}from lsdc{end}")

    first, bomb, second = read_untrusted_slices([make_dicom(InstanceNumber=7), b"bomb", make_dicom(InstanceNumber=9)])

    assert (first.instance_number, second.instance_number) == (7, 9)
    assert isinstance(bomb, UnreadablePixelsError)
    assert "crash" in bomb.happened


def test_a_child_leaves_the_rest_to_the_next_when_it_has_answered_with_much(make_dicom, monkeypatch):
    start, end = untrusted._CHILD.split("from lsdc")
    small = "from lsdc.dataset import untrusted; untrusted.ANSWERS_BYTES = 900; "
    monkeypatch.setattr(untrusted, "_CHILD", f"{start}{small}from lsdc{end}")
    answered, run = [], subprocess.run

    def counted(*arguments, **keywords):
        child = run(*arguments, **keywords)
        answered.append(len(child.stdout))
        return child

    monkeypatch.setattr(subprocess, "run", counted)
    files = [make_dicom(InstanceNumber=number) for number in range(1, 6)]

    slices = list(read_untrusted_slices(files))

    assert [image.instance_number for image in slices] == [1, 2, 3, 4, 5]
    assert len(answered) > 1


def test_a_child_that_does_not_end_is_ended(make_dicom, monkeypatch):
    monkeypatch.setattr(untrusted, "TIME_LIMIT_S", 0.5)
    monkeypatch.setattr(untrusted, "_CHILD", "import time; time.sleep(60)")

    with pytest.raises(UnreadablePixelsError, match="more than"):
        read_untrusted_slice(make_dicom())


def test_a_child_that_crashes_does_not_take_this_process_with_it(make_dicom, monkeypatch):
    monkeypatch.setattr(untrusted, "_CHILD", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")

    with pytest.raises(UnreadablePixelsError, match="crash"):
        read_untrusted_slice(make_dicom())


def test_the_child_loads_nothing_heavy():
    heavy = "import sys, lsdc.dataset.untrusted; print(sorted({'pandas', 'tensorflow', 'keras', 'streamlit', 'scipy'} & set(sys.modules)))"

    loaded = subprocess.run(
        [sys.executable, "-c", heavy],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(untrusted.__file__).parents[2],
    )

    assert loaded.stdout.strip() == "[]"
