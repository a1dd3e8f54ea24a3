"""What pages say of a series."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lsdc.dataset.dicom import PatientHeader, decode_slice
from lsdc.ui.series import UploadedSeries, series_names


@pytest.fixture
def parallel(planted_slice):
    """Three slices of one series, 4 mm apart."""
    image = decode_slice(planted_slice())
    normal = image.plane.normal
    return [
        replace(image, plane=replace(image.plane, position_mm=image.plane.position_mm + 4 * place * normal))
        for place in range(3)
    ]


def series(slices):
    return UploadedSeries(headers=slices, image_ids=[str(place) for place in range(len(slices))])


def of_patient(image, number, study):
    return series([replace(image, patient=PatientHeader(patient_id=number, name="Zwonkowa"), study_uid=study)])


def tilted(image):
    turn = Rotation.from_rotvec(np.deg2rad(10) * image.plane.row_cosines)
    return replace(image, plane=replace(image.plane, column_cosines=turn.apply(image.plane.column_cosines)))


def test_at_the_end_of_a_series_no_more_were_uploaded(parallel):
    assert series(parallel).why_no_more(2) == "no more were uploaded"


def test_a_neighbour_at_another_tilt_was_uploaded_and_is_none(parallel):
    *others, last = parallel
    slices = series([*others, tilted(last)])

    assert [image is not None for image in slices.around(1, 1)] == [True, True, False]
    assert slices.why_no_more(1) == "no more at this tilt were uploaded"


def test_slices_that_do_not_say_their_series_are_no_neighbours(parallel):
    slices = series([replace(image, series_uid="") for image in parallel])

    assert [image is not None for image in slices.around(1, 1)] == [False, True, False]
    assert "does not say its series" in slices.why_no_more(1)


def test_series_that_look_alike_have_names_of_their_own(parallel):
    image, *_ = [replace(one, series_description="T2") for one in parallel]

    assert series_names([series([image])] * 3) == [
        "T2 · axial · 1 slice",
        "T2 · axial · 1 slice (2)",
        "T2 · axial · 1 slice (3)",
    ]


def test_series_of_several_patients_are_numbered_by_them_and_name_nobody(parallel):
    image, *_ = [replace(one, series_description="T2") for one in parallel]
    patients = [of_patient(image, number, study) for number, study in (("QX-1", "1"), ("QX-2", "2"), ("QX-1", "1"))]
    studies = [of_patient(image, "QX-1", study) for study in ("1", "2")]

    assert series_names(patients) == [
        "T2 · axial · 1 slice · patient 1",
        "T2 · axial · 1 slice · patient 2",
        "T2 · axial · 1 slice · patient 1 (2)",
    ]
    assert series_names(studies) == ["T2 · axial · 1 slice · study 1", "T2 · axial · 1 slice · study 2"]


def test_a_description_that_reads_as_a_number_of_the_list_takes_nobodys_name(parallel):
    image, *_ = parallel
    described = ["", "axial", "axial · 1 slice", "axial · 1 slice (2)", "", "axial"]

    names = series_names([series([replace(image, series_description=words)]) for words in described])

    assert len(set(names)) == len(names)
