"""Files from outside: each decoded once, the bad ones told, and too much refused before it is read."""

import io
import stat
import struct
import time
import tracemalloc
import zipfile
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import RLELossless

from lsdc.errors import ArchiveError, LsdcError, NotDicomError, UnsupportedImageError
from lsdc.ui import uploads
from lsdc.ui.uploads import read_uploads


@dataclass
class File:
    """An uploaded file."""

    content: bytes
    name: str = "1.dcm"

    @property
    def size(self):
        return len(self.content)

    def getvalue(self):
        return self.content


@pytest.fixture(autouse=True)
def _fresh_session():
    for key in (uploads.DECODED_KEY, uploads.READ_KEY):
        uploads.st.session_state.pop(key, None)


@pytest.fixture
def contents(phantom_root):
    """The bytes of two slices."""
    return [path.read_bytes() for path in sorted(phantom_root.glob("train_images/*/*/*.dcm"))[:2]]


def test_a_file_is_known_by_its_bytes_and_decoded_once(contents):
    first, second = contents

    before = read_uploads([File(first)]).images
    after = read_uploads([File(first, "again.dcm"), File(second), File(bytes(first))]).images

    (digest,) = before
    assert next(iter(after)) == digest
    assert len(after) == 2
    assert after[digest] is before[digest]


def test_files_that_were_taken_away_are_forgotten(contents):
    first, second = contents

    read_uploads([File(first), File(second)])
    before = read_uploads([File(second)]).images
    after = read_uploads([File(first)]).images

    assert not before.keys() & after.keys()
    assert uploads.st.session_state[uploads.DECODED_KEY].keys() == after.keys()


def test_forgotten_uploads_leave_nothing_with_the_session(contents):
    read_uploads([File(content) for content in contents])

    uploads.forget_uploads()

    assert not {uploads.DECODED_KEY, uploads.READ_KEY} & set(uploads.st.session_state)


def test_bad_files_among_others_are_skipped_with_their_reason(contents):
    read = read_uploads([File(contents[0]), File(b"no DICOM file", "../letter.txt")])

    assert len(read.images) == 1
    assert read.skipped == (("../letter.txt", "This is not a DICOM file."),)


def test_a_bad_file_alone_is_its_own_error_each_time():
    for _ in range(2):
        with pytest.raises(NotDicomError):
            read_uploads([File(b"no DICOM file")])


def test_bad_files_alone_are_an_error_that_names_the_first_reason():
    with pytest.raises(UnsupportedImageError, match=r"None of the 2 files .* The first of them: The file is empty"):
        read_uploads([File(b""), File(b"no DICOM file")])


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("MAX_FILES", "at most 1 files"),
        ("MAX_UPLOAD_MB", "at most 0.01 MB in each file"),
        ("MAX_TOTAL_MB", "at most 0.01 MB"),
        ("MAX_DECODED_MB", "more than 0.01 MB of pixels"),
    ],
)
def test_too_much_is_refused(contents, monkeypatch, limit, reason):
    monkeypatch.setattr(uploads, limit, 1 if limit == "MAX_FILES" else 0.01)

    with pytest.raises(UnsupportedImageError, match=reason):
        read_uploads([File(content) for content in contents])


def zipped(*members, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return File(buffer.getvalue(), "study.zip")


def test_a_zip_is_as_good_as_the_files_in_it(contents):
    plain = read_uploads([File(content) for content in contents]).images

    packed = read_uploads([zipped(("a/IM0001", contents[0]), ("b/", b""), ("b/IM0002", contents[1]))]).images

    assert packed.keys() == plain.keys()


def test_each_frame_of_a_file_is_an_image_with_a_name_of_its_own(contents):
    first, second = (dcmread(io.BytesIO(content)) for content in contents)
    frames = np.stack([first.pixel_array, first.pixel_array])
    first.NumberOfFrames = 2
    first.compress(RLELossless, frames, generate_instance_uid=False)
    buffer = io.BytesIO()
    first.save_as(buffer)

    images = read_uploads([File(buffer.getvalue()), File(contents[1])]).images

    assert [image.frame_number for image in images.values()] == [1, 2, None]
    assert list(images.values())[2].instance_number == second.InstanceNumber
    assert len({name.partition(" ")[0] for name in images}) == 2


def test_a_zip_among_files_adds_its_slices(contents):
    read = read_uploads([File(contents[0]), zipped(("1", contents[1]), ("notes.txt", b"no DICOM file"))])

    assert len(read.images) == 2
    assert read.skipped == (("notes.txt", "This is not a DICOM file."),)


@pytest.mark.parametrize("name", ["DICOMDIR", "CD/DICOMDIR", "__MACOSX/._1.dcm", ".DS_Store", "CD\\Thumbs.db"])
def test_what_lies_beside_images_is_passed_over(contents, name):
    beside = read_uploads([File(contents[0]), File(b"no DICOM file", name)])
    in_a_zip = read_uploads([zipped(("1", contents[0]), (name, b"no DICOM file"))])

    assert beside.skipped == in_a_zip.skipped == ()
    assert len(beside.images) == len(in_a_zip.images) == 1


def test_nothing_but_what_lies_beside_images_is_an_error():
    with pytest.raises(UnsupportedImageError, match="no image among the files"):
        read_uploads([zipped(("DICOMDIR", b""))])


def link(name):
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


@pytest.mark.parametrize(
    ("member", "content", "reason"),
    [
        ("../1.dcm", b"x", "leads out of the zip"),
        ("/etc/1.dcm", b"x", "leads out of the zip"),
        ("a\\..\\..\\1.dcm", b"x", "leads out of the zip"),
        (link("1.dcm"), b"/etc/passwd", "is a link"),
        ("1.dcm", bytes(10**7), "packed more than 100 to one"),
    ],
)
def test_a_zip_that_is_made_to_do_harm_is_refused_before_it_is_inflated(monkeypatch, contents, member, content, reason):
    monkeypatch.setattr(uploads, "read_member", lambda *_: pytest.fail("inflated"))

    with pytest.raises(ArchiveError, match=reason):
        read_uploads([zipped(("0.dcm", contents[0]), (member, content))])


def zip_of_many(members):
    """A zip that names so many empty members, written by hand, since a library takes a minute for it."""
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    directory = (struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, *[0] * 7, 1, *[0] * 6) + b"a") * members
    count = members & 0xFFFF  # nobody reads it
    return local + directory + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(local), 0)


@pytest.mark.parametrize("kind", ["bomb", "many", "link", "climbs out"])
def test_a_zip_that_is_made_to_do_harm_is_refused_at_little_cost(kind):
    packed = {
        "bomb": lambda: zipped(*((f"{number}.dcm", bytes(2**24)) for number in range(15))),
        "many": lambda: zip_of_many(1_000_000),
        "link": lambda: zipped((link("1.dcm"), b"/etc/passwd")),
        "climbs out": lambda: zipped(("../1.dcm", bytes(1000))),
    }[kind]()
    file = packed if isinstance(packed, File) else File(packed)
    tracemalloc.start()
    began = time.process_time()

    with pytest.raises(ArchiveError):
        read_uploads([file])
    seconds, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert seconds <= 1
    assert peak <= 200 * 2**20


def test_a_directory_of_a_million_members_is_refused_before_it_is_read(monkeypatch):
    few, many = zip_of_many(10), zip_of_many(1_000_000)
    assert len(zipfile.ZipFile(io.BytesIO(few)).infolist()) == 10
    with_comment = many[:-2] + struct.pack("<H", 3) + b"abc"
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("read"))

    for packed in (many, with_comment):
        with pytest.raises(ArchiveError, match="more files than belong into one zip"):
            read_uploads([File(packed, "1.zip")])


def test_a_zip64_directory_which_would_be_read_instead_is_refused(contents):
    packed = zipped(("1", contents[0])).content
    end = packed.rindex(b"PK\x05\x06")
    disguised = packed[:end] + struct.pack("<4sIQI", b"PK\x06\x07", 0, 0, 1) + packed[end:]

    with pytest.raises(ArchiveError, match="more than 2 GiB"):
        read_uploads([File(disguised, "1.zip")])


def test_a_zip_is_inflated_once_for_as_long_as_it_is_chosen(contents, monkeypatch):
    packed = zipped(("1", contents[0]), ("notes.txt", b"no DICOM file"))
    before = read_uploads([packed])
    monkeypatch.setattr(uploads, "read_member", lambda *_: pytest.fail("inflated"))

    after = read_uploads([packed])

    assert after.images.keys() == before.images.keys()
    assert after.skipped == before.skipped == (("notes.txt", "This is not a DICOM file."),)


def test_a_zip_within_a_zip_is_no_image(contents):
    inner = zipped(("1", contents[1])).content

    read = read_uploads([zipped(("1", contents[0]), ("more.zip", inner))])

    assert len(read.images) == 1
    assert read.skipped == (("more.zip", "This is not a DICOM file."),)


def test_an_encrypted_zip_is_refused(contents):
    packed = bytearray(zipped(("1", contents[0])).content)
    at = packed.rindex(b"PK\x01\x02")
    packed[at + 8] |= 1  # the flag of the member in the zip's directory

    with pytest.raises(ArchiveError, match="encrypted"):
        read_uploads([File(bytes(packed), "1.zip")])


@pytest.mark.parametrize("flag", [0x20, 0x40, 0x2000])
def test_a_zip_of_patches_or_with_strong_encryption_is_refused(contents, flag):
    packed = bytearray(zipped(("1", contents[0])).content)
    at = packed.rindex(b"PK\x01\x02")
    packed[at + 8 : at + 10] = struct.pack("<H", flag)

    with pytest.raises(ArchiveError, match="unusual"):
        read_uploads([File(bytes(packed), "1.zip")])


def test_a_black_slice_packs_to_nothing_and_its_series_is_read_all_the_same(contents):
    black = dcmread(io.BytesIO(contents[1]))
    black.decompress()
    black.PixelData = bytes(len(black.PixelData))
    buffer = io.BytesIO()
    black.save_as(buffer)

    assert len(read_uploads([zipped(("1", contents[0]), ("2", buffer.getvalue()))]).images) == 2


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(s, marks=pytest.mark.exhaustive) for s in range(2, 100))])
def test_a_zip_with_changed_bytes_is_read_or_refused(seed):
    random = np.random.default_rng(seed)
    whole = zipped(("1", bytes(300)), ("2", random.bytes(300))).content
    for _ in range(100):
        packed = bytearray(whole)
        # All that a zip says of itself stands at its ends; what it holds may be anything.
        places = np.r_[0:40, len(whole) - 130 : len(whole)]
        for place in random.choice(places, random.integers(1, 5)):
            packed[place] = random.integers(256)
        with suppress(LsdcError):
            read_uploads([File(bytes(packed), "1.zip")])


@pytest.mark.parametrize("spoil", ["cut off", "wrong checksum"])
def test_a_damaged_zip_is_refused(contents, spoil):
    packed = zipped(("1", contents[0]), compression=zipfile.ZIP_STORED).content
    damaged = packed[:-30] if spoil == "cut off" else packed.replace(contents[0][200:260], bytes(60), 1)

    with pytest.raises(ArchiveError, match="damaged"):
        read_uploads([File(damaged, "1.zip")])


def test_what_a_zip_would_take_is_counted_before_it_is_inflated(contents, monkeypatch):
    packed = zipped(*((f"{number}", content) for number, content in enumerate(contents)))
    monkeypatch.setattr(uploads, "read_member", lambda *_: pytest.fail("inflated"))
    monkeypatch.setattr(uploads, "MAX_TOTAL_MB", (packed.size + 1000) / 2**20)

    with pytest.raises(UnsupportedImageError, match="together"):
        read_uploads([packed])


def test_the_files_of_a_zip_are_counted(contents, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_FILES", 1)

    with pytest.raises(UnsupportedImageError, match="2 files were chosen"):
        read_uploads([zipped(("1", contents[0]), ("2", contents[1]))])
