"""What a phantom data set looks like on disk, read with plain pydicom and pandas."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pydicom
import pytest
from pydicom.uid import EnhancedMRImageStorage, RLELossless

from lsdc.dataset.phantom import PHANTOM_VERSION, write_phantom
from lsdc.errors import DataError

ABSENT = ("SOPClassUID", "Modality", "PatientName", "StudyDate", "Manufacturer", "BodyPartExamined", "RescaleSlope")
PRESENT = (
    "SeriesDescription", "PatientPosition", "InstanceNumber", "ImagePositionPatient", "ImageOrientationPatient",
    "SliceLocation", "PixelSpacing", "WindowCenter", "WindowWidth", "PatientID", "StudyInstanceUID",
    "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID",
)  # fmt: skip


@pytest.fixture(scope="module")
def images(small_phantom):
    """Every file of a series of each kind, by path."""
    return {path: pydicom.dcmread(path) for path in sorted(small_phantom.glob("train_images/*/*/*.dcm"))}


def test_the_tables_are_those_of_the_challenge(small_phantom):
    points = pd.read_csv(small_phantom / "train_label_coordinates.csv")
    grades = pd.read_csv(small_phantom / "train.csv")
    series = pd.read_csv(small_phantom / "train_series_descriptions.csv")

    assert list(points) == ["study_id", "series_id", "instance_number", "condition", "level", "x", "y"]
    assert list(grades)[:2] == ["study_id", "spinal_canal_stenosis_l1_l2"]
    assert grades.shape == (8, 26)
    assert set(series["series_description"]) == {"Axial T2", "Sagittal T1", "Sagittal T2/STIR"}
    paths = {f"{p.study_id}/{p.series_id}/{p.instance_number}.dcm" for p in points.itertuples()}
    assert all((small_phantom / "train_images" / path).is_file() for path in paths)


def test_files_have_the_transfer_syntax_and_the_pixel_format_of_the_challenge(images):
    for dataset in images.values():
        assert dataset.file_meta.TransferSyntaxUID == RLELossless
        assert dataset.file_meta.MediaStorageSOPClassUID == EnhancedMRImageStorage
        assert (dataset.BitsAllocated, dataset.BitsStored, dataset.PixelRepresentation) == (16, 12, 0)
        assert dataset.PhotometricInterpretation == "MONOCHROME2"
        assert dataset.SOPInstanceUID.is_valid


def test_files_have_the_tags_of_the_challenge_and_lack_those_it_lacks(images):
    for dataset in images.values():
        assert [tag for tag in ABSENT if tag in dataset] == []
        assert [tag for tag in PRESENT if tag not in dataset] == []
        assert dataset.SeriesDescription in ("T1", "T2")


def test_every_image_is_marked_as_synthetic(images, small_phantom):
    assert {dataset.ImageComments for dataset in images.values()} == {
        f"SYNTHETIC phantom, generator version {PHANTOM_VERSION}"
    }
    assert all(dataset.PatientID.startswith("SYNTHETIC-") for dataset in images.values())
    about = json.loads((small_phantom / "phantom.json").read_text())
    assert about["synthetic"] is True
    assert about["generator_version"] == PHANTOM_VERSION
    assert 0.5 < about["best_possible_accuracy"] < 1


def test_images_decode_to_pictures_of_twelve_bits(images):
    for dataset in list(images.values())[::5]:
        pixels = dataset.pixel_array
        assert pixels.shape == (dataset.Rows, dataset.Columns)
        assert 200 < pixels.max() <= 4095
        assert pixels.std() > 50


def test_series_have_ten_to_fourteen_slices_with_numbers_of_their_own(images):
    table = pd.DataFrame([path.parts[-3:] for path in images], columns=["study", "series", "file"])
    sizes = table.groupby(["study", "series"]).size()

    assert sizes.between(10, 14).all()
    assert all(int(path.stem) == dataset.InstanceNumber for path, dataset in images.items())


def test_irregularities_of_the_challenge_are_there(images, small_phantom):
    series = pd.read_csv(small_phantom / "train_series_descriptions.csv")
    by_series = pd.DataFrame(
        [
            {
                "series": dataset.SeriesInstanceUID,
                "number": dataset.InstanceNumber,
                "orientation": tuple(dataset.ImageOrientationPatient),
                "position": float(dataset.SliceLocation),
                "rows": dataset.Rows,
            }
            for dataset in images.values()
        ]
    ).groupby("series")
    numbers = by_series["number"].agg(lambda values: values.max() - values.min() + 1 - len(values))
    tilts, sizes = (by_series[column].agg(lambda values: len(set(values))) for column in ("orientation", "rows"))
    axial = series[series["series_description"] == "Axial T2"].groupby("study_id").size()

    assert (numbers > 0).any(), "gaps in instance numbers"
    assert (tilts > 1).any(), "several orientations in one series"
    assert (axial > 1).any(), "several axial series in one study"
    assert (sizes > 1).any(), "sizes differ within a series"
    assert series.groupby("study_id")["series_description"].agg(lambda kinds: len(set(kinds))).min() == 2, (
        "a study lacks a sequence"
    )
    assert any("SliceThickness" not in dataset or "SpacingBetweenSlices" not in dataset for dataset in images.values())
    rising = [
        np.sign(np.corrcoef(group["number"], group["position"])[0, 1]) for _, group in by_series if len(group) > 1
    ]
    assert {-1.0, 1.0} <= set(rising), "left is the high or the low number"


def test_a_study_without_a_sequence_keeps_its_grades(small_phantom):
    series = pd.read_csv(small_phantom / "train_series_descriptions.csv")
    kinds = series.groupby("study_id")["series_description"].agg(set)
    (study,) = kinds[~kinds.map(lambda kind: "Sagittal T1" in kind)].index
    grades = pd.read_csv(small_phantom / "train.csv").set_index("study_id").loc[study]
    points = pd.read_csv(small_phantom / "train_label_coordinates.csv").query("study_id == @study")

    assert grades.filter(like="foraminal").notna().all()
    assert not points["condition"].str.contains("Foraminal").any()


def test_the_same_seed_gives_the_same_bytes_however_many_processes(tmp_path):
    for name, workers in (("one", 1), ("two", 2)):
        write_phantom(tmp_path / name, studies=2, seed=9, image_px=32, workers=workers)
    first = {p.relative_to(tmp_path / "one"): p.read_bytes() for p in (tmp_path / "one").rglob("*") if p.is_file()}
    second = {p.relative_to(tmp_path / "two"): p.read_bytes() for p in (tmp_path / "two").rglob("*") if p.is_file()}

    assert len(first) > 60
    assert first == second


def test_progress_is_told_study_by_study(tmp_path):
    told = []

    write_phantom(
        tmp_path / "out",
        studies=2,
        image_px=32,
        workers=1,
        report_progress=lambda done, all_: told.append((done, all_)),
    )

    assert told == [(1, 2), (2, 2)]


def test_a_folder_that_exists_is_never_overwritten(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")

    with pytest.raises(DataError, match="exists already"):
        write_phantom(tmp_path, studies=1)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_process_killed_in_the_middle_leaves_nothing_and_the_next_one_works(tmp_path):
    out = tmp_path / "phantom"
    code = f"from pathlib import Path; from lsdc.dataset.phantom import write_phantom; write_phantom(Path({str(out)!r}), studies=500, image_px=32, workers=1)"
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".phantom-*/train_images/*/*/*.dcm")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    assert list(tmp_path.glob(".phantom-*/train_images/*"))
    assert not out.exists()

    write_phantom(out, studies=1, image_px=32, workers=1)

    assert (out / "phantom.json").is_file()
