from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lsdc import labels
from lsdc.config import SideChoice, TrainingConfig
from lsdc.dataset.challenge_files import GRADE_COLUMNS, GRADES_FILE, POINTS_FILE, SERIES_FILE
from lsdc.dataset.tables import (
    COLUMNS,
    balance,
    data_fingerprint,
    is_synthetic,
    labelled,
    load_label_table,
    load_series_table,
    rows_for_training,
    select_rows,
    studies_without_images,
    write_table,
)
from lsdc.errors import LsdcError, MissingFileError, TableError
from lsdc.labels import TARGETS, Condition, Level, Severity, Side, Target

LEFT_SUBARTICULAR = Target(Condition.SUBARTICULAR_STENOSIS, Side.LEFT)
RIGHT_SUBARTICULAR = Target(Condition.SUBARTICULAR_STENOSIS, Side.RIGHT)

DataSet = Callable[..., Path]


@pytest.fixture
def data_set(tmp_path: Path) -> DataSet:
    """Write the CSV files of complete studies, all Normal/Mild but for `grades`: {(study, column): word}."""

    def write(studies: tuple[int, ...] = (2, 1), grades: dict[tuple[int, str], str] | None = None) -> Path:
        grade_table = pd.DataFrame({"study_id": studies} | dict.fromkeys(GRADE_COLUMNS, "Normal/Mild"))
        for (study, column), word in (grades or {}).items():
            grade_table.loc[grade_table["study_id"] == study, column] = word
        sequences = list(enumerate(labels.Sequence, start=1))
        series = [(study, 10 * study + number, sequence.value) for study in studies for number, sequence in sequences]
        points = [
            (study, series_id, 3, target.title, level.value, 10.5, 20.25)
            for study, series_id, sequence in series
            for target in TARGETS
            if target.condition.sequence == sequence
            for level in Level
        ]
        grade_table.to_csv(tmp_path / GRADES_FILE, index=False)
        pd.DataFrame(
            points, columns=["study_id", "series_id", "instance_number", "condition", "level", "x", "y"]
        ).to_csv(tmp_path / POINTS_FILE, index=False)
        pd.DataFrame(series, columns=["study_id", "series_id", "series_description"]).to_csv(
            tmp_path / SERIES_FILE, index=False
        )
        return tmp_path

    return write


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_each_point_becomes_one_row_with_its_grade_series_and_image(data_set: DataSet) -> None:
    root = data_set(grades={(1, LEFT_SUBARTICULAR.column(Level.L4_L5)): "Severe"})

    table = load_label_table(root)

    assert len(table) == 2 * 25
    severe = table[table["severity"] == "Severe"]
    assert severe.to_dict("records") == [
        {
            "study_id": 1,
            "series_id": 11,
            "instance_number": 3,
            "condition": "subarticular_stenosis",
            "side": "left",
            "level": "L4/L5",
            "x": 10.5,
            "y": 20.25,
            "series_description": "Axial T2",
            "severity": "Severe",
            "image": "train_images/1/11/3.dcm",
        }
    ]


def test_columns_and_types_are_those_that_every_reader_relies_on(data_set: DataSet) -> None:
    table = load_label_table(data_set())

    assert tuple(table.columns) == COLUMNS
    assert table.dtypes[["study_id", "series_id", "instance_number"]].tolist() == ["int64"] * 3
    assert table.dtypes[["x", "y"]].tolist() == ["float64"] * 2
    assert table.dtypes[["condition", "side", "level", "series_description", "image"]].tolist() == ["str"] * 5
    assert table["severity"].cat.ordered
    assert table["severity"].cat.categories.tolist() == [severity.value for severity in Severity]
    assert isinstance(table.index, pd.RangeIndex)


def test_rows_are_sorted_whatever_the_order_of_the_files(data_set: DataSet) -> None:
    ascending = load_label_table(data_set(studies=(1, 2)))
    descending = load_label_table(data_set(studies=(2, 1)))

    pd.testing.assert_frame_equal(ascending, descending)


def test_a_point_without_a_grade_stays_as_missing(data_set: DataSet) -> None:
    root = data_set(grades={(1, LEFT_SUBARTICULAR.column(Level.L1_L2)): ""})

    table = load_label_table(root)

    assert len(table) == 50
    assert table["severity"].isna().sum() == 1
    assert len(labelled(table)) == 49


def test_a_study_without_points_has_no_rows(data_set: DataSet) -> None:
    root = data_set()
    points = pd.read_csv(root / POINTS_FILE)
    points[points["study_id"] == 1].to_csv(root / POINTS_FILE, index=False)

    assert load_label_table(root)["study_id"].unique().tolist() == [1]


def test_marks_of_other_programs_do_no_harm(data_set: DataSet) -> None:
    root = data_set()
    plain = load_label_table(root)
    for name in (GRADES_FILE, POINTS_FILE, SERIES_FILE):
        table = pd.read_csv(root / name, dtype=str).assign(remark="from a spreadsheet")
        table.to_csv(root / name, index=False, lineterminator="\r\n", encoding="utf-8-sig")

    pd.testing.assert_frame_equal(load_label_table(root), plain)


@pytest.mark.parametrize("name", [GRADES_FILE, POINTS_FILE, SERIES_FILE])
def test_a_missing_file_is_named_with_the_ways_to_get_it(data_set: DataSet, name: str) -> None:
    root = data_set()
    (root / name).unlink()

    with pytest.raises(MissingFileError) as failure:
        load_label_table(root)

    assert name in failure.value.happened
    assert "Kaggle" in failure.value.fix
    assert "python -m lsdc demo --out DIR" in failure.value.fix


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="nowhere"):
        load_label_table(tmp_path / "nowhere")


@pytest.mark.parametrize("name", [GRADES_FILE, POINTS_FILE, SERIES_FILE])
@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\x00\x01", b'study_id\n"1\n'])
def test_a_file_that_is_no_table_is_refused_by_name(data_set: DataSet, name: str, content: bytes) -> None:
    root = data_set()
    (root / name).write_bytes(content)

    with pytest.raises(TableError, match=name):
        load_label_table(root)


@pytest.mark.parametrize("name", [GRADES_FILE, POINTS_FILE, SERIES_FILE])
def test_a_header_without_rows_is_refused(data_set: DataSet, name: str) -> None:
    root = data_set()
    header = (root / name).read_text().splitlines()[0]
    (root / name).write_text(header + "\n")

    with pytest.raises(TableError, match=f"{name} has a header and no rows"):
        load_label_table(root)


@pytest.mark.parametrize(
    ("name", "column"),
    [(GRADES_FILE, "left_subarticular_stenosis_l4_l5"), (POINTS_FILE, "x"), (SERIES_FILE, "series_description")],
)
def test_a_missing_column_is_named_with_its_file(data_set: DataSet, name: str, column: str) -> None:
    root = data_set()
    pd.read_csv(root / name).drop(columns=column).to_csv(root / name, index=False)

    with pytest.raises(TableError, match=f"{name} has no column {column}"):
        load_label_table(root)


def test_a_row_longer_than_the_header_is_refused(data_set: DataSet) -> None:
    """pandas would silently read every value under its neighbour's name."""
    root = data_set()
    header, *rows = (root / SERIES_FILE).read_text().splitlines()
    (root / SERIES_FILE).write_text("\n".join([header, *(f"{row},x" for row in rows)]))

    with pytest.raises(TableError, match="longer than its header"):
        load_label_table(root)


@pytest.mark.parametrize("word", ["severe", "Mild", "2", "nan"])
def test_a_grade_outside_the_three_words_is_named_with_study_and_column(data_set: DataSet, word: str) -> None:
    root = data_set(grades={(2, "spinal_canal_stenosis_l1_l2"): word})

    with pytest.raises(TableError) as failure:
        load_label_table(root)

    assert f"“{word}” in column spinal_canal_stenosis_l1_l2 of study 2" in failure.value.happened
    assert "Normal/Mild" in failure.value.expected


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (POINTS_FILE, "Left Subarticular Stenosis", "Upper Subarticular Stenosis"),
        (POINTS_FILE, "L4/L5", "L4-L5"),
        (POINTS_FILE, "10.5", "left"),
        (POINTS_FILE, "10.5", "inf"),
        (POINTS_FILE, "20.25", ""),
        (POINTS_FILE, "\n2,", "\n2.5,"),
        (POINTS_FILE, "\n2,", "\n-2,"),
        (GRADES_FILE, "\n2,", "\ntwo,"),
        (GRADES_FILE, "\n2,", "\n99999999999999999999,"),
        (SERIES_FILE, "Axial T2", "Coronal T2"),
    ],
)
def test_a_value_that_is_not_as_published_is_refused(data_set: DataSet, name: str, old: str, new: str) -> None:
    root = data_set()
    edit(root / name, old, new)

    with pytest.raises(TableError, match=name) as failure:
        load_label_table(root)

    assert f"“{new.strip().removesuffix(',')}”" in failure.value.happened


@pytest.mark.parametrize("name", [GRADES_FILE, POINTS_FILE, SERIES_FILE])
def test_a_repeated_row_is_refused(data_set: DataSet, name: str) -> None:
    root = data_set()
    lines = (root / name).read_text().splitlines()
    (root / name).write_text("\n".join([*lines, lines[1]]))

    with pytest.raises(TableError, match=f"{name} has more than one row with study_id 2"):
        load_label_table(root)


@pytest.mark.parametrize("name", [GRADES_FILE, SERIES_FILE])
def test_a_point_of_an_unknown_study_or_series_is_refused(data_set: DataSet, name: str) -> None:
    root = data_set()
    table = pd.read_csv(root / name)
    table[table["study_id"] == 1].to_csv(root / name, index=False)

    with pytest.raises(TableError, match=f"25 points whose .* are not in {name}; the first is study_id 2"):
        load_label_table(root)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(name=st.sampled_from([GRADES_FILE, POINTS_FILE, SERIES_FILE]), data=st.data())
def test_a_damaged_file_gives_a_table_or_advice(data_set: DataSet, name: str, data: st.DataObject) -> None:
    """Never another exception: that would be a bug shown to somebody with a broken download."""
    root = data_set()
    content = (root / name).read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 200)))
    (root / name).write_bytes(content[:start] + data.draw(st.binary(max_size=8)) + content[end:])

    try:
        table = load_label_table(root)
    except LsdcError as error:
        assert error.fix  # noqa: PT017 - either outcome is right, only a third would be wrong
    else:
        assert tuple(table.columns) == COLUMNS


def test_selection_keeps_targets_levels_and_sequence(data_set: DataSet) -> None:
    table = load_label_table(data_set())

    assert len(select_rows(table)) == 50
    assert len(select_rows(table, targets=[LEFT_SUBARTICULAR, RIGHT_SUBARTICULAR])) == 20
    assert len(select_rows(table, targets=[LEFT_SUBARTICULAR], levels=[Level.L5_S1])) == 2
    assert len(select_rows(table, sequence=labels.Sequence.SAGITTAL_T1)) == 20
    assert select_rows(table, targets=[LEFT_SUBARTICULAR], sequence=labels.Sequence.SAGITTAL_T1).empty


def test_balancing_drops_only_completely_normal_studies(data_set: DataSet) -> None:
    grades = {
        (2, LEFT_SUBARTICULAR.column(Level.L4_L5)): "Moderate",
        (3, LEFT_SUBARTICULAR.column(Level.L4_L5)): "",
        (4, RIGHT_SUBARTICULAR.column(Level.L4_L5)): "Severe",
    }
    table = load_label_table(data_set(studies=(1, 2, 3, 4), grades=grades))

    rows = balance(select_rows(table, targets=[LEFT_SUBARTICULAR]))

    # 3 stays with four rows: its fifth level was not graded, so it may not be normal.
    assert rows["study_id"].value_counts().to_dict() == {2: 5, 3: 4}


def test_balancing_several_targets_keeps_a_study_that_is_abnormal_in_one(data_set: DataSet) -> None:
    table = load_label_table(data_set(studies=(1, 2), grades={(2, RIGHT_SUBARTICULAR.column(Level.L1_L2)): "Moderate"}))

    rows = balance(select_rows(table, targets=[LEFT_SUBARTICULAR, RIGHT_SUBARTICULAR]))

    assert rows["study_id"].value_counts().to_dict() == {2: 10}


def test_balancing_twice_is_balancing_once(data_set: DataSet) -> None:
    once = balance(load_label_table(data_set(grades={(1, GRADE_COLUMNS[0]): "Severe"})))

    pd.testing.assert_frame_equal(balance(once), once)


def test_training_rows_are_balanced_on_all_levels_before_levels_are_chosen(data_set: DataSet) -> None:
    table = load_label_table(data_set(grades={(1, LEFT_SUBARTICULAR.column(Level.L4_L5)): "Severe"}))

    rows = rows_for_training(table, TrainingConfig(levels=(Level.L1_L2,), side=SideChoice.LEFT))

    assert rows[["study_id", "level"]].to_dict("records") == [{"study_id": 1, "level": "L1/L2"}]


def test_training_rows_come_from_the_sequence_of_their_condition(data_set: DataSet) -> None:
    root = data_set()
    edit(root / SERIES_FILE, "Axial T2", "Sagittal T1")

    rows = rows_for_training(load_label_table(root), TrainingConfig(side=SideChoice.EITHER, balance=False))

    assert rows["study_id"].value_counts().to_dict() == {1: 10}


def test_no_training_rows_are_an_error(data_set: DataSet) -> None:
    with pytest.raises(TableError, match="No labelled rows remain"):
        rows_for_training(load_label_table(data_set()), TrainingConfig())


def test_studies_without_images_are_listed(data_set: DataSet) -> None:
    root = data_set(studies=(1, 2, 3))
    (root / "train_images" / "2" / "21").mkdir(parents=True)
    (root / "train_images" / "3").mkdir()

    assert studies_without_images(load_label_table(root), root) == [1, 3]


def test_the_series_table_lists_every_series(data_set: DataSet) -> None:
    assert load_series_table(data_set())["series_id"].tolist() == [11, 12, 13, 21, 22, 23]


def test_the_fingerprint_does_not_depend_on_order_or_place(data_set: DataSet, tmp_path: Path) -> None:
    table = load_label_table(data_set())

    shuffled = table.sample(frac=1, random_state=0)

    assert data_fingerprint(shuffled, tmp_path / "elsewhere") == data_fingerprint(table, tmp_path)


def test_the_fingerprint_is_the_same_on_every_machine(data_set: DataSet) -> None:
    root = data_set()

    assert data_fingerprint(load_label_table(root), root) == FINGERPRINT_OF_TWO_NORMAL_STUDIES


@pytest.mark.parametrize(
    ("name", "old", "new"), [(GRADES_FILE, "Normal/Mild", "Severe"), (POINTS_FILE, "10.5", "10.500000000000002")]
)
def test_the_fingerprint_changes_with_any_label_or_coordinate(data_set: DataSet, name: str, old: str, new: str) -> None:
    root = data_set()
    before = data_fingerprint(load_label_table(root), root)
    edit(root / name, old, new)

    assert data_fingerprint(load_label_table(root), root) != before


def test_phantoms_differ_by_generator_and_seed(data_set: DataSet) -> None:
    root = data_set()
    table = load_label_table(root)
    fingerprints = {data_fingerprint(table, root)}
    assert not is_synthetic(root)

    for version, seed in [(1, 0), (2, 0), (1, 1)]:
        (root / "phantom.json").write_text(json.dumps({"generator_version": version, "seed": seed}))
        fingerprints.add(data_fingerprint(table, root))

    assert is_synthetic(root)
    assert len(fingerprints) == 4


@pytest.mark.parametrize("suffix", [".csv", ".CSV", ".parquet"])
def test_a_written_table_reads_back(data_set: DataSet, tmp_path: Path, suffix: str) -> None:
    table = load_label_table(data_set())
    path = tmp_path / f"labels{suffix}"

    write_table(table, path)

    if suffix == ".parquet":
        pd.testing.assert_frame_equal(pd.read_parquet(path), table)
    else:
        pd.testing.assert_frame_equal(pd.read_csv(path).astype(table.dtypes), table)


def test_a_table_of_an_unknown_kind_is_not_written(data_set: DataSet, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="xlsx"):
        write_table(load_label_table(data_set()), tmp_path / "labels.xlsx")

    assert not (tmp_path / "labels.xlsx").exists()


FINGERPRINT_OF_TWO_NORMAL_STUDIES = "306e9a2b6989248eda35093061c897a294861c2d98af8b15f11fcd90b92c828c"
