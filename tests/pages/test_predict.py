"""The Predict page."""

import hashlib
import io
import re
import shutil

import pandas as pd
import pydicom
import pytest

from lsdc.dataset.series import SeriesStack
from lsdc.dataset.tables import load_label_table, rows_for_training


@pytest.fixture
def labelled_slice(phantom_root, trained_run):
    """The bytes of a slice that the run could have learned from, and the row of its point."""
    row = rows_for_training(load_label_table(phantom_root), trained_run.config).iloc[0]
    return (phantom_root / row["image"]).read_bytes(), row


@pytest.fixture
def series_files(phantom_root, labelled_slice):
    """The files of the series of that slice, in the order of their numbers."""
    _, row = labelled_slice
    return sorted((phantom_root / row["image"]).parent.glob("*.dcm"), key=lambda path: int(path.stem))


def upload(app, *contents):
    files = [(f"{number}.dcm", data, "application/dicom") for number, data in enumerate(contents)]
    app.file_uploader(key="predict_upload").set_value(files).run()
    return app


def of_another_patient(content):
    """The same slice with another patient's study and series."""
    header = pydicom.dcmread(io.BytesIO(content))
    header.PatientID, header.StudyInstanceUID = "QX-7741", "1.2.3"
    header.SeriesInstanceUID = header.FrameOfReferenceUID = "1.2.4"
    header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = "1.2.5"
    buffer = io.BytesIO()
    header.save_as(buffer)
    return buffer.getvalue()


def kept_in(app):
    """The keys under which the session keeps something."""
    return set(app.session_state.to_dict())


def series_key(*contents):
    """What names an uploaded series of these files, in their order."""
    digests = " ".join(hashlib.sha256(content).hexdigest() for content in contents)
    return hashlib.sha256(digests.encode()).hexdigest()


def grade_upload(app, level="L4/L5", side=None):
    for label, value in {"Disc level": level, "Patient's side": side}.items():
        if value:
            next(group for group in app.get("button_group") if group.label == label).set_value(value).run()
    app.button(key="predict_grade").click().run()


@pytest.fixture
def predict(open_page, trained_run):
    app = open_page("predict")
    app.selectbox(key="predict_run").set_value(trained_run.run_id).run()
    return app


@pytest.fixture
def predict_whole(open_page, whole_slice_run):
    app = open_page("predict")
    app.selectbox(key="predict_run").set_value(whole_slice_run.run_id).run()
    return app


@pytest.fixture
def predict_stack(open_page, trained_stack_run):
    app = open_page("predict")
    app.selectbox(key="predict_run").set_value(trained_stack_run.run_id).run()
    return app


def test_without_a_model_the_page_says_where_they_come_from(open_page, empty_artifacts, words):
    assert "A finished run leaves one" in words(open_page("predict"))


def test_the_page_says_what_the_model_learned_from_and_that_levels_are_not_located(predict, words):
    said = words(predict)

    assert "Levels are not located automatically" in said
    assert "learned from phantom" in said
    assert "SYNTHETIC" in said


def test_what_is_not_chosen_yet_is_left_to_the_reader_when_the_page_is_drawn_again(predict, labelled_slice):
    upload(predict, labelled_slice[0]).run()

    # A value that the server sends would take back a click that is on its way.
    assert predict.button_group(key="predict_level").value is None
    assert not predict.button_group(key="predict_level").proto.set_value


def test_a_sample_is_graded_with_three_probabilities_and_a_notice(predict, words):
    predict.button_group(key="predict_source").set_value("Try a sample").run()
    predict.button(key="predict_grade").click().run()

    assert not predict.exception
    assert not predict.error
    assert "Probabilities: Normal/Mild" in words(predict)
    assert "Research use only" in words(predict)
    assert "Label in the data set" in words(predict)


def test_of_a_folder_the_series_that_the_model_learned_from_stands_first(predict_stack, phantom_root):
    study = next((phantom_root / "train_images").iterdir())
    files = sorted(study.rglob("*.dcm"))

    predict_stack.button_group(key="predict_source").set_value("Upload a folder").run()
    uploaded = [(str(path.relative_to(study)), path.read_bytes(), "application/dicom") for path in files]
    predict_stack.file_uploader(key="predict_folder").set_value(uploaded).run()

    assert not predict_stack.exception
    (series,) = [box for box in predict_stack.selectbox if box.label == "Series"]
    assert len(series.options) == len(list(study.iterdir())) > 1
    assert "axial" in series.options[0]
    assert "axial" in series.format_func(series.value)


def test_of_two_series_that_look_alike_the_chosen_one_is_shown(predict, labelled_slice, words):
    own = labelled_slice[0]
    other = of_another_patient(own)
    upload(predict, own, other)
    box = predict.selectbox(key="predict_series")
    first = box.value
    box.set_value(series_key(other)).run()
    predict.run()

    assert first == series_key(own)
    assert len(set(box.options)) == 2
    assert predict.selectbox(key="predict_series").value == series_key(other)
    assert [number.key for number in predict.number_input if series_key(other) in number.key]
    assert "QX-7741" not in words(predict) + " ".join(box.options)


def test_images_of_several_patients_are_said_to_be_and_their_points_have_no_report_together(
    predict, labelled_slice, words
):
    own = labelled_slice[0]
    other = of_another_patient(own)
    upload(predict, own)
    alone = words(predict)
    upload(predict, own, other)
    for content in (own, other):
        predict.selectbox(key="predict_series").set_value(series_key(content)).run()
        predict.button_group(key="predict_level").set_value("L4/L5").run()
        predict.button(key="predict_add").click().run()
    predict.button(key="predict_grade").click().run()

    assert not predict.exception
    assert not predict.error
    assert "These images are of 2 patients" not in alone
    assert "These images are of 2 patients" in words(predict)
    assert "which a report does not tell apart" in words(predict)
    assert not [group for group in predict.get("button_group") if group.key == "predict_report_format"]


@pytest.mark.parametrize("end", ["taken away", "refused", "a sample", "a folder"])
def test_of_an_upload_that_is_no_longer_chosen_the_session_keeps_nothing(predict, labelled_slice, end):
    data, row = labelled_slice
    of_images = {"decoded_uploads", "read_uploads", "predict_grades", "predict_why", "predict_marks"}
    before = kept_in(predict)
    upload(predict, data)
    grade_upload(predict, row["level"])
    predict.button(key="predict_add").click().run()
    during = kept_in(predict)
    if end in ("taken away", "refused"):
        upload(predict, *([] if end == "taken away" else [b"not an image at all"]))
    else:
        predict.button_group(key="predict_source").set_value("Try a sample" if end == "a sample" else "Upload a folder")
        predict.run()
    left = kept_in(predict) - before

    assert not predict.exception
    assert during >= of_images
    assert not [key for key in left if series_key(data) in key]
    if end == "a sample":  # which has grades of its own, or will have
        assert left & of_images == {"predict_grades"}
        assert not predict.session_state["predict_grades"][1]
    else:
        assert left <= {"predict_folder"}


def test_what_explains_a_grade_is_forgotten_when_another_upload_takes_the_place_of_its_own(predict, labelled_slice):
    data, row = labelled_slice
    upload(predict, data)
    grade_upload(predict, row["level"])
    during = kept_in(predict)
    upload(predict, of_another_patient(data))

    assert not predict.exception
    assert "predict_why" in during
    assert "predict_why" not in kept_in(predict)


def test_a_grade_says_why_and_whether_a_click_beside_it_would_differ(predict_stack, words):
    predict_stack.button_group(key="predict_source").set_value("Try a sample").run()
    predict_stack.button(key="predict_grade").click().run()

    assert not predict_stack.exception
    said = words(predict_stack)
    assert "Why this grade" in said
    assert re.search("what spoke for|No single part", said)
    assert re.search("give the same grade", said)
    assert len(predict_stack.get("vega_lite_chart")) == 2


def test_without_a_spacing_clicks_around_are_not_placed(predict_whole, labelled_slice, words):
    data, row = labelled_slice
    slice_without_spacing = pydicom.dcmread(io.BytesIO(data))
    del slice_without_spacing.PixelSpacing
    buffer = io.BytesIO()
    slice_without_spacing.save_as(buffer)

    upload(predict_whole, buffer.getvalue())
    grade_upload(predict_whole, row["level"])

    assert not predict_whole.exception
    assert "does not say its pixel spacing, so clicks around this one cannot be placed" in words(predict_whole)
    assert "Probabilities: Normal/Mild" in words(predict_whole)


def test_an_upload_is_graded_only_when_its_level_is_chosen(predict, labelled_slice, words):
    data, row = labelled_slice
    upload(predict, data)
    asked = words(predict)
    grade_upload(predict, row["level"])

    assert "Choose what the point stands for" in asked
    assert not predict.error
    assert "Probabilities: Normal/Mild" in words(predict)


def test_a_point_that_nobody_has_marked_is_warned_of(predict, labelled_slice):
    data, _ = labelled_slice

    def warned():
        return any("still the middle of the image" in warning.value for warning in predict.warning)

    upload(predict, data)
    before = warned()
    predict.number_input[0].set_value(20.0).run()

    assert before
    assert not warned()


def test_the_slice_is_chosen_by_its_place_in_the_uploaded_series(predict, series_files):
    upload(predict, *(path.read_bytes() for path in reversed(series_files)))
    place = predict.slider[0]
    place.set_value(1).run()
    first = predict.slider[0]

    assert (place.label, place.min, place.max) == ("Slice", 1, len(series_files))
    assert first.value == 1
    assert not predict.exception


def test_the_answer_says_from_how_many_slices_it_was_made_and_which_decided(predict_stack, series_files, words):
    stack = SeriesStack.from_folder(series_files[0].parent)
    trios = [stack.neighbours(int(path.stem), 1) for path in series_files]
    whole = next(trio for trio in trios if all(real for _, real in trio))
    upload(predict_stack, *(path.read_bytes() for path, _ in whole))
    grade_upload(predict_stack, side="left")

    assert not predict_stack.error
    assert "The answer was made from all 3 slices." in words(predict_stack)
    assert re.search(r"Slice \d of 3.* decided most \(\d+%\)", words(predict_stack))
    assert "With 3 slices this run reached a macro AUC of" in words(predict_stack)


def test_one_slice_alone_is_graded_and_the_others_are_said_to_be_missing(predict_stack, labelled_slice, words):
    data, row = labelled_slice
    upload(predict_stack, data)
    grade_upload(predict_stack, row["level"], row["side"])

    assert not predict_stack.error
    assert "The answer was made from 1 of 3 slices; no more were uploaded." in words(predict_stack)
    assert "decided most" not in words(predict_stack)
    assert words(predict_stack).count(":gray[missing]") == 2
    assert "With 1 slice this run reached a macro AUC of" in words(predict_stack)


def test_a_slice_of_another_series_is_no_neighbour(predict_stack, phantom_root, labelled_slice, words):
    data, row = labelled_slice
    files = (phantom_root / "train_images" / str(row["study_id"])).glob("*/*.dcm")
    other = next(path for path in files if path.parent.name != str(row["series_id"]))
    upload(predict_stack, data, other.read_bytes())
    grade_upload(predict_stack, row["level"], row["side"])

    assert any(box.label == "Series" for box in predict_stack.selectbox)
    assert "from 1 of 3 slices; no more were uploaded" in words(predict_stack)


def test_a_neighbour_that_comes_later_takes_the_answer_away(predict_stack, series_files, words):
    first, second = (path.read_bytes() for path in series_files[:2])
    upload(predict_stack, first)
    grade_upload(predict_stack, side="left")
    before = words(predict_stack)
    upload(predict_stack, first, second)

    assert "Probabilities" in before
    assert "Probabilities" not in words(predict_stack)


def test_a_sample_has_the_neighbours_of_its_series(predict_stack, words):
    predict_stack.button_group(key="predict_source").set_value("Try a sample").run()
    predict_stack.button(key="predict_grade").click().run()

    assert not predict_stack.error
    assert re.search(
        "made from (all 3 slices|2 of 3 slices; its series has no more that can be read)", words(predict_stack)
    )


def test_unreadable_files_among_others_are_listed_with_their_reason(predict, labelled_slice, words):
    data, row = labelled_slice
    upload(predict, data, b"not an image at all")
    grade_upload(predict, row["level"])

    assert "1 of the files cannot be read" in [part.label for part in predict.expander]
    assert "This is not a DICOM file" in words(predict)
    assert not predict.error
    assert "Probabilities" in words(predict)


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
