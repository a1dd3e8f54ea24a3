"""Studies that are drawn in part, and slices that are not written."""

from __future__ import annotations

import numpy as np
import pytest

from lsdc.dataset.dicom import read_slice
from lsdc.dataset.phantom import generate_study
from lsdc.dataset.phantom.dicom_files import slice_as_read, write_series
from lsdc.labels import Sequence

SEED, INDEX, IMAGE_PX = 11, 3, 48


@pytest.fixture(scope="module")
def whole():
    return generate_study(SEED, INDEX, image_px=IMAGE_PX)


@pytest.mark.parametrize(
    "sequences", [set(), {Sequence.AXIAL_T2}, {Sequence.SAGITTAL_T1, Sequence.SAGITTAL_T2}], ids=["none", "one", "two"]
)
def test_a_part_of_a_study_is_the_same_as_in_the_whole(whole, sequences):
    part = generate_study(SEED, INDEX, image_px=IMAGE_PX, sequences=sequences)

    expected = [series for series in whole.series if series.sequence in sequences]
    assert (part.study_id, part.labels) == (whole.study_id, whole.labels)
    assert [series.series_id for series in part.series] == [series.series_id for series in expected]
    for drawn, known in zip(part.series, expected, strict=True):
        for image, same in zip(drawn.slices, known.slices, strict=True):
            np.testing.assert_array_equal(image.pixels, same.pixels)
            np.testing.assert_array_equal(image.plane.position_mm, same.plane.position_mm)
            assert image.instance_number == same.instance_number


def test_series_of_a_study_do_not_share_their_noise(whole):
    first, second = (series.slices[0].pixels[:8, :8].astype(float) for series in whole.series[:2])

    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.5


def test_a_slice_in_memory_is_the_one_that_is_read_from_its_file(whole, tmp_path):
    series = whole.series[-1]
    write_series(tmp_path / "series", whole.study_id, series)
    for image in series.slices:
        read = read_slice(tmp_path / "series" / f"{image.instance_number}.dcm")

        in_memory = slice_as_read(whole.study_id, series, image)

        np.testing.assert_array_equal(in_memory.pixels, read.pixels)
        assert in_memory.pixels.dtype == read.pixels.dtype
        assert vars_without_arrays(in_memory) == vars_without_arrays(read)


def vars_without_arrays(image):
    """All that a slice says, comparable: its plane as lists, and the place of its pixels left out."""
    values = {name: value for name, value in vars(image).items() if name not in ("pixels", "plane")}
    plane = {name: np.asarray(value).tolist() for name, value in vars(image.plane).items()}
    return values | {"plane": plane}
