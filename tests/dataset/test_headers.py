"""The table of headers holds a row for every image, and each file is read once."""

import os
import shutil
import time

import numpy as np
import pandas as pd
import psutil
import pydicom
import pytest

from lsdc.dataset.background import JobState
from lsdc.dataset.dicom import read_slice
from lsdc.dataset.header_rows import HEADER_TYPES
from lsdc.dataset.headers import CHUNK_FILES, scan_folder, scan_headers
from lsdc.dataset.scanning import forget_scan, main, start_scan, watch_scan
from lsdc.errors import MissingFileError

SECONDS = 60


def scan(root, cache, calls=None):
    return scan_headers(root, cache, workers=1, report=lambda *call: None if calls is None else calls.append(call))


@pytest.fixture(scope="module")
def table(phantom_root, tmp_path_factory):
    return scan(phantom_root, tmp_path_factory.mktemp("scans"))


@pytest.fixture
def data_root(tmp_path, make_dicom):
    """One series of three files."""
    folder = tmp_path / "data" / "train_images" / "12" / "34"
    folder.mkdir(parents=True)
    for number in (1, 2, 3):
        (folder / f"{number}.dcm").write_bytes(
            make_dicom(InstanceNumber=number, MagneticFieldStrength="1.5", Manufacturer="Maker")
        )
    return tmp_path / "data"


def test_every_image_has_a_row_with_what_its_header_says(phantom_root, table):
    files = sorted(path.relative_to(phantom_root).as_posix() for path in phantom_root.rglob("*.dcm"))

    assert sorted(table["image"]) == files
    assert table.dtypes.astype(str).to_dict() == HEADER_TYPES
    assert table["error"].isna().all()
    for row in table.iloc[::97].itertuples():
        image = read_slice(phantom_root / row.image)
        dataset = pydicom.dcmread(phantom_root / row.image)
        assert (row.rows, row.cols) == image.pixels.shape
        assert (row.row_spacing_mm, row.col_spacing_mm) == image.spacing_mm
        assert (row.x_mm, row.y_mm, row.z_mm) == tuple(image.plane.position_mm)
        cosines = [row.row_x, row.row_y, row.row_z, row.col_x, row.col_y, row.col_z]
        np.testing.assert_array_equal(cosines, [*image.plane.row_cosines, *image.plane.column_cosines])
        assert row.plane == image.plane.plane
        assert row.sop_uid == dataset.SOPInstanceUID
        assert row.frame_of_reference_uid == dataset.FrameOfReferenceUID
        assert row.instance_number == row.header_number == dataset.InstanceNumber
        assert row.bytes == (phantom_root / row.image).stat().st_size
        assert row.synthetic


def test_what_a_header_lacks_is_missing(table):
    assert table["thickness_mm"].isna().any()
    assert table["manufacturer"].isna().all()
    assert table["field_strength_t"].isna().all()


def test_what_names_the_scanner_is_read_and_what_names_the_patient_is_not(data_root, tmp_path):
    table = scan(data_root, tmp_path / "scans")

    assert table["manufacturer"].unique() == ["Maker"]
    assert table["field_strength_t"].unique() == [1.5]
    assert "SECRET" not in table.to_csv()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda content: b"", "empty"),
        (lambda content: content[: len(content) - 10], "in the middle of its pixels"),
        (lambda content: content[:140], "corrupt|no image"),
        (lambda content: b"x" * 400, "not a DICOM file"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_row_with_the_reason(data_root, tmp_path, spoil, reason):
    path = data_root / "train_images/12/34/2.dcm"
    path.write_bytes(spoil(path.read_bytes()))

    table = scan(data_root, tmp_path / "scans").set_index("instance_number")

    assert pd.Series([table.loc[2, "error"]]).str.contains(reason).all()
    assert np.isnan(table.loc[2, "rows"])
    assert table.loc[[1, 3], "error"].isna().all()


@pytest.mark.parametrize("syntax", [pydicom.uid.ExplicitVRLittleEndian, pydicom.uid.ImplicitVRLittleEndian])
def test_uncompressed_pixels_that_end_early_are_noticed_too(data_root, tmp_path, make_dicom, syntax):
    path = data_root / "train_images/12/34/2.dcm"
    whole = make_dicom(transfer_syntax=syntax)
    path.write_bytes(whole)
    assert scan(data_root, tmp_path / "whole")["error"].isna().all()
    path.write_bytes(whole[:-20])

    errors = scan(data_root, tmp_path / "cut").set_index("instance_number")["error"]

    assert errors.dropna().index.tolist() == [2]


def test_equal_pixels_have_equal_samples_whatever_their_headers(data_root, tmp_path, make_dicom):
    pixels = np.arange(48, dtype=np.uint16).reshape(6, 8)
    folder = data_root / "train_images/12/34"
    (folder / "1.dcm").write_bytes(make_dicom(pixels, SeriesDescription="one"))
    (folder / "2.dcm").write_bytes(make_dicom(pixels, SeriesDescription="quite another"))
    (folder / "3.dcm").write_bytes(make_dicom(pixels[::-1].copy()))

    samples = scan(data_root, tmp_path / "scans").set_index("instance_number")[["pixel_bytes", "pixel_sum"]]

    assert samples.loc[1].tolist() == samples.loc[2].tolist()
    assert samples.loc[1].tolist() != samples.loc[3].tolist()


def test_only_a_changed_file_is_read_again(data_root, tmp_path, make_dicom):
    scan(data_root, tmp_path / "scans")
    path = data_root / "train_images/12/34/2.dcm"
    path.write_bytes(make_dicom(SeriesDescription="changed"))
    os.utime(path, ns=(1, 1))
    (data_root / "train_images/12/34/3.dcm").unlink()
    calls = []

    table = scan(data_root, tmp_path / "scans", calls)

    assert calls == [(1, 2), (2, 2)]
    assert table["header_description"].tolist() == ["T2", "changed"]


def test_a_scan_goes_on_where_it_ended(tmp_path, phantom_root):
    folder = tmp_path / "data/train_images/1/2"
    folder.mkdir(parents=True)
    source = next(phantom_root.rglob("*.dcm"))
    for number in range(CHUNK_FILES + 20):
        shutil.copyfile(source, folder / f"{number}.dcm")

    def end_after_one_chunk(done, total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan_headers(tmp_path / "data", tmp_path / "scans", workers=1, report=end_after_one_chunk)
    calls = []
    table = scan(tmp_path / "data", tmp_path / "scans", calls)

    assert calls[0][0] >= 20
    assert table["instance_number"].tolist() == list(range(CHUNK_FILES + 20))


def test_a_folder_without_images_is_refused(tmp_path):
    with pytest.raises(MissingFileError, match="train_images"):
        scan(tmp_path, tmp_path / "scans")


def wait_for(done):
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def workers_on(folder):
    return [process for process in psutil.Process().children(recursive=True) if str(folder) in command(process)]


def command(process):
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has ended between the two looks
        return ""


def test_one_process_scans_a_kill_is_told_and_a_new_start_completes_it(data_root, tmp_path):
    scans = tmp_path / "scans"
    assert watch_scan(data_root, scans).state is JobState.ABSENT

    start_scan(data_root, scans)
    wait_for(lambda: watch_scan(data_root, scans).state is JobState.BUILDING)
    start_scan(data_root, scans)
    (worker,) = workers_on(data_root)
    for process in [*worker.children(recursive=True), worker]:
        process.kill()
    wait_for(lambda: watch_scan(data_root, scans).state is JobState.FAILED)
    assert "killed" in watch_scan(data_root, scans).message

    start_scan(data_root, scans)
    wait_for(lambda: watch_scan(data_root, scans).state is JobState.READY)
    wait_for(lambda: not workers_on(data_root))
    (data_root / "train_images/12/34/3.dcm").unlink()

    assert watch_scan(data_root, scans).state is not JobState.READY


def test_a_scan_that_is_forgotten_is_not_ready(data_root, tmp_path):
    assert main([str(data_root), str(scan_folder(data_root, tmp_path))]) == 0
    assert watch_scan(data_root, tmp_path).state is JobState.READY

    forget_scan(data_root, tmp_path)

    assert watch_scan(data_root, tmp_path).state is JobState.ABSENT
