"""Phantom slices as DICOM files with the tags, the transfer syntax and the omissions of the challenge's files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, EnhancedMRImageStorage, ExplicitVRLittleEndian, RLELossless

from lsdc.dataset.dicom import DicomSlice, PatientHeader, Window
from lsdc.dataset.geometry import ImagePlane
from lsdc.dataset.phantom.files import PHANTOM_VERSION
from lsdc.dataset.phantom.study import PhantomSeries, PhantomSlice
from lsdc.labels import Sequence

IMAGE_COMMENTS = f"SYNTHETIC phantom, generator version {PHANTOM_VERSION}"
SERIES_DESCRIPTIONS = {Sequence.SAGITTAL_T1: "T1", Sequence.SAGITTAL_T2: "T2", Sequence.AXIAL_T2: "T2"}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What names a series and its study in DICOM.

    Args:
        study_id: Also part of the patient's name for himself: `SYNTHETIC-<study_id>`.
        series_id: The series' folder.
        study_uid: Of the study.
        series_uid: Of the series; SOP Instance UIDs continue it.
        frame_uid: Of the frame of reference, common to the study.
        without_thickness: Leave SliceThickness out.
        without_spacing: Leave SpacingBetweenSlices out.
    """

    study_id: int
    series_id: int
    study_uid: str
    series_uid: str
    frame_uid: str
    without_thickness: bool
    without_spacing: bool


def identify(study_id: int, series: PhantomSeries) -> Identity:
    """Short identifiers, as the challenge's; some series lack a tag, which their number decides."""
    return Identity(
        study_id=study_id,
        series_id=series.series_id,
        study_uid=f"1{study_id % 10**9:09d}.1",
        series_uid=f"1{study_id % 10**9:09d}.{series.series_id}",
        frame_uid=f"1{study_id % 10**9:09d}.2",
        without_thickness=series.series_id % 11 == 0,
        without_spacing=series.series_id % 7 == 0,
    )


def write_series(folder: Path, study_id: int, series: PhantomSeries) -> None:
    """Write every slice as `<instance number>.dcm`."""
    folder.mkdir(parents=True)
    identity = identify(study_id, series)
    for image in series.slices:
        dataset = slice_dataset(identity, series, image)
        dataset.save_as(folder / f"{image.instance_number}.dcm", enforce_file_format=True)


def slice_dataset(identity: Identity, series: PhantomSeries, image: PhantomSlice) -> Dataset:
    """One slice, compressed. SOPClassUID and Modality are left out, as in the challenge's files."""
    dataset = Dataset()
    dataset.file_meta = _file_meta(_instance_uid(identity, image))
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID
    dataset.SeriesDescription = SERIES_DESCRIPTIONS[series.sequence]
    dataset.PatientID = _patient_id(identity)
    dataset.ImageComments = IMAGE_COMMENTS
    if not identity.without_thickness:
        dataset.SliceThickness = _thickness(series)
    if not identity.without_spacing:
        dataset.SpacingBetweenSlices = f"{series.step_mm:.2f}"
    dataset.PatientPosition = "HFS"
    dataset.StudyInstanceUID = UID(identity.study_uid)
    dataset.SeriesInstanceUID = UID(identity.series_uid)
    dataset.FrameOfReferenceUID = UID(identity.frame_uid)
    dataset.InstanceNumber = image.instance_number
    _add_plane(dataset, image.plane)
    _add_pixels(dataset, image.pixels)
    return dataset


def _instance_uid(identity: Identity, image: PhantomSlice) -> str:
    return f"{identity.series_uid}.{image.instance_number}"


def _patient_id(identity: Identity) -> str:
    return f"SYNTHETIC-{identity.study_id}"


def _file_meta(instance_uid: str) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    meta.MediaStorageSOPInstanceUID = UID(instance_uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian  # until the pixels are compressed
    return meta


def slice_as_read(study_id: int, series: PhantomSeries, image: PhantomSlice) -> DicomSlice:
    """The slice as `read_slice` gives it from its file, without the file; a test holds the two together."""
    plane = {
        keyword: np.array([float(value) for value in texts]) for keyword, texts in _plane_texts(image.plane).items()
    }
    between_rows, between_columns = plane["PixelSpacing"].tolist()
    center, width = _window(image.pixels)
    identity = identify(study_id, series)
    return DicomSlice(
        pixels=image.pixels,
        spacing_mm=(between_rows, between_columns),
        plane=ImagePlane(
            position_mm=plane["ImagePositionPatient"],
            row_cosines=plane["ImageOrientationPatient"][:3],
            column_cosines=plane["ImageOrientationPatient"][3:],
            spacing_mm=(between_rows, between_columns),
        ),
        instance_number=image.instance_number,
        series_description=SERIES_DESCRIPTIONS[series.sequence],
        window=Window(center=center, width=width),
        synthetic=True,
        series_uid=identity.series_uid,
        study_uid=identity.study_uid,
        sop_class_uid=EnhancedMRImageStorage,
        sop_instance_uid=_instance_uid(identity, image),
        frame_of_reference_uid=identity.frame_uid,
        thickness_mm=None if identity.without_thickness else float(_thickness(series)),
        patient=PatientHeader(patient_id=_patient_id(identity)),
    )


def _thickness(series: PhantomSeries) -> str:
    return f"{series.thickness_mm:.2f}"


def _plane_texts(plane: ImagePlane) -> dict[str, list[str]]:
    """The Image Plane module (PS3.3 C.7.6.2), with as many digits as a decimal string may have."""
    return {
        "ImagePositionPatient": [f"{value:.6f}" for value in plane.position_mm],
        "ImageOrientationPatient": [f"{value:.9f}" for value in (*plane.row_cosines, *plane.column_cosines)],
        "PixelSpacing": [f"{value:.9f}" for value in plane.spacing_mm],
    }


def _add_plane(dataset: Dataset, plane: ImagePlane) -> None:
    for keyword, texts in _plane_texts(plane).items():
        setattr(dataset, keyword, texts)
    dataset.SliceLocation = f"{plane.distance_mm:.6f}"


def _window(pixels: np.ndarray) -> tuple[int, int]:
    """Centre and width of what a viewer shows."""
    low, high = (int(value) for value in np.percentile(pixels, (2, 99)))
    return (low + high) // 2, max(high - low, 1)


def _add_pixels(dataset: Dataset, pixels: np.ndarray) -> None:
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.WindowCenter, dataset.WindowWidth = _window(pixels)
    dataset.compress(RLELossless, pixels, encoding_plugin="pylibjpeg", generate_instance_uid=False)
