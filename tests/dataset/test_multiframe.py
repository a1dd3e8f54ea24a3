"""Files with many frames: each is a slice of its own, with its own place and values."""

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import RLELossless

from lsdc.dataset.dicom import decode_slice, decode_slices, read_header
from lsdc.dataset.series import SeriesStack, group_by_series, neighbours_among
from lsdc.errors import UnreadablePixelsError, UnsupportedImageError

PIXELS = np.arange(4 * 6 * 8, dtype=np.uint16).reshape(4, 6, 8)


def heights_mm(slices):
    return [image.plane.position_mm[2] for image in slices]


@pytest.mark.parametrize("transfer_syntax", ["1.2.840.10008.1.2.1", RLELossless])
def test_each_frame_is_a_slice_with_its_own_place(make_frames, transfer_syntax):
    slices = decode_slices(make_frames(PIXELS, transfer_syntax=transfer_syntax))

    np.testing.assert_array_equal([image.pixels for image in slices], PIXELS)
    assert heights_mm(slices) == [4, 8, 12, 16]
    assert [image.frame_number for image in slices] == [1, 2, 3, 4]
    assert {image.spacing_mm for image in slices} == {(0.5, 0.25)}
    assert {image.series_uid for image in slices} == {"1.2.3"}


def test_what_a_frame_says_goes_before_what_all_say(make_frames):
    def second_is_finer(number):
        return {"PixelMeasures": {"PixelSpacing": [0.25, 0.25]}} if number == 2 else {}

    slices = decode_slices(make_frames(PIXELS, of_frame=second_is_finer))

    assert [image.spacing_mm for image in slices] == [(0.5, 0.25), (0.25, 0.25), (0.5, 0.25), (0.5, 0.25)]


def test_each_frame_has_its_own_values_and_window(make_frames):
    def own_values(number):
        return {
            "PixelValueTransformation": {"RescaleSlope": number, "RescaleIntercept": -1},
            "FrameVOILUT": {"WindowCenter": 10 * number, "WindowWidth": 5},
        }

    slices = decode_slices(make_frames(PIXELS, of_frame=own_values))

    for number, image in enumerate(slices, start=1):
        np.testing.assert_array_equal(image.pixels, PIXELS[number - 1] * np.float32(number) - 1)
        assert (image.window.center, image.window.width) == (10 * number, 5)


def test_frames_without_places_are_paged_by_their_numbers(make_dicom):
    # One place in the plain header cannot be that of all frames.
    data = make_dicom(
        PIXELS.reshape(24, 8), transfer_syntax="1.2.840.10008.1.2.1", NumberOfFrames=4, Rows=6, SeriesInstanceUID="1.2"
    )

    slices = decode_slices(data)
    (series,) = group_by_series(reversed(slices))

    assert [image.plane for image in slices] == [None] * 4
    assert slices[0].spacing_mm == (0.5, 0.25)
    assert [image.frame_number for image in series] == [1, 2, 3, 4]
    assert neighbours_among(slices, slices[1], 1) == slices[:3]


def test_a_single_frame_with_functional_groups_is_a_slice_without_a_number(make_frames):
    image = decode_slice(make_frames(PIXELS[:1]))

    np.testing.assert_array_equal(image.pixels, PIXELS[0])
    assert image.plane.position_mm[2] == 4
    assert image.frame_number is None


def test_neighbours_are_found_by_position_whatever_the_order_of_the_frames(make_frames):
    places = {1: 8, 2: 0, 3: 4, 4: 12}
    data = make_frames(
        PIXELS, of_frame=lambda number: {"PlanePosition": {"ImagePositionPatient": [0, 0, places[number]]}}
    )
    slices = decode_slices(data)

    around = neighbours_among(slices, slices[0], 2)

    assert [image and image.frame_number for image in around] == [2, 3, 1, 4, None]


def test_frames_of_one_file_are_neighbours_even_if_it_does_not_name_its_series(make_frames):
    slices = decode_slices(make_frames(PIXELS, SeriesInstanceUID=""))
    strangers = decode_slices(make_frames(PIXELS, SeriesInstanceUID="", SOPInstanceUID="1.9"))

    around = neighbours_among([*strangers, *slices], slices[0], 1)

    assert around == [None, slices[0], slices[1]]


def test_a_data_set_takes_no_file_of_many_frames(make_frames, tmp_path):
    (tmp_path / "1.dcm").write_bytes(make_frames(PIXELS))

    with pytest.raises(UnsupportedImageError, match="4 frames"):
        read_header(tmp_path / "1.dcm")
    (skipped,) = SeriesStack.from_folder(tmp_path).skipped

    assert skipped.reason == "The file holds 4 frames."


def test_frames_that_are_not_described_are_refused(make_frames):
    with pytest.raises(UnreadablePixelsError, match="holds 4 frames, and describes 1"):
        decode_slices(make_frames(PIXELS, PerFrameFunctionalGroupsSequence=[Dataset()]))


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"NumberOfFrames": 1_000_000}, "1000000 frames"),
        ({"NumberOfFrames": 513}, "513 frames"),
        ({"NumberOfFrames": 500, "Rows": 4000, "Columns": 4000}, "500 frames of 4000 × 4000"),
        ({"Rows": 65535, "Columns": 65535}, "65535 × 65535"),
    ],
)
def test_more_than_any_series_has_is_refused(make_frames, claims, reason):
    with pytest.raises(UnsupportedImageError, match=reason):
        decode_slices(make_frames(PIXELS, **claims))


@pytest.mark.parametrize("claims", [{"NumberOfFrames": 5}, {"NumberOfFrames": 0}, {"NumberOfFrames": -3}])
def test_a_number_of_frames_that_is_not_there_is_refused(make_frames, claims):
    groups = [Dataset() for _ in range(max(claims["NumberOfFrames"], 0))]

    with pytest.raises(UnreadablePixelsError):
        decode_slices(make_frames(PIXELS, PerFrameFunctionalGroupsSequence=groups, **claims))
