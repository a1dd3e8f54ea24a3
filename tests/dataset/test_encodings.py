"""The ways in which scanners and archives write pixels and greys."""

import base64
from io import BytesIO

import gdcm
import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    HTJ2K,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from lsdc.dataset.dicom import decode_slice

PLAIN = ExplicitVRLittleEndian
# 35 rows of 33 numbers of 12 bits: odd sizes are padded in some encodings.
RAMP = np.repeat(np.arange(0, 3500, 100, dtype=np.uint16), 33).reshape(35, 33)
# The same, by OpenJPH (imagecodecs 2026.3.6): no encoder of this syntax is among the libraries that are installed here.
HIGH_THROUGHPUT = base64.b64decode(
    "/0//UQApQAAAAAAhAAAAIwAAAAAAAAAAAAAAIQAAACMAAAAAAAAAAAABDwEB/1AACAACAAAACv9SAAwAAgABAAUEBEAB/1wAEyCI"
    "kJCQkJCQkJCQkJCQiIiI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAF8AAf+TwAArABEA3eYRAN3mAsC0AKAACYBl"
    "+QACNACgAAnAcYwAJHdVAKAACsBxjDH+4ABGAAHsuACgAAtcjh07duzYsWPHjv8wBj+MYG/eMYG+vQAA/9k="
)


def written(make_dicom, pixels, *, transfer_syntax, bits=None, **elements):
    """A file of any transfer syntax that pydicom writes."""
    dataset = pydicom.dcmread(BytesIO(make_dicom(pixels, transfer_syntax=PLAIN, **elements)))
    dataset.BitsStored = bits or dataset.BitsStored
    dataset.HighBit = dataset.BitsStored - 1
    if transfer_syntax.is_encapsulated:
        # GDCM's writer of RLE aborts the process at some small sizes.
        plugin = "pydicom" if transfer_syntax == RLELossless else ""
        dataset.compress(transfer_syntax, encoding_plugin=plugin, generate_instance_uid=False)
        return saved(dataset)
    if transfer_syntax == ExplicitVRBigEndian:
        dataset.PixelData = pixels.byteswap().tobytes()
        dataset["PixelData"].VR = "OW" if pixels.itemsize == 2 else "OB"
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    return saved(dataset)


def encapsulated(make_dicom, pixels, codestream, transfer_syntax, **elements):
    """A file around a codestream that another library has written."""
    dataset = pydicom.dcmread(BytesIO(make_dicom(pixels, transfer_syntax=PLAIN, **elements)))
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    dataset.PixelData = encapsulate([codestream])
    dataset["PixelData"].is_undefined_length = True
    return saved(dataset)


def saved(dataset):
    # As a plain data set, which does not remember the order of bytes that it was read in.
    fresh, file = Dataset(), BytesIO()
    fresh.update(dataset)
    fresh.file_meta = dataset.file_meta
    pydicom.dcmwrite(file, fresh, enforce_file_format=True)
    return file.getvalue()


@pytest.mark.parametrize(
    "transfer_syntax",
    [
        ImplicitVRLittleEndian,
        ExplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEGLSLossless,
        JPEG2000Lossless,
    ],
    ids=lambda uid: uid.keyword,
)
def test_no_lossless_syntax_changes_a_pixel(make_dicom, transfer_syntax):
    image = decode_slice(written(make_dicom, RAMP, transfer_syntax=transfer_syntax, bits=12))

    np.testing.assert_array_equal(image.pixels, RAMP)


@pytest.mark.parametrize("transfer_syntax", [HTJ2KLossless, HTJ2K], ids=lambda uid: uid.keyword)
def test_high_throughput_jpeg_2000_is_read(make_dicom, transfer_syntax):
    image = decode_slice(encapsulated(make_dicom, RAMP, HIGH_THROUGHPUT, transfer_syntax, BitsStored=12, HighBit=11))

    np.testing.assert_array_equal(image.pixels, RAMP)


def test_a_grey_baseline_jpeg_is_read(make_dicom):
    picture = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (64, 1))
    jpeg = BytesIO()
    Image.fromarray(picture).save(jpeg, "JPEG", quality=95)

    image = decode_slice(encapsulated(make_dicom, picture, jpeg.getvalue(), JPEGBaseline8Bit))

    np.testing.assert_allclose(image.pixels, picture, atol=4)


@pytest.mark.parametrize("process", ["JPEGLosslessProcess14", "JPEGLosslessProcess14_1"])
def test_a_lossless_jpeg_is_read(make_dicom, tmp_path, process):
    (tmp_path / "plain.dcm").write_bytes(make_dicom(RAMP, transfer_syntax=PLAIN))
    reader = gdcm.ImageReader()
    reader.SetFileName(str(tmp_path / "plain.dcm"))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, process)))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(tmp_path / "lossless.dcm"))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()

    np.testing.assert_array_equal(decode_slice((tmp_path / "lossless.dcm").read_bytes()).pixels, RAMP)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # a factory, without a state
@given(
    data=st.data(),
    bits=st.integers(8, 16),
    signed=st.booleans(),
    rows=st.integers(1, 9),
    cols=st.integers(1, 9),
    transfer_syntax=st.sampled_from([PLAIN, ExplicitVRBigEndian, RLELossless]),
)
def test_pixels_of_8_to_16_bits_signed_or_not_and_of_any_size_are_kept(
    make_dicom, data, bits, signed, rows, cols, transfer_syntax
):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    values = data.draw(st.lists(st.integers(low, high), min_size=rows * cols, max_size=rows * cols))
    pixels = np.array(values, dtype=f"{'i' if signed else 'u'}{2 if bits > 8 else 1}").reshape(rows, cols)

    image = decode_slice(written(make_dicom, pixels, transfer_syntax=transfer_syntax, bits=bits))

    np.testing.assert_array_equal(image.pixels, pixels)


def test_unused_high_bits_are_no_part_of_the_pixels(make_dicom):
    # Overlays used to be kept there (PS3.5 8.1.2).
    overlaid = RAMP | np.where(RAMP % 2 == 0, 0xF000, 0).astype(np.uint16)

    image = decode_slice(written(make_dicom, overlaid, transfer_syntax=PLAIN, bits=12))

    np.testing.assert_array_equal(image.pixels, RAMP)


def test_pixels_are_rescaled(make_dicom):
    image = decode_slice(make_dicom(RAMP, RescaleSlope="0.5", RescaleIntercept="-10"))

    np.testing.assert_allclose(image.pixels, RAMP * 0.5 - 10)


def test_pixels_that_are_not_square_keep_their_two_spacings(make_dicom):
    image = decode_slice(make_dicom(RAMP, PixelSpacing=[0.9, 0.3]))

    assert image.spacing_mm == (0.9, 0.3)
    assert image.plane.spacing_mm == (0.9, 0.3)


def table_of(values, first, *, bits=16):
    """An item of a LUT sequence, which maps `first` to the first of the values."""
    item = Dataset()
    item.LUTDescriptor = [len(values), first, bits]
    item["LUTDescriptor"].VR = "US"
    item.LUTData = np.asarray(values, "<u2").tobytes()
    item["LUTData"].VR = "OW"
    return item


def test_a_table_of_modality_values_is_applied(make_dicom):
    pixels = np.array([[0, 2], [3, 9]], np.uint16)

    image = decode_slice(make_dicom(pixels, transfer_syntax=PLAIN, ModalityLUTSequence=[table_of([100, 300, 500], 2)]))

    # Below the table its first value stands, above it the last (PS3.3 C.11.1.1).
    np.testing.assert_array_equal(image.pixels, [[100, 100], [300, 500]])


@pytest.mark.parametrize("transfer_syntax", [PLAIN, RLELossless])
def test_a_table_of_greys_is_shown_by_the_window_in_which_it_rises(make_dicom, transfer_syntax):
    greys = [0] * 40 + list(range(1, 200)) + [200] * 60

    image = decode_slice(
        make_dicom(
            RAMP,
            transfer_syntax=transfer_syntax,
            WindowCenter=None,
            WindowWidth=None,
            VOILUTSequence=[table_of(greys, 10, bits=8)],
        )
    )

    # Value 49 is the last black one, 249 the first white one.
    assert (image.window.center, image.window.width) == (149, 200)
    np.testing.assert_array_equal(image.pixels, RAMP)


@pytest.mark.parametrize("greys", [[], [7] * 30, [0, 200]])
def test_a_table_that_does_not_rise_is_no_window(make_dicom, greys):
    table = table_of(greys, 0)

    image = decode_slice(make_dicom(RAMP, WindowCenter=None, WindowWidth=None, VOILUTSequence=[table]))

    assert image.window is None


def test_a_window_goes_before_a_table(make_dicom):
    image = decode_slice(make_dicom(RAMP, VOILUTSequence=[table_of(range(100), 0)]))

    assert (image.window.center, image.window.width) == (20, 40)
