"""Uploaded files, the hostile ones too: they are decoded in a child process that may die."""

import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian

from lsdc.dataset import untrusted
from lsdc.dataset.dicom import decode_slice, decode_slices, facts_of
from lsdc.dataset.untrusted import expect_files, read_untrusted_file, read_untrusted_files
from lsdc.errors import NoPixelsError, NotDicomError, UnreadablePixelsError, UnsupportedImageError

COLLECTION = Path(pydicom.__file__).parent / "data" / "test_files"


@pytest.fixture(autouse=True)
def no_child_waits():
    """For what tests before this one asked for."""
    untrusted._end_waiting()


def head_of(data):
    """Preamble and file meta."""
    (length,) = struct.unpack_from("<I", data, 140)
    return data[: 144 + length]


@pytest.mark.parametrize("name", ["MR_small_RLE.dcm", "693_J2KI.dcm", "JPEG2000.dcm", "MR_small_jpeg_ls_lossless.dcm"])
def test_a_sound_file_is_read_as_in_this_process(name):
    data = (COLLECTION / name).read_bytes()

    (there,), here = read_untrusted_file(data), decode_slice(data)

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


def test_cut_off_pixels_are_refused():
    with pytest.raises(UnreadablePixelsError) as caught:
        read_untrusted_file((COLLECTION / "MR_truncated.dcm").read_bytes())

    assert "cut off" in caught.value.happened
    assert caught.value.expected
    assert caught.value.fix


def test_a_report_is_refused_as_in_this_process():
    with pytest.raises(NoPixelsError):
        read_untrusted_file((COLLECTION / "test-SR.dcm").read_bytes())


@pytest.mark.parametrize("data", [b"", b"garbage" * 1000])
def test_other_files_are_refused(data):
    with pytest.raises(NotDicomError):
        read_untrusted_file(data)


def test_sequences_nested_without_end_are_refused(make_dicom):
    sequence = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )

    with pytest.raises(UnsupportedImageError, match="nests"):
        read_untrusted_file(head_of(make_dicom(transfer_syntax=ExplicitVRLittleEndian)) + sequence * 20_000)


def test_the_largest_slice_fits_into_the_limits(make_dicom):
    pixels = np.zeros((4096, 4096), np.uint16)

    (image,) = read_untrusted_file(
        make_dicom(pixels, transfer_syntax=ExplicitVRLittleEndian, RescaleSlope=2, RescaleIntercept=1)
    )

    assert image.pixels.shape == (4096, 4096)


def test_a_child_without_enough_memory_is_told_as_such(make_dicom, monkeypatch):
    # The child reads the limit from its own module: a child with less memory stands for a file that needs more.
    monkeypatch.setattr(
        untrusted, "_CHILD", "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**26,) * 2);" + untrusted._CHILD
    )

    with pytest.raises(UnreadablePixelsError, match="memory"):
        read_untrusted_file(make_dicom())


def test_several_files_are_answered_in_their_order_each_with_its_slice_or_its_error(make_dicom):
    files = [make_dicom(InstanceNumber=7), b"garbage", make_dicom(InstanceNumber=9), b""]

    (first,), garbage, (second,), empty = read_untrusted_files(files)

    assert (first.instance_number, second.instance_number) == (7, 9)
    assert isinstance(garbage, NotDicomError)
    assert isinstance(empty, NotDicomError)


def with_decoder(monkeypatch, body, **constants):
    """Let children decode by a function `decode(data, sound)`, where `sound` is the real one."""
    start, end = untrusted._CHILD.split("from lsdc")
    odd = f"import os, time; from lsdc.dataset import untrusted; sound = untrusted.decode_slices; {body}; "
    odd += "".join(f"untrusted.{name} = {value}; " for name, value in constants.items())
    monkeypatch.setattr(untrusted, "_CHILD", f"{start}{odd}from lsdc{end}")


def test_a_file_that_brings_its_child_down_takes_no_other_file_with_it(make_dicom, monkeypatch):
    # A child that dies of one file stands for a decoder that does.
    fragile = "untrusted.decode_slices = lambda data: os._exit(9) if data == b'bomb' else sound(data)"
    with_decoder(monkeypatch, fragile)

    (first,), bomb, (second,) = read_untrusted_files(
        [make_dicom(InstanceNumber=7), b"bomb", make_dicom(InstanceNumber=9)]
    )

    assert (first.instance_number, second.instance_number) == (7, 9)
    assert isinstance(bomb, UnreadablePixelsError)
    assert "crash" in bomb.happened


def test_a_file_is_not_blamed_for_what_others_left_behind(make_dicom, monkeypatch):
    # A child that dies of every second file stands for one whose memory is used up.
    tired = "seen = []; untrusted.decode_slices = lambda data: seen.append(0) or (os._exit(9) if len(seen) == 2 else sound(data))"
    with_decoder(monkeypatch, tired)

    answers = list(read_untrusted_files([make_dicom(InstanceNumber=number) for number in (1, 2, 3)]))

    assert [image.instance_number for (image,) in answers] == [1, 2, 3]


def test_a_file_that_takes_too_long_is_ended_and_the_next_is_read(make_dicom, monkeypatch):
    slow = "untrusted.decode_slices = lambda data: time.sleep(60) if data == b'slow' else sound(data)"
    with_decoder(monkeypatch, slow, TIME_LIMIT_S=0.5)
    began = time.monotonic()

    slow, (image,) = read_untrusted_files([b"slow", make_dicom()])

    assert "more than" in slow.happened
    assert image.instance_number == 7
    assert time.monotonic() - began < 20


def test_the_time_is_each_files_own(make_dicom, monkeypatch):
    with_decoder(monkeypatch, "untrusted.decode_slices = lambda data: time.sleep(0.4) or sound(data)", TIME_LIMIT_S=1)

    answers = list(read_untrusted_files([make_dicom()] * 4))

    assert all(isinstance(answer, list) for answer in answers)


def test_frames_come_as_they_are_read_in_this_process(make_frames):
    data = make_frames(np.arange(3 * 6 * 8, dtype=np.uint16).reshape(3, 6, 8))

    there, here = read_untrusted_file(data), decode_slices(data)

    assert len(there) == 3
    for read, expected in zip(there, here, strict=True):
        np.testing.assert_array_equal(read.pixels, expected.pixels)
        np.testing.assert_array_equal(read.plane.position_mm, expected.plane.position_mm)
        assert read.frame_number == expected.frame_number


def test_no_child_is_left_behind(make_dicom, decoding_child):
    answers = read_untrusted_files([make_dicom()] * 3)
    next(answers)
    child = decoding_child()

    answers.close()

    assert not child.is_running()


def test_a_child_that_crashes_does_not_take_this_process_with_it(make_dicom, monkeypatch):
    monkeypatch.setattr(untrusted, "_CHILD", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")

    with pytest.raises(UnreadablePixelsError, match="crash"):
        read_untrusted_file(make_dicom())


def test_one_child_waits_for_files_reads_them_and_ends(decoding_child):
    expect_files()
    expect_files()
    waiting = decoding_child()

    (image,) = read_untrusted_file((COLLECTION / "MR_small_RLE.dcm").read_bytes())

    assert image.shape == (64, 64)
    assert not waiting.is_running()


def test_files_are_read_although_the_child_that_waited_has_died(decoding_child):
    expect_files()
    waiting = decoding_child()
    waiting.kill()
    waiting.wait()

    (image,) = read_untrusted_file((COLLECTION / "MR_small_RLE.dcm").read_bytes())

    assert image.shape == (64, 64)


def test_a_child_does_not_outlive_the_one_that_started_it():
    start = "from lsdc.dataset.untrusted import expect_files; expect_files(); input()"
    root = Path(untrusted.__file__).parents[2]
    parent = subprocess.Popen([sys.executable, "-c", start], stdin=subprocess.PIPE, cwd=root)
    while not (children := psutil.Process(parent.pid).children()):
        time.sleep(0.01)

    parent.kill()
    parent.communicate()
    gone, _ = psutil.wait_procs(children, timeout=10)

    assert gone == children


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
