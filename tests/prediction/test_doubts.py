"""What a slice says against an answer: its weighting, and where it lies in its series."""

from dataclasses import replace

import pytest

from lsdc.dataset.dicom import read_header, read_slice
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.series import SeriesStack
from lsdc.dataset.tables import load_label_table
from lsdc.dataset.weighting import Weighting, weighting_of
from lsdc.labels import Condition, Side
from lsdc.prediction.doubts import doubt_of_slice, doubts


@pytest.fixture(scope="module")
def rows(phantom_root):
    return load_label_table(phantom_root)


@pytest.fixture
def header(phantom_root, rows):
    return read_header(phantom_root / rows["image"].iloc[0])


@pytest.mark.parametrize(
    ("echo_ms", "repetition_ms", "description", "expected"),
    [
        (12, 600, "", Weighting.T1),
        (100, 3500, "", Weighting.T2),
        # What the scanner measured counts for more than what somebody called it.
        (100, 3500, "sag t1", Weighting.T2),
        (30, 3000, "pd fs", None),
        (9, 2200, "SAG T1 FLAIR", Weighting.T1),
        (40, 4000, "STIR", Weighting.T2),
        (None, 600, "T1", Weighting.T1),
        (None, None, "t1 and t2", None),
        (None, None, "", None),
    ],
)
def test_the_weighting_is_told_by_the_times_and_then_by_the_words(
    header, echo_ms, repetition_ms, description, expected
):
    times = {"echo_time_ms": echo_ms, "repetition_time_ms": repetition_ms}

    assert weighting_of(replace(header, **times, series_description=description)) is expected


@pytest.mark.parametrize(("modality", "said"), [("CT", True), ("MR", False), ("", False)])
def test_an_image_of_another_machine_is_said(looking_run, phantom_root, rows, modality, said):
    row = rows.iloc[0]
    image = replace(read_slice(phantom_root / row["image"]), modality=modality)
    point = PixelPoint.from_xy(row["x"], row["y"])

    found = doubts(looking_run, image, point, condition=Condition(row["condition"]), side=Side(row["side"]))

    assert any("no MR image but CT" in doubt for doubt in found) is said


def test_a_series_of_the_other_weighting_is_said(looking_run, phantom_root, rows):
    foraminal = rows.query("condition == 'neural_foraminal_narrowing'").iloc[0]
    image = replace(read_slice(phantom_root / foraminal["image"]), echo_time_ms=90.0, repetition_time_ms=3000.0)
    point = PixelPoint.from_xy(foraminal["x"], foraminal["y"])

    def said(condition):
        return " ".join(doubts(looking_run, image, point, condition=condition, side=Side.LEFT))

    assert "T2-weighted slice; the run learned from T1-weighted ones" in said(Condition.NEURAL_FORAMINAL_NARROWING)
    assert "weighted" not in said(Condition.SPINAL_CANAL_STENOSIS)


def test_sagittal_points_of_the_data_set_are_never_doubted_on_their_own_side_and_often_on_the_other(phantom_root, rows):
    foraminal = rows.query("condition == 'neural_foraminal_narrowing'")
    doubted = []
    for row in foraminal.itertuples():
        path = phantom_root / row.image
        series = [member.info for member in SeriesStack.from_folder(path.parent).members]
        own = read_header(path)
        right, left = (doubt_of_slice(own, series, side) for side in (Side.RIGHT, Side.LEFT))
        of_own, of_other = (left, right) if row.side == "left" else (right, left)
        assert not of_own
        doubted.append(bool(of_other))

    assert sum(doubted) > 0.8 * len(foraminal)


def test_the_assumption_is_said_with_the_doubt(phantom_root, rows):
    row = rows.query("condition == 'neural_foraminal_narrowing' and side == 'left'").iloc[0]
    path = phantom_root / row["image"]
    series = [member.info for member in SeriesStack.from_folder(path.parent).members]

    said = doubt_of_slice(read_header(path), series, Side.RIGHT)

    assert "to the patient's left of the middle of its series, and the right was asked for" in said
    assert "if the series is centred on the spine" in said


def test_an_axial_slice_lies_on_neither_side(phantom_root, rows):
    path = phantom_root / rows.query("condition == 'subarticular_stenosis'").iloc[0]["image"]
    series = [member.info for member in SeriesStack.from_folder(path.parent).members]

    assert not any(doubt_of_slice(read_header(path), series, side) for side in Side)
