"""What many crops look like together."""

import numpy as np
import pandas as pd
import pytest

from lsdc.config import preset
from lsdc.labels import Severity
from lsdc.preprocessing.crop_statistics import (
    mean_brightness,
    mean_crops,
    sample_by_grade,
    sample_groups,
    severe_auc,
)


def test_the_mean_crop_of_a_grade_is_that_of_its_own_crops():
    crops = [np.full((2, 2), value, np.uint8) for value in (10, 20, 200)]

    means = mean_crops(crops, ["Severe", "Severe", "Normal/Mild"])

    assert list(means) == [Severity.NORMAL_MILD, Severity.SEVERE]
    assert means[Severity.SEVERE].tolist() == [[15, 15], [15, 15]]


def test_brightness_tells_severe_apart_as_its_auc_says():
    brightness = mean_brightness([np.full((2, 2), value, np.uint8) for value in (0, 51, 102, 255)])

    assert brightness.tolist() == pytest.approx([0, 0.2, 0.4, 1])
    assert severe_auc(brightness, ["Severe", "Moderate", "Normal/Mild", "Moderate"]) == 0.0
    assert severe_auc(brightness, ["Moderate", "Severe", "Normal/Mild", "Moderate"]) == pytest.approx(1 / 3)
    assert np.isnan(severe_auc(brightness, ["Severe"] * 4))


def test_a_sample_has_so_many_of_each_grade_and_is_the_same_again():
    table = pd.DataFrame(
        {"image": [f"{number:02}" for number in range(40)], "severity": ["Moderate"] * 30 + ["Severe"] * 4 + [None] * 6}
    )

    sample = sample_by_grade(table, 10, seed=0)

    assert sample["severity"].value_counts().to_dict() == {"Moderate": 10, "Severe": 4}
    assert sample["image"].is_monotonic_increasing
    pd.testing.assert_frame_equal(sample, sample_by_grade(table, 10, seed=0))


def test_samples_are_of_one_condition_on_one_sequence_and_of_one_side_unless_mirrored():
    words = [
        ("subarticular_stenosis", "left", "Axial T2"),
        ("subarticular_stenosis", "right", "Axial T2"),
        ("spinal_canal_stenosis", "midline", "Sagittal T2/STIR"),
    ]
    table = pd.DataFrame(words * 20, columns=["condition", "side", "series_description"])
    table = table.assign(severity="Severe", image="1.dcm")
    crop = preset("recommended").crop

    mirrored = sample_groups(table, crop.model_copy(update={"mirror_right": True}), 36, seed=0)
    apart = sample_groups(table, crop.model_copy(update={"mirror_right": False}), 36, seed=0)

    assert {title: len(rows) for title, rows in mirrored.items()} == {
        "Spinal Canal Stenosis on Sagittal T2/STIR": 6,
        "Subarticular Stenosis on Axial T2": 6,
    }
    assert list(apart) == [
        "Spinal Canal Stenosis on Sagittal T2/STIR",
        "Left Subarticular Stenosis on Axial T2",
        "Right Subarticular Stenosis on Axial T2",
    ]
