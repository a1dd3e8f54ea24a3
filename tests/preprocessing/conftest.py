"""Slices made without files, and small data sets of files as the challenge publishes them."""

import numpy as np
import pandas as pd
import pytest
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, RLELossless

from lsdc.config import CropConfig, InputKind
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import ImagePlane

AXIAL = ((1, 0, 0), (0, 1, 0))


@pytest.fixture
def make_slice():
    """A factory: pixels and geometry in, a slice out."""

    def make(pixels, *, spacing_mm=(1.0, 1.0), orientation=AXIAL, position_mm=(0, 0, 0)):
        plane = None
        if orientation is not None and spacing_mm is not None:
            row, column = (np.array(cosines, float) for cosines in orientation)
            plane = ImagePlane(
                position_mm=np.array(position_mm, float), row_cosines=row, column_cosines=column, spacing_mm=spacing_mm
            )
        return DicomSlice(
            pixels=np.asarray(pixels, np.float32),
            spacing_mm=spacing_mm,
            plane=plane,
            instance_number=1,
            series_description="T2",
            window=None,
            synthetic=True,
        )

    return make


@pytest.fixture
def crop_config():
    """A factory of crop settings."""

    def make(side_px=16, side_mm=16.0, *, kind=InputKind.CROP, neighbours=0, mirror_right=False):
        return CropConfig(
            input_kind=kind, side_px=side_px, side_mm=side_mm, neighbours=neighbours, mirror_right=mirror_right
        )

    return make


def write_slice(path, pixels, *, instance_number, position_mm, orientation=AXIAL):
    """Write a file with the tags and the transfer syntax of the challenge."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.{instance_number}"
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPInstanceUID = f"1.2.{instance_number}"
    dataset.InstanceNumber = instance_number
    dataset.ImagePositionPatient = [float(value) for value in position_mm]
    dataset.ImageOrientationPatient = [float(value) for cosines in orientation for value in cosines]
    dataset.PixelSpacing = [0.5, 0.5]
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.PixelData = pixels.astype(np.uint16).tobytes()
    dataset.compress(RLELossless, generate_instance_uid=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)


@pytest.fixture
def make_data_set(tmp_path):
    """A factory: a folder with series of five slices, and the label table of two points, left and right, on each."""

    def make(num_series=3, side=48):
        root = tmp_path / "data"
        rows = []
        for series_id in range(1, num_series + 1):
            for number in range(1, 6):
                image = f"train_images/7/{series_id}/{number}.dcm"
                pixels = np.random.default_rng([series_id, number]).integers(0, 4000, (side, side))
                write_slice(root / image, pixels, instance_number=number, position_mm=(-12, -12, 4 * number))
                for label_side, x in (("left", 30.5), ("right", 16.25)):
                    rows.append((7, series_id, number, "subarticular_stenosis", label_side, x, 20.0, image))
        columns = ["study_id", "series_id", "instance_number", "condition", "side", "x", "y", "image"]
        return root, pd.DataFrame(rows, columns=columns).assign(level="L4/L5", severity="Moderate")

    return make
