"""Planted defects are there, and the list of them is the truth."""

from __future__ import annotations

import pandas as pd
import pydicom
import pytest

from lsdc.dataset.phantom import DEFECTS, parse_defects, write_phantom
from lsdc.dataset.phantom.point_defects import POINT_DEFECTS
from lsdc.errors import ConfigError

KEYS = ["study_id", "condition", "level"]
PLACE = ["series_id", "instance_number", "x", "y"]


@pytest.fixture(scope="module")
def planted(spoilt_phantom):
    return pd.read_csv(spoilt_phantom / "defects.csv")


@pytest.fixture(scope="module")
def clean_points(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean") / "phantom"
    write_phantom(folder, studies=10, seed=5, image_px=32, workers=1)
    return pd.read_csv(folder / "train_label_coordinates.csv").set_index(KEYS).sort_index()


def listed(planted, defect):
    rows = planted[planted["defect"] == defect]
    sides = rows["side"].where(rows["side"] != "midline", "")
    titles = (sides + " " + rows["condition"].str.replace("_", " ")).str.strip().str.title()
    return pd.MultiIndex.from_arrays([rows["study_id"], titles, rows["level"]], names=KEYS)


def test_all_plants_two_of_each_kind_and_what_is_exchanged_has_two_rows(planted):
    counts = planted["defect"].value_counts().to_dict()
    pairs = ("swapped_sides", "exchanged_levels", "duplicate_image", "moved_slice", "wrong_description")

    assert counts.pop("swapped_series") >= 8
    assert counts == {name: 4 if name in pairs else 2 for name in DEFECTS if name != "swapped_series"}


def test_exactly_the_listed_points_differ_from_the_clean_data(spoilt_phantom, planted, clean_points):
    spoilt = pd.read_csv(spoilt_phantom / "train_label_coordinates.csv").set_index(KEYS)
    lost = clean_points.index.difference(spoilt.index)
    differs = (spoilt[PLACE] != clean_points.loc[spoilt.index, PLACE]).any(axis=1)

    assert set(lost) == set(listed(planted, "missing_points"))
    moves = [name for name in POINT_DEFECTS if name != "missing_points"]
    assert set(spoilt.index[differs]) == {row for name in moves for row in listed(planted, name)}


def test_a_point_at_the_wrong_level_lies_where_the_next_level_was_marked(spoilt_phantom, planted, clean_points):
    spoilt = pd.read_csv(spoilt_phantom / "train_label_coordinates.csv").set_index(KEYS)
    order = ["L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1"]

    for study, condition, level in listed(planted, "wrong_level"):
        here = spoilt.loc[(study, condition, level), PLACE].tolist()
        places = clean_points.loc[(study, condition)][PLACE]
        marked = [name for name, place in places.iterrows() if place.tolist() == here]
        assert [abs(order.index(name) - order.index(level)) for name in marked] == [1]


def test_listed_files_are_empty_cut_or_missing(spoilt_phantom, planted):
    files = planted[planted["defect"].isin(["empty_file", "cut_file", "missing_file"])]
    for row in files.itertuples():
        path = (
            spoilt_phantom
            / "train_images"
            / str(row.study_id)
            / f"{row.series_id:.0f}"
            / f"{row.instance_number:.0f}.dcm"
        )
        if row.defect == "missing_file":
            assert not path.exists()
        elif row.defect == "empty_file":
            assert path.stat().st_size == 0
        else:
            with pytest.warns(UserWarning, match="End of file reached"):
                dataset = pydicom.dcmread(path)
            assert "PixelData" not in dataset


def test_no_level_of_a_study_has_two_defects_of_points(planted):
    points = planted[planted["level"].notna()]
    levels = points.groupby(["study_id", "level"])["defect"].nunique()

    assert (levels == 1).all()


def test_without_defects_there_is_no_list(small_phantom):
    assert not (small_phantom / "defects.csv").exists()


def test_a_choice_of_defects_is_read():
    assert parse_defects("wrong_level:3, empty_file:1") == {"wrong_level": 3, "empty_file": 1}
    assert set(parse_defects("all")) == set(DEFECTS)


@pytest.mark.parametrize(
    "text", ["", "wrong_level", "typo:2", "wrong_level:0", "wrong_level:-1", "cut_file:1,cut_file:2"]
)
def test_another_choice_is_refused_and_the_names_are_told(text):
    with pytest.raises(ConfigError, match="wrong_level"):
        parse_defects(text)


def test_more_defects_than_points_are_refused_and_nothing_is_left(tmp_path):
    with pytest.raises(ConfigError, match="find a place"):
        write_phantom(tmp_path / "out", studies=1, image_px=32, defects={"missing_points": 26}, workers=1)

    assert list(tmp_path.iterdir()) == []
