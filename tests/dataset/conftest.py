"""DICOM files as the challenge publishes them, with any element changed."""

from io import BytesIO

import numpy as np
import psutil
import pytest
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, RLELossless

from lsdc.dataset import untrusted


@pytest.fixture
def make_dicom():
    """A factory: pixels and elements in, the bytes of a file out; an element given as None is left out."""

    def make(pixels=None, *, transfer_syntax=RLELossless, **elements):
        pixels = np.arange(48, dtype=np.uint16).reshape(6, 8) if pixels is None else pixels
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
        dataset.file_meta.MediaStorageSOPInstanceUID = "1002894806.801316590"
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        defaults = {
            "SOPInstanceUID": "1002894806.801316590",
            "PatientID": "SECRET-4711",
            "SeriesDescription": "T2",
            "InstanceNumber": 7,
            "ImagePositionPatient": [-80.0, -70.0, 12.0],
            "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
            "PixelSpacing": [0.5, 0.25],
            "WindowCenter": 20,
            "WindowWidth": 40,
            "SamplesPerPixel": 1,
            "PhotometricInterpretation": "MONOCHROME2",
            "Rows": pixels.shape[0],
            "Columns": pixels.shape[1],
            "BitsAllocated": 8 * pixels.itemsize,
            "BitsStored": 8 * pixels.itemsize,
            "HighBit": 8 * pixels.itemsize - 1,
            "PixelRepresentation": int(np.issubdtype(pixels.dtype, np.signedinteger)),
            "PixelData": pixels.tobytes(),
        }
        for keyword, value in defaults.items():
            setattr(dataset, keyword, value)
        if transfer_syntax == RLELossless:
            dataset.compress(RLELossless, generate_instance_uid=False)
        else:
            dataset.file_meta.TransferSyntaxUID = transfer_syntax
        for keyword, value in elements.items():
            if value is None:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)
        file = BytesIO()
        dcmwrite(file, dataset, enforce_file_format=True)
        return file.getvalue()

    return make


@pytest.fixture
def make_frames(make_dicom):
    """A factory: pixels (frames, rows, cols) in, the bytes of an enhanced multi-frame file out, frames 4 mm apart.

    What `of_frame` gives for the number of a frame, by functional group, takes the place of what the group says.
    """

    def make(pixels, *, transfer_syntax=ExplicitVRLittleEndian, of_frame=lambda _number: {}, **elements):
        plain = make_dicom(
            pixels.reshape(-1, pixels.shape[2]),
            transfer_syntax=ExplicitVRLittleEndian,
            ImagePositionPatient=None,
            ImageOrientationPatient=None,
            PixelSpacing=None,
            WindowCenter=None,
            WindowWidth=None,
            SeriesInstanceUID="1.2.3",
        )
        dataset = dcmread(BytesIO(plain))
        dataset.NumberOfFrames, dataset.Rows = pixels.shape[:2]
        shared = {
            "PixelMeasures": {"PixelSpacing": [0.5, 0.25]},
            "PlaneOrientation": {"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]},
        }
        dataset.SharedFunctionalGroupsSequence = [_groups(shared)]
        dataset.PerFrameFunctionalGroupsSequence = [
            _groups({"PlanePosition": {"ImagePositionPatient": [0, 0, 4 * number]}} | of_frame(number))
            for number in range(1, len(pixels) + 1)
        ]
        for keyword, value in elements.items():
            setattr(dataset, keyword, value)
        if transfer_syntax != ExplicitVRLittleEndian:
            dataset.compress(transfer_syntax, generate_instance_uid=False)
        file = BytesIO()
        dcmwrite(file, dataset, enforce_file_format=True)
        return file.getvalue()

    return make


def _groups(said):
    """An item of functional groups (PS3.3 C.7.6.16), each with one item of elements; an empty one is left out."""
    groups = Dataset()
    for name, elements in said.items():
        item = Dataset()
        for keyword, value in elements.items():
            setattr(item, keyword, value)
        if elements:
            setattr(groups, f"{name}Sequence", [item])
    return groups


@pytest.fixture
def decoding_child():
    """Finds the child that decodes what a test has uploaded; none that another test has left waiting is taken for it."""
    untrusted._end_waiting()
    others = set(psutil.Process().children())

    def find() -> psutil.Process:
        (child,) = set(psutil.Process().children()) - others
        return child

    return find
