"""What becomes of the files that people have: pydicom's own collection, and files made to be wrong."""

import struct
import traceback
import zlib
from collections import Counter
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import (
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
)

from lsdc.dataset import dicom_parsing
from lsdc.dataset.dicom import decode_slice, decode_slices, read_header, read_slice
from lsdc.dataset.geometry import Plane
from lsdc.errors import (
    DicomError,
    MissingFileError,
    NoPixelsError,
    NotDicomError,
    UnreadablePixelsError,
    UnsupportedImageError,
)

COLLECTION = Path(pydicom.__file__).parent / "data" / "test_files"
# One grey slice each: by transfer syntax, then by what is odd about it.
GREY_SLICES = [
    "MR_small.dcm",
    "MR_small_implicit.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_expb.dcm",
    "MR_small_RLE.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "JPEGLSNearLossless_08.dcm",
    "JPEGLSNearLossless_16.dcm",
    "JPEG2000.dcm",
    "image_dfl.dcm",
    "693_J2KI.dcm",  # signed
    "J2K_pixelrep_mismatch.dcm",  # signed in the header, unsigned in the codestream
    "MR_small_padded.dcm",
    "CT_small.dcm",
    "examples_overlay.dcm",
    "rtdose_1frame.dcm",  # 32 bits
    "rtdose_expb_1frame.dcm",
    "rtdose_rle_1frame.dcm",
]
REFUSED = {
    NotDicomError: [
        "no_meta.dcm",
        "ExplVR_LitEndNoMeta.dcm",
        "ExplVR_BigEndNoMeta.dcm",
        "rtstruct.dcm",
        "zipMR.gz",
        "crayons.icc",
    ],
    NoPixelsError: [
        "test-SR.dcm",
        "reportsi.dcm",
        "reportsi_with_empty_number_tags.dcm",
        "rtplan.dcm",
        "rtplan_truncated.dcm",
        "waveform_ecg.dcm",
        "dicomdirtests/DICOMDIR",
        "dicomdirtests/DICOMDIR-bigEnd",
        "priv_SQ.dcm",
        "nested_priv_SQ.dcm",
        "UN_sequence.dcm",
        "empty_charset_LEI.dcm",
        "meta_missing_tsyntax.dcm",
        "no_meta_group_length.dcm",
    ],
    UnsupportedImageError: [
        "ExplVR_BigEnd.dcm",
        "GDCMJ2K_TextGBR.dcm",
        "SC_jpeg_no_color_transform.dcm",
        "SC_rgb_dcmtk_+eb+cy+np.dcm",
        "SC_rgb_gdcm_KY.dcm",
        "SC_rgb_jls_lossy_line.dcm",
        "SC_rgb_jpeg_dcmtk.dcm",
        "SC_rgb_jpeg_gdcm.dcm",
        "SC_rgb_rle.dcm",
        "SC_rgb_rle_16bit.dcm",
        "SC_rgb_rle_2frame.dcm",
        "SC_rgb_small_odd_big_endian.dcm",
        "SC_ybr_full_422_uncompressed.dcm",
        "examples_jpeg2k.dcm",
        "examples_palette.dcm",
        "examples_rgb_color.dcm",
        "examples_ybr_color.dcm",
        "rtdose.dcm",
        "rtdose_expb.dcm",
        "rtdose_rle.dcm",
    ],
    UnreadablePixelsError: [
        "MR_truncated.dcm",
        "liver_1frame.dcm",  # one frame, and the description of three
        "liver_expb_1frame.dcm",
        "badVR.dcm",
        "JPEG-lossy.dcm",  # 12-bit lossy JPEG: no free decoder
        "JPGExtended.dcm",
        "JPEG2000-embedded-sequence-delimiter.dcm",
    ],
}


def in_collection(name):
    return (COLLECTION / name).read_bytes()


def with_transfer_syntax(data, syntax):
    """The same file, said to be written in another way."""
    dataset = pydicom.dcmread(BytesIO(data))
    dataset.file_meta.TransferSyntaxUID = syntax
    file = BytesIO()
    pydicom.dcmwrite(file, dataset)
    return file.getvalue()


def deflated(head, content):
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return head + compressor.compress(content) + compressor.flush()


def deflated_head(make_dicom):
    """Preamble and file meta of a deflated file, without what follows."""
    plain = make_dicom(transfer_syntax=DeflatedExplicitVRLittleEndian)
    (length,) = struct.unpack_from("<I", plain, 140)
    return plain[: 144 + length]


@pytest.mark.filterwarnings("ignore:The pixel data is 8320 bytes long")  # from reading the reference
@pytest.mark.parametrize("name", GREY_SLICES)
def test_a_grey_slice_has_the_pixels_that_pydicom_decodes(name):
    image = decode_slice(in_collection(name))

    reference = pydicom.dcmread(COLLECTION / name)
    expected = pydicom.pixels.apply_modality_lut(reference.pixel_array, reference).astype(np.float32)
    assert image.pixels.dtype == np.float32 or np.issubdtype(image.pixels.dtype, np.integer)
    np.testing.assert_array_equal(image.pixels, expected)


@pytest.mark.parametrize(
    ("error", "name"), [(error, name) for error, names in REFUSED.items() for name in names], ids=lambda case: str(case)
)
def test_what_cannot_be_graded_is_refused_with_a_reason_and_a_way_out(error, name):
    with pytest.raises(error) as caught:
        decode_slice(in_collection(name))

    assert type(caught.value) is error
    assert all(part.endswith(".") for part in (caught.value.happened, caught.value.expected, caught.value.fix))


def test_every_file_of_the_collection_is_read_or_refused():
    """`pytest -rP -k every_file_of_the_collection` shows what becomes of each."""
    lines, read, refused = [], 0, Counter()
    for path in sorted(path for path in COLLECTION.rglob("*") if path.is_file()):
        try:
            slices = decode_slices(path.read_bytes())
        except DicomError as error:
            refused[type(error).__name__] += 1
            said = f"{type(error).__name__}: {error.happened}"
        else:
            read += 1
            rows, cols = slices[0].pixels.shape
            said = f"{len(slices)} of {rows} × {cols}, {slices[0].pixels.dtype}"
        lines.append(f"{path.relative_to(COLLECTION)!s:<60} {said}")
    lines.append(f"{read} opened; refused: {dict(refused)}")
    print("\n".join(lines))  # noqa: T201 - a test has no other output

    assert read == 53
    assert refused == {
        "NotDicomError": 13,
        "NoPixelsError": 70,
        "UnsupportedImageError": 33,
        "UnreadablePixelsError": 7,
    }


def test_the_same_slice_is_the_same_in_every_lossless_syntax():
    plain = decode_slice(in_collection("MR_small.dcm")).pixels

    for name in ("MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm"):
        np.testing.assert_array_equal(decode_slice(in_collection(name)).pixels, plain)


def test_a_file_as_the_challenge_publishes_it_is_read(make_dicom):
    image = decode_slice(make_dicom())

    np.testing.assert_array_equal(image.pixels, np.arange(48, dtype=np.float32).reshape(6, 8))
    assert image.spacing_mm == (0.5, 0.25)
    assert image.plane.plane is Plane.AXIAL
    np.testing.assert_array_equal(image.plane.position_mm, [-80, -70, 12])
    assert image.instance_number == 7
    assert image.series_description == "T2"
    assert (image.window.center, image.window.width) == (20, 40)
    assert not image.synthetic


def test_the_mark_of_a_phantom_is_seen(make_dicom):
    assert decode_slice(make_dicom(ImageComments="SYNTHETIC phantom 1")).synthetic


def test_elements_that_are_absent_are_told_as_absent(make_dicom):
    image = decode_slice(
        make_dicom(
            PixelSpacing=None,
            ImagePositionPatient=None,
            InstanceNumber=None,
            SeriesDescription=None,
            WindowCenter=None,
            WindowWidth=None,
        )
    )

    assert (image.spacing_mm, image.plane, image.instance_number, image.window) == (None, None, None, None)
    assert image.series_description == ""


@pytest.mark.parametrize("width", [0, -1, "", None])
def test_a_window_without_width_is_no_window(make_dicom, width):
    assert decode_slice(make_dicom(WindowWidth=width)).window is None


def test_of_several_windows_the_first_counts(make_dicom):
    window = decode_slice(make_dicom(WindowCenter=[30, 500], WindowWidth=[60, 1000])).window

    assert (window.center, window.width) == (30, 60)


@pytest.mark.parametrize("spacing", [[0, 0.5], [-0.5, 0.5], [1e-9, 1e-9], [1e6, 1e6], [0.5], ""])
def test_an_impossible_spacing_counts_as_missing(make_dicom, spacing):
    image = decode_slice(make_dicom(PixelSpacing=spacing))

    assert image.spacing_mm is None
    assert image.plane is None


def test_the_spacing_of_the_detector_is_not_taken_for_that_of_the_patient(make_dicom):
    assert decode_slice(make_dicom(PixelSpacing=None, ImagerPixelSpacing=[0.5, 0.5])).spacing_mm is None


@pytest.mark.parametrize("orientation", [[0, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0], [2, 0, 0, 0, 2, 0], [1, 0, 0]])
def test_an_impossible_orientation_counts_as_missing(make_dicom, orientation):
    assert decode_slice(make_dicom(ImageOrientationPatient=orientation)).plane is None


def test_bright_is_high_after_monochrome1(make_dicom):
    pixels = np.array([[10, 20], [30, 100]], np.uint16)

    image = decode_slice(make_dicom(pixels, PhotometricInterpretation="MONOCHROME1"))

    np.testing.assert_array_equal(image.pixels, [[100, 90], [80, 10]])


def test_an_image_looks_alike_in_both_forms_of_grey(make_dicom):
    pixels = np.array([[10, 20], [30, 100]], np.uint16)
    window = {"WindowCenter": 30, "WindowWidth": 60}
    plain = decode_slice(make_dicom(pixels, **window))
    # The same picture: what was low is high, and the window lies there.
    turned = decode_slice(
        make_dicom(110 - pixels, PhotometricInterpretation="MONOCHROME1", WindowCenter=80, WindowWidth=60)
    )

    np.testing.assert_array_equal(turned.pixels, plain.pixels)
    assert turned.window == plain.window


def test_a_negative_slope_does_not_undo_monochrome1(make_dicom):
    pixels = np.array([[1, 2], [3, 4]], np.uint16)

    image = decode_slice(
        make_dicom(pixels, PhotometricInterpretation="MONOCHROME1", RescaleSlope=-2, RescaleIntercept=1)
    )

    np.testing.assert_array_equal(image.pixels, [[-7, -5], [-3, -1]])


def test_signed_pixels_keep_their_sign(make_dicom):
    pixels = np.array([[-1000, 0], [1, 3000]], np.int16)

    np.testing.assert_array_equal(decode_slice(make_dicom(pixels)).pixels, pixels)


def test_a_rescaling_beyond_all_numbers_is_refused(make_dicom):
    with pytest.raises(UnreadablePixelsError, match="finite"):
        decode_slice(make_dicom(RescaleSlope="1e300", RescaleIntercept=0))


@pytest.mark.parametrize("data", [b"\x00" * 1000, b"not an image", b"\x89PNG\r\n\x1a\n" + b"x" * 500, b"DICM"])
def test_other_files_are_not_taken_for_dicom(data):
    with pytest.raises(NotDicomError, match="not a DICOM file"):
        decode_slice(data)


def test_an_empty_file_is_told_as_empty(tmp_path):
    (tmp_path / "1.dcm").touch()

    for read in (read_slice, read_header):
        with pytest.raises(NotDicomError, match="empty"):
            read(tmp_path / "1.dcm")


def test_a_missing_file_is_told_as_missing(tmp_path):
    for read in (read_slice, read_header):
        with pytest.raises(MissingFileError, match=r"1\.dcm"):
            read(tmp_path / "1.dcm")


def test_a_file_cut_off_anywhere_is_refused_or_whole(make_dicom):
    data = make_dicom()

    for length in range(0, len(data) - 40, 7):
        with pytest.raises(DicomError):
            decode_slice(data[:length])


def test_frames_are_counted_in_the_refusal(make_dicom):
    with pytest.raises(UnsupportedImageError, match="12 frames"):
        decode_slice(make_dicom(NumberOfFrames=12))


def test_a_colour_picture_is_told_as_one():
    with pytest.raises(UnsupportedImageError, match="colour photograph"):
        decode_slice(in_collection("examples_rgb_color.dcm"))


def test_an_image_that_says_it_is_huge_is_refused_before_decoding(make_dicom):
    with pytest.raises(UnsupportedImageError, match="60000 × 60000"):
        decode_slice(make_dicom(Rows=60000, Columns=60000))


def test_a_deflated_bomb_is_refused_before_it_goes_off(make_dicom):
    bomb = deflated(deflated_head(make_dicom), b"\x00" * (dicom_parsing.MAX_FILE_BYTES + 1))

    assert len(bomb) < 2**20
    with pytest.raises(UnsupportedImageError, match="inflates"):
        decode_slice(bomb)


@pytest.mark.parametrize("content", [b"", b"\x01\x02\x03 garbage"])
def test_deflated_garbage_is_refused(make_dicom, content):
    with pytest.raises(DicomError):
        decode_slice(deflated_head(make_dicom) + content)


@pytest.mark.parametrize("name", ["MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm"])
def test_a_codestream_of_another_size_than_the_header_says_is_refused(name):
    dataset = pydicom.dcmread(COLLECTION / name)
    dataset.Rows, dataset.Columns = 32, 128  # as many pixels, so that only the codestream can tell
    file = BytesIO()
    dataset.save_as(file)

    with pytest.raises(UnreadablePixelsError, match="size that the header says"):
        decode_slice(file.getvalue())


def test_a_codestream_that_says_it_is_huge_is_refused_before_decoding(make_dicom):
    dataset = pydicom.dcmread(COLLECTION / "MR_small_jp2klossless.dcm")
    dataset.PixelData = dataset.PixelData.replace(struct.pack(">2I", 64, 64), struct.pack(">2I", 60000, 60000), 1)
    file = BytesIO()
    dataset.save_as(file)

    with pytest.raises(UnreadablePixelsError, match="size that the header says"):
        decode_slice(file.getvalue())


@pytest.mark.parametrize("syntax", [MPEG2MPML, "1.2.3"])
def test_a_transfer_syntax_without_a_decoder_is_named_as_the_reason(syntax):
    with pytest.raises(UnreadablePixelsError, match="transfer syntax"):
        decode_slice(with_transfer_syntax(in_collection("MR_small_RLE.dcm"), syntax))


@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEG2000Lossless])
def test_a_corrupt_codestream_is_refused(make_dicom, syntax):
    data = make_dicom(transfer_syntax=ExplicitVRLittleEndian)
    dataset = pydicom.dcmread(BytesIO(data))
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([b"\xff\xd8\xff garbage "])
    dataset["PixelData"].is_undefined_length = True
    file = BytesIO()
    dataset.save_as(file)

    with pytest.raises(UnreadablePixelsError):
        decode_slice(file.getvalue())


@pytest.mark.parametrize("ending", [b"\x81\x00", b"\x01\x00\x00", b"\x7f" + bytes(128)])
def test_runs_that_go_beyond_the_image_are_refused(make_dicom, ending):
    dataset = pydicom.dcmread(BytesIO(make_dicom()))
    # PS3.5 G.5: how many segments there are, where each begins, and the segments; 48 pixels of two bytes.
    segment = b"\xd2\x00" + ending
    header = struct.pack("<16I", 2, 64, 64 + len(segment), *[0] * 13)
    dataset.PixelData = encapsulate([header + 2 * segment])
    file = BytesIO()
    dataset.save_as(file)

    with pytest.raises(UnreadablePixelsError):
        decode_slice(file.getvalue())


def test_sequences_nested_without_end_are_refused(make_dicom):
    # PS3.5 7.5.2: a sequence and an item of undefined length, again and again.
    sequence = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    plain = make_dicom(transfer_syntax=ExplicitVRLittleEndian)
    (length,) = struct.unpack_from("<I", plain, 140)

    with pytest.raises(UnsupportedImageError, match="nests"):
        decode_slice(plain[: 144 + length] + sequence * 20_000)


def test_no_message_names_the_patient(make_dicom, caplog):
    spoiled = make_dicom(transfer_syntax=ExplicitVRLittleEndian, PatientName="SECRET^NAME").replace(
        b"0.5\\0.25", b"SECRET!!"
    )
    cut = make_dicom(PatientName="SECRET^NAME")[:-60]

    image = decode_slice(spoiled)
    with pytest.raises(DicomError) as caught:
        decode_slice(cut)

    assert image.spacing_mm is None
    assert "SECRET" not in repr(image)
    assert "SECRET" not in str(caught.value)
    assert "SECRET" not in "".join(traceback.format_exception(caught.value))
    assert "SECRET" not in caplog.text


def test_whose_image_it_is_is_known_and_shown_in_no_repr(make_dicom):
    image = decode_slice(
        make_dicom(PatientName="SECRET^NAME", PatientID="SECRET-1", StudyInstanceUID="1.2.3.4711", SeriesNumber=12)
    )

    assert (image.patient.name, image.patient.patient_id, image.patient.series_number) == (
        "SECRET^NAME",
        "SECRET-1",
        "12",
    )
    assert image.patient.birth_date == ""
    for shown in (repr(image), repr(image.patient), str(image.patient), f"{image}"):
        assert "SECRET" not in shown
        assert "4711" not in shown


def test_identifiers_that_only_the_file_meta_has_are_found_there(make_dicom):
    image = decode_slice(make_dicom(SOPInstanceUID=None, FrameOfReferenceUID="1.2.9", StudyInstanceUID="1.2.8"))

    assert image.sop_class_uid == EnhancedMRImageStorage
    assert image.sop_instance_uid == "1002894806.801316590"
    assert (image.frame_of_reference_uid, image.study_uid, image.frame_number) == ("1.2.9", "1.2.8", None)


@pytest.mark.filterwarnings("ignore:The PN component length")  # from writing it
def test_a_text_that_is_longer_than_any_counts_as_absent(make_dicom):
    assert decode_slice(make_dicom(PatientName="A" * 20_000)).patient.name == ""


def test_a_header_says_the_same_as_the_slice(make_dicom, tmp_path):
    path = tmp_path / "7.dcm"
    path.write_bytes(make_dicom())

    header, image = read_header(path), read_slice(path)

    assert (header.rows, header.cols) == image.pixels.shape
    assert header.spacing_mm == image.spacing_mm
    assert header.instance_number == image.instance_number
    np.testing.assert_array_equal(header.plane.position_mm, image.plane.position_mm)


def test_the_intensity_range_leaves_out_one_percent_on_either_side(make_dicom):
    pixels = np.arange(10_000, dtype=np.uint16).reshape(100, 100)

    low, high = decode_slice(make_dicom(pixels)).intensity_range

    assert (low, high) == pytest.approx((99.99, 9899.01))
