"""Decisions on labels: what a file may hold, what training makes of it, and what survives two people and a kill."""

import multiprocessing
import os
import signal
import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdc.config import LeaveOut, SplitStrategy, TrainingConfig
from lsdc.dataset.review_files import ReviewFile, list_review_files, review_file, sole_reviewer
from lsdc.dataset.reviews import LABEL_KEYS, REVIEW_COLUMNS, Decision, Review, as_csv, divide_rows
from lsdc.dataset.splits import Part, split_rows
from lsdc.errors import MissingFileError, ReviewError, SplitError, TableError
from lsdc.labels import Level, Severity

KEY = (7, "subarticular_stenosis", "left", "L4/L5")
OTHER = (8, "subarticular_stenosis", "left", "L4/L5")
HEADER = ",".join(REVIEW_COLUMNS)
ROW = "7,subarticular_stenosis,left,L4/L5,drop,swapped side,Anna,2026-01-31T12:00:00+00:00"


def parse(*lines, header=HEADER):
    return Review.parse("\n".join([header, *lines, ""]).encode(), "anna.csv")


def make_rows(studies=40):
    """Labelled rows of a label table: five levels of each study, all three grades among them."""
    return pd.DataFrame(
        [
            (study, 1, number, "subarticular_stenosis", "left", level.value, list(Severity)[(study + number) % 3].value)
            for study in range(1, studies + 1)
            for number, level in enumerate(Level)
        ],
        columns=["study_id", "series_id", "instance_number", "condition", "side", "level", "severity"],
    ).astype({"severity": pd.CategoricalDtype([grade.value for grade in Severity], ordered=True)})


def review_of(rows, decision=Decision.DROP):
    table = rows[list(LABEL_KEYS)].assign(decision=decision.value, reason="", reviewer="Anna", when="2026-01-31")
    return Review.parse(as_csv(table), "anna.csv")


def test_a_review_can_be_read_back():
    review = parse(ROW)

    assert review.table.iloc[0].to_dict() == dict(zip(REVIEW_COLUMNS, [7, *ROW.split(",")[1:]], strict=True))
    assert Review.parse(as_csv(review.table), "b.csv").table.equals(review.table)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (ROW.replace("7,", "x,", 1), "study_id"),
        (ROW.replace("subarticular_stenosis", "stenosis"), "condition"),
        (ROW.replace("left", "port"), "side"),
        (ROW.replace("L4/L5", "L4"), "level"),
        (ROW.replace("drop", "Drop!"), "decision"),
        (ROW.replace("Anna", " "), "reviewer"),
        (ROW.replace("2026-01-31T12:00:00+00:00", "yesterday"), "when"),
    ],
)
def test_a_wrong_value_is_refused_with_its_column(line, column):
    with pytest.raises(TableError, match=f"column {column} of study"):
        parse(line)


def test_a_missing_column_is_refused_with_the_columns_that_are_there():
    with pytest.raises(TableError, match="no column when") as refusal:
        parse(ROW.rpartition(",")[0], header=HEADER.rpartition(",")[0])

    assert "study_id" in refusal.value.expected
    assert "as Compare writes them" in refusal.value.fix


def test_a_label_that_is_decided_twice_is_refused():
    with pytest.raises(TableError, match="more than one row with study_id 7"):
        parse(ROW, ROW.replace("drop", "keep"))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'a,b\n"'])
def test_what_is_no_csv_is_refused(content):
    with pytest.raises(TableError):
        Review.parse(content, "anna.csv")


def test_a_review_that_is_too_large_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr("lsdc.dataset.reviews.MAX_REVIEW_BYTES", 3)

    with pytest.raises(TableError, match="more than"):
        parse(ROW)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("content", [b",", b"\n\r\n,", HEADER.encode() + b"\n,", b" \n" * 40_000 + b","])
def test_a_table_of_millions_of_columns_is_refused_at_once(content):
    with pytest.raises(TableError, match=r"more than 200 columns|more than 64 KiB"):
        Review.parse(content + b"," * 10**7, "anna.csv")


def test_a_refusal_shows_no_more_than_the_beginning_of_a_cell():
    with pytest.raises(TableError, match="x…” in column decision") as refusal:
        parse(ROW.replace("drop", "x" * 10**4))

    assert len(str(refusal.value)) < 1000


def test_a_path_without_a_file_is_refused(tmp_path):
    with pytest.raises(MissingFileError, match="no label review"):
        Review.read(tmp_path / "anna.csv")


def test_decisions_on_labels_of_another_data_set_are_refused_and_counted():
    rows = make_rows(studies=3)

    with pytest.raises(TableError, match="2 of 4 labels that are not in this data set; the first is study_id 98"):
        review_of(pd.concat([rows.iloc[:2], rows.iloc[:2].assign(study_id=[98, 99])])).refuse_unknown_labels(rows)
    review_of(rows).refuse_unknown_labels(rows)


config = TrainingConfig()


@given(chosen=st.sets(st.integers(0, 199)), strategy=st.sampled_from([SplitStrategy.STRATIFIED, SplitStrategy.RANDOM]))
def test_a_review_takes_rows_from_training_and_moves_no_other_row(chosen, strategy):
    rows = make_rows()
    hyperparameters = config.changed(split_strategy=strategy)
    before = split_rows(rows, hyperparameters.split)
    chosen -= {int(before.index[before == Part.TRAIN][0])}  # one is left to learn from

    after = divide_rows(rows, hyperparameters, review_of(rows.loc[sorted(chosen)]))

    moved = after[after != before]
    assert set(moved) <= {Part.LEFT_OUT.value}
    assert set(moved.index) == {row for row in chosen if before[row] == Part.TRAIN}


def test_a_doubted_row_is_left_out_only_when_asked_for():
    rows = make_rows()
    review = review_of(rows, Decision.DOUBT)

    assert not review.leaves_out(rows, LeaveOut.DROPPED).any()
    assert review.leaves_out(rows, LeaveOut.DOUBTED_TOO).all()
    assert not review_of(rows, Decision.KEEP).leaves_out(rows, LeaveOut.DOUBTED_TOO).any()


def test_classes_are_made_equal_among_the_rows_that_are_left():
    rows = make_rows()
    balanced = config.changed(split_strategy=SplitStrategy.BALANCED_TRAIN)
    severe = rows[rows["severity"] == Severity.SEVERE]

    parts = divide_rows(rows, balanced, review_of(severe.iloc[::2]))

    rarest, *others = rows.loc[parts == Part.TRAIN, "severity"].value_counts()
    assert set(others) == {rarest}
    assert (parts == Part.LEFT_OUT).any()


def test_a_review_that_leaves_nothing_to_learn_from_is_refused():
    rows = make_rows()

    with pytest.raises(SplitError, match="no rows for train"):
        divide_rows(rows, config, review_of(rows))


@pytest.fixture
def anna(tmp_path):
    return review_file(tmp_path, "f" * 64, "Anna")


def decisions_of(file):
    return file.read().set_index("study_id")["decision"].to_dict()


def test_a_decision_is_kept_and_a_later_one_takes_its_place(anna):
    anna.decide(KEY, Decision.DOUBT)
    anna.decide(OTHER, Decision.KEEP)
    anna.decide(KEY, Decision.DROP, "two\nlines, and a comma")

    assert decisions_of(anna) == {8: "keep", 7: "drop"}
    assert anna.read()["reason"].tolist() == ["", "two lines, and a comma"]
    assert set(anna.read()["reviewer"]) == {"Anna"}


def test_a_reason_is_no_formula_in_a_spreadsheet_and_is_read_as_it_was_given(anna):
    anna.decide(KEY, Decision.DROP, "=HYPERLINK(1)")
    anna.decide(OTHER, Decision.DROP, "- 3 mm off")

    assert anna.read()["reason"].tolist() == ["=HYPERLINK(1)", "- 3 mm off"]
    assert all(cell in anna.path.read_text() for cell in (",'=HYPERLINK(1),", ",'- 3 mm off,"))


def test_undo_puts_back_what_was_there(anna):
    first = anna.decide(KEY, Decision.DOUBT, "dark")
    before = anna.read()
    second = anna.decide(KEY, Decision.DROP)

    anna.undo(second)

    pd.testing.assert_frame_equal(anna.read(), before)
    anna.undo(first)
    assert anna.read().empty


def test_what_another_tab_decided_since_is_not_undone(anna):
    change = anna.decide(KEY, Decision.DROP)
    ReviewFile(folder=anna.folder, reviewer="Anna").decide(KEY, Decision.KEEP)

    with pytest.raises(ReviewError, match="decided again elsewhere"):
        anna.undo(change)
    assert decisions_of(anna) == {7: "keep"}


def test_each_reviewer_of_each_data_set_has_a_file(tmp_path, anna):
    anna.decide(KEY, Decision.DROP)
    review_file(tmp_path, "f" * 64, "Ben  Ö'Hara").decide(KEY, Decision.KEEP)
    review_file(tmp_path, "e" * 64, "Anna").decide(KEY, Decision.KEEP)

    assert [file.reviewer for file in list_review_files(tmp_path, "f" * 64)] == ["Anna", "Ben Ö'Hara"]
    assert decisions_of(anna) == {7: "drop"}
    assert list_review_files(tmp_path, "d" * 64) == []


@pytest.mark.parametrize("name", ["", ".hidden", "../anna", "a/b", "a\\b", "a" * 41, "-", "a.", "a\x00b"])
def test_a_name_that_cannot_be_a_file_is_refused(tmp_path, name):
    with pytest.raises(ReviewError, match="cannot be the name of a reviewer"):
        review_file(tmp_path, "f" * 64, name)


def test_of_two_files_the_later_decision_on_a_label_counts(anna):
    anna.decide(KEY, Decision.DROP)
    older = ROW.replace("drop", "keep")
    newer = ROW.replace("7,", "8,", 1).replace("2026", "2999")

    taken = anna.take_in(parse(older, newer))

    assert taken == 1
    assert decisions_of(anna) == {7: "drop", 8: "drop"}
    assert anna.take_in(parse(older.replace("2026", "2999"))) == 1
    assert decisions_of(anna) == {7: "keep", 8: "drop"}


def test_a_file_is_taken_in_under_the_name_of_the_reviewer_whose_file_it_is(anna):
    anna.take_in(parse(ROW.replace("Anna", "Anna ")))

    assert anna.read()["reviewer"].tolist() == ["Anna"]


@given(reasons=st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=4))
def test_whatever_reasons_are_taken_in_the_file_can_be_read_again(tmp_path_factory, reasons):
    file = review_file(tmp_path_factory.mktemp("reviews"), "f" * 64, "Anna")
    file.decide((1000, *KEY[1:]), Decision.KEEP, reasons[0])
    rows = [dict(zip(LABEL_KEYS, (number, *KEY[1:]), strict=True)) for number in range(len(reasons))]
    table = pd.DataFrame(rows).assign(decision="drop", reason=reasons, reviewer="Anna", when="2026-01-31")

    file.take_in(Review(name="anna.csv", table=table, content=b""))

    assert decisions_of(file) == {1000: "keep"} | dict.fromkeys(range(len(reasons)), "drop")
    wanted = sorted(" ".join(reason.split()) for reason in [reasons[0], *reasons])
    assert sorted(file.read()["reason"]) == wanted


def test_a_file_that_could_not_be_read_again_is_not_written(anna, monkeypatch):
    anna.decide(KEY, Decision.DROP)
    monkeypatch.setattr("lsdc.dataset.reviews.MAX_REVIEW_BYTES", anna.path.stat().st_size)

    with pytest.raises(TableError, match="more than"):
        anna.decide(OTHER, Decision.KEEP)
    assert decisions_of(anna) == {7: "drop"}


def test_a_file_of_two_people_is_nobodys():
    with pytest.raises(ReviewError, match="decisions of 2 people"):
        sole_reviewer(parse(ROW, ROW.replace("7,", "8,", 1).replace("Anna", "Ben")))
    assert sole_reviewer(parse(ROW)) == "Anna"


def _decide_on_many(folder, first, count):
    file = ReviewFile(folder=folder, reviewer="Anna")
    for study in range(first, first + count):
        file.decide((study, *KEY[1:]), Decision.DROP)


def test_two_tabs_that_decide_at_once_lose_nothing(anna):
    tabs = [
        multiprocessing.get_context("fork").Process(target=_decide_on_many, args=(anna.folder, 100 * tab, 25))
        for tab in (1, 2)
    ]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()

    assert sorted(anna.read()["study_id"]) == [*range(100, 125), *range(200, 225)]


@pytest.mark.parametrize("milliseconds", [20, 45, 80])
def test_a_killed_reviewer_leaves_a_whole_file_and_can_go_on(anna, milliseconds):
    anna.decide(KEY, Decision.KEEP)
    tab = multiprocessing.get_context("fork").Process(target=_decide_on_many, args=(anna.folder, 100, 10_000))
    tab.start()
    time.sleep(milliseconds / 1000)
    os.kill(tab.pid, signal.SIGKILL)
    tab.join()

    studies = anna.read()["study_id"].tolist()
    assert studies == [7, *range(100, 99 + len(studies))]
    anna.decide(OTHER, Decision.DROP)
    assert len(anna.read()) == len(studies) + 1
    assert [file.reviewer for file in list_review_files(anna.folder.parent, anna.folder.name)] == ["Anna"]
