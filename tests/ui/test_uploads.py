"""Files from outside: each decoded once, the bad ones told, and too much refused before it is read."""

from dataclasses import dataclass

import pytest

from lsdc.errors import NotDicomError, UnsupportedImageError
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
    uploads.st.session_state.pop(uploads.DECODED_KEY, None)
    monkeypatch.setattr(uploads, limit, 1 if limit == "MAX_FILES" else 0.01)

    with pytest.raises(UnsupportedImageError, match=reason):
        read_uploads([File(content) for content in contents])
