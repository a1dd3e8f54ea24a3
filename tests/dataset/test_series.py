"""Who is beside whom in a series, whatever the files are numbered."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import ExplicitVRLittleEndian
from scipy.spatial.transform import Rotation

from lsdc.dataset.dicom import SliceHeader, decode_slice
from lsdc.dataset.geometry import ImagePlane
from lsdc.dataset.series import Member, SeriesStack, group_by_series, neighbours_among
from lsdc.errors import MissingFileError, UnreadablePixelsError

AXIAL = ((1, 0, 0), (0, 1, 0))
SAGITTAL = ((0, 1, 0), (0, 0, -1))


def member(number, position_mm=None, orientation=AXIAL, name=None):
    plane = None
    if position_mm is not None:
        row, column = (np.array(cosines, float) for cosines in orientation)
        plane = ImagePlane(
            position_mm=position_mm * np.abs(np.cross(row, column)),
            row_cosines=row,
            column_cosines=column,
            spacing_mm=(1.0, 1.0),
        )
    info = SliceHeader(
        rows=4,
        cols=4,
        spacing_mm=(1.0, 1.0),
        plane=plane,
        instance_number=number,
        series_description="T2",
        window=None,
        synthetic=False,
    )
    return Member(path=Path(name or f"{number}.dcm"), info=info)


def numbers(neighbours):
    return [int(path.stem) for path, _ in neighbours]


def tilted(degrees):
    tilt = Rotation.from_euler("x", degrees, degrees=True)
    return tilt.apply(AXIAL[0]), tilt.apply(AXIAL[1])


@given(st.permutations([0.0, 4.0, 8.0, 12.0, 16.0]))
def test_neighbours_follow_position_not_number(positions_mm):
    stack = SeriesStack.from_members(member(number, mm) for number, mm in enumerate(positions_mm))

    around = numbers(stack.neighbours(positions_mm.index(8.0), 2))

    assert [positions_mm[number] for number in around] == [0.0, 4.0, 8.0, 12.0, 16.0]


def test_gaps_in_the_numbers_are_no_gaps_in_the_series():
    stack = SeriesStack.from_members([member(25, 0), member(26, 4), member(5026, 8)])

    assert stack.neighbours(26, 1) == [(Path("25.dcm"), True), (Path("26.dcm"), True), (Path("5026.dcm"), True)]


def test_at_an_end_the_last_slice_repeats_and_says_so():
    stack = SeriesStack.from_members([member(1, 0), member(2, 4)])

    assert stack.neighbours(1, 2) == [
        (Path("1.dcm"), False),
        (Path("1.dcm"), False),
        (Path("1.dcm"), True),
        (Path("2.dcm"), True),
        (Path("2.dcm"), False),
    ]


def test_sagittal_slices_go_from_the_patients_right_to_the_left_whichever_way_they_are_stored():
    seen_from_right = ((0, -1, 0), (0, 0, -1))
    for orientation in (SAGITTAL, seen_from_right):
        stack = SeriesStack.from_members(
            [member(1, 10, orientation), member(2, 0, orientation), member(3, -10, orientation)]
        )

        assert numbers(stack.neighbours(2, 1)) == [3, 2, 1]


def test_slices_of_another_tilt_are_no_neighbours():
    stack = SeriesStack.from_members(
        [member(1, 0), member(2, 4), member(3, 5, tilted(15)), member(4, 6, tilted(6)), member(5, 8, tilted(4))]
    )

    assert numbers(stack.neighbours(2, 1)) == [1, 2, 5]
    assert stack.neighbours(3, 1) == [(Path("3.dcm"), False), (Path("3.dcm"), True), (Path("3.dcm"), False)]


def test_without_positions_the_numbers_order():
    stack = SeriesStack.from_members([member(10), member(9), member(2)])

    assert numbers(stack.neighbours(9, 1)) == [2, 9, 10]


def test_a_slice_without_position_is_no_neighbour_of_one_with():
    stack = SeriesStack.from_members([member(1, 0), member(2), member(3, 4)])

    assert numbers(stack.neighbours(1, 1)) == [1, 1, 3]


@pytest.mark.parametrize("asked", [2, 3])
def test_of_two_slices_at_one_place_the_one_asked_for_stays(asked):
    stack = SeriesStack.from_members([member(1, 0), member(2, 4), member(3, 4), member(4, 8)])

    assert numbers(stack.neighbours(asked, 1)) == [1, asked, 4]


def test_the_name_of_a_file_goes_before_the_number_in_its_header():
    stack = SeriesStack.from_members([member(5, 0, name="7.dcm"), member(7, 4, name="5.dcm")])

    assert stack.neighbours(7, 0) == [(Path("7.dcm"), True)]


def test_a_file_of_another_name_is_found_by_its_header():
    stack = SeriesStack.from_members([member(5, 0, name="IM0001")])

    assert stack.neighbours(5, 0) == [(Path("IM0001"), True)]


def test_a_slice_that_is_not_there_is_told():
    with pytest.raises(MissingFileError, match="no readable slice 9"):
        SeriesStack.from_members([member(1, 0)]).neighbours(9, 1)


def test_unreadable_files_are_skipped_with_the_reason(make_dicom, tmp_path):
    for number in (1, 2, 4):
        (tmp_path / f"{number}.dcm").write_bytes(
            make_dicom(InstanceNumber=number, ImagePositionPatient=[0, 0, 4 * number])
        )
    (tmp_path / "3.dcm").touch()
    (tmp_path / "5.dcm").write_bytes(b"not an image")

    stack = SeriesStack.from_folder(tmp_path)

    assert numbers(stack.neighbours(2, 1)) == [1, 2, 4]
    assert {file.path.name: file.reason for file in stack.skipped} == {
        "3.dcm": "The file is empty.",
        "5.dcm": "This is not a DICOM file.",
    }


def test_slices_of_several_sizes_are_one_series(make_dicom, tmp_path):
    for number, size in ((1, 8), (2, 16)):
        pixels = np.zeros((size, size), np.uint16)
        (tmp_path / f"{number}.dcm").write_bytes(
            make_dicom(pixels, InstanceNumber=number, ImagePositionPatient=[0, 0, number])
        )

    assert numbers(SeriesStack.from_folder(tmp_path).neighbours(1, 1)) == [1, 1, 2]


def test_uploaded_slices_have_the_neighbours_that_their_files_would_have(make_dicom, tmp_path):
    slices = {}
    for number in (5, 3, 1, 2, 4):
        data = make_dicom(InstanceNumber=number, ImagePositionPatient=[0, 0, 4 * number], SeriesInstanceUID="1.2")
        (tmp_path / f"{number}.dcm").write_bytes(data)
        slices[number] = decode_slice(data)
    stack = SeriesStack.from_folder(tmp_path)

    for number in (1, 3, 5):
        in_memory = neighbours_among(list(slices.values()), slices[number], 2)
        from_files = stack.read_around(number, 2)

        assert [image and image.instance_number for image in in_memory] == [
            image and image.instance_number for image in from_files
        ]


def test_slices_of_another_series_or_tilt_are_no_neighbours_of_an_upload(make_dicom):
    def upload(number, series="1.2", orientation=AXIAL):
        cosines = [float(value) for axis in orientation for value in axis]
        return decode_slice(
            make_dicom(
                InstanceNumber=number,
                ImagePositionPatient=[0, 0, 4 * number],
                ImageOrientationPatient=cosines,
                SeriesInstanceUID=series,
            )
        )

    own, above = upload(1), upload(4)
    others = [upload(2, series="1.3"), upload(3, orientation=SAGITTAL)]

    assert neighbours_among([*others, above, own], own, 1) == [None, own, above]
    assert [len(series) for series in group_by_series([*others, above, own])] == [1, 3]


def test_slices_that_do_not_say_their_series_are_nobodys_neighbours(make_dicom):
    own, other = (
        decode_slice(make_dicom(InstanceNumber=number, ImagePositionPatient=[0, 0, 4 * number])) for number in (1, 2)
    )

    assert own.series_uid == other.series_uid == ""
    assert neighbours_among([own, other], own, 1) == [None, own, None]


@pytest.mark.parametrize(
    "other", [{"StudyInstanceUID": "1.8"}, {"PatientID": "SECRET-4712"}, {"PatientName": "Secret"}]
)
@pytest.mark.parametrize("series", [{}, {"SeriesInstanceUID": "1.2"}], ids=["unsaid", "said"])
def test_slices_of_another_study_or_patient_are_another_series_whatever_they_say_of_it(make_dicom, series, other):
    own, same, foreign = (
        decode_slice(make_dicom(InstanceNumber=number, ImagePositionPatient=[0, 0, 4 * number], **series, **changes))
        for number, changes in ((1, {}), (3, {}), (2, other))
    )

    assert group_by_series([own, foreign, same]) == [[own, same], [foreign]]
    assert foreign not in neighbours_among([own, foreign, same], own, 1)


def test_slices_of_a_series_are_listed_by_position_not_by_number(make_dicom):
    heights_mm = {1: 8.0, 2: 0.0, 3: 4.0}
    slices = [
        decode_slice(make_dicom(InstanceNumber=number, ImagePositionPatient=[0, 0, mm], SeriesInstanceUID="1.2"))
        for number, mm in heights_mm.items()
    ]

    (series,) = group_by_series(slices)

    assert [image.instance_number for image in series] == [2, 3, 1]


def test_a_neighbour_without_readable_pixels_is_missing_and_an_own_slice_without_them_is_told(make_dicom, tmp_path):
    for number in (1, 2):
        data = make_dicom(
            transfer_syntax=ExplicitVRLittleEndian, InstanceNumber=number, ImagePositionPatient=[0, 0, 4 * number]
        )
        (tmp_path / f"{number}.dcm").write_bytes(data if number == 1 else data[:-10])
    stack = SeriesStack.from_folder(tmp_path)

    missing, own, cut_off = stack.read_around(1, 1)
    with pytest.raises(UnreadablePixelsError):
        stack.read_around(2, 1)

    assert own.instance_number == 1
    assert missing is None
    assert cut_off is None


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(MissingFileError, match="does not exist"):
        SeriesStack.from_folder(tmp_path / "none")
