"""The Predict page."""

import shutil

import pandas as pd
import pytest

from lsdc.dataset.tables import load_label_table, rows_for_training


@pytest.fixture
def labelled_slice(phantom_root, trained_run):
    """The bytes of a slice that the run could have learned from, and the row of its point."""
    row = rows_for_training(load_label_table(phantom_root), trained_run.config).iloc[0]
    return (phantom_root / row["image"]).read_bytes(), row


def upload(app, data, name="slice.dcm"):
    app.file_uploader(key="predict_upload").set_value((name, data, "application/dicom")).run()
    return app


@pytest.fixture
def predict(open_page, trained_run):
    app = open_page("predict")
    app.selectbox(key="predict_run").set_value(trained_run.run_id).run()
    return app


def test_without_a_model_the_page_says_where_they_come_from(open_page, empty_artifacts, words):
    assert "A finished run leaves one" in words(open_page("predict"))


def test_the_page_says_what_the_model_learned_from_and_that_levels_are_not_located(predict, words):
    said = words(predict)

    assert "Levels are not located automatically" in said
    assert "learned from phantom" in said
    assert "SYNTHETIC" in said


def test_a_sample_is_graded_with_three_probabilities_and_a_notice(predict, words):
    predict.button_group(key="predict_source").set_value("Try a sample").run()
    predict.button(key="predict_grade").click().run()

    assert not predict.exception
    assert not predict.error
    assert "Probabilities: Normal/Mild" in words(predict)
    assert "Research use only" in words(predict)
    assert "Label in the data set" in words(predict)


def test_an_upload_is_graded_only_when_its_level_is_chosen(predict, labelled_slice, words):
    data, row = labelled_slice
    upload(predict, data)
    asked = words(predict)
    level = next(group for group in predict.get("button_group") if group.label == "Disc level")
    level.set_value(row["level"]).run()
    predict.button(key="predict_grade").click().run()

    assert "Choose what the point stands for" in asked
    assert not predict.error
    assert "Probabilities: Normal/Mild" in words(predict)


def test_another_point_takes_the_answer_away_until_it_is_asked_again(predict, words):
    predict.button_group(key="predict_source").set_value("Try a sample").run()
    predict.button(key="predict_grade").click().run()
    before = words(predict)
    (x,) = [number for number in predict.number_input if number.label == "x (column)"]
    x.set_value(x.value + 5).run()

    assert "Probabilities" in before
    assert "Probabilities" not in words(predict)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: b"", "The file is empty"),
        (lambda data: b"not an image at all", "not a DICOM file"),
        (lambda data: data[: len(data) // 2], "it was cut off"),
    ],
)
def test_a_file_that_cannot_be_used_is_explained_and_the_next_one_works(predict, labelled_slice, words, spoil, reason):
    data, _ = labelled_slice
    upload(predict, spoil(data))
    (error,) = [shown.value for shown in predict.error]
    upload(predict, data)

    assert reason in error
    assert "not your doing" not in error
    assert not predict.error
    assert not predict.exception


def test_a_sample_whose_label_lies_beside_its_image_is_refused_and_the_page_stays_usable(
    predict, phantom_root, tmp_path, monkeypatch, words
):
    data_root = tmp_path / "phantom"
    shutil.copytree(phantom_root, data_root)
    points = pd.read_csv(data_root / "train_label_coordinates.csv")
    points.assign(x=1000.0).to_csv(data_root / "train_label_coordinates.csv", index=False)
    monkeypatch.setenv("LSDC_DATA", str(data_root))

    predict.button_group(key="predict_source").set_value("Try a sample").run()
    (error,) = [shown.value for shown in predict.error]
    monkeypatch.setenv("LSDC_DATA", str(phantom_root))
    predict.run()

    assert "is not on the image" in error
    assert not predict.error
    assert not predict.exception
