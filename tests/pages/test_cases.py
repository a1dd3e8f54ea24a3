"""The Cases tab of the Explore page."""

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from lsdc.dataset.tables import load_label_table, select_rows
from lsdc.labels import Condition, Level, Side, Target
from lsdc.ui.case import StudyAddress, case_address


@pytest.fixture
def point(phantom_root):
    """A labelled point on an axial slice of the first study."""
    table = load_label_table(phantom_root)
    first = table[table["study_id"] == table["study_id"].min()]
    return first[first["series_description"] == "Axial T2"].iloc[0].to_dict()


@pytest.fixture
def own_data(phantom_root, point, tmp_path, monkeypatch):
    """A copy of the data set with the images of the study of `point`, which a test may damage."""
    shutil.copytree(phantom_root, tmp_path / "own", ignore=shutil.ignore_patterns("train_images"))
    folder = f"train_images/{point['study_id']}"
    shutil.copytree(phantom_root / folder, tmp_path / "own" / folder)
    return tmp_path / "own"


def show(app: AppTest, address: StudyAddress) -> AppTest:
    for name, word in address.link.items():
        app.query_params[name] = word
    app.run()
    assert not app.exception
    return app


def address_of(app: AppTest) -> StudyAddress:
    said = {name: app.query_params[name] for name in app.query_params if name != "tab"}
    return StudyAddress(**{name: word if isinstance(word, str) else word[0] for name, word in said.items()})


def sheet_of(app: AppTest) -> str:
    """What the contact sheet was given to draw."""
    return app.get("bidi_component")[0].proto.json


def test_without_a_study_there_is_the_contact_sheet(open_page, words):
    app = show(open_page("explore"), StudyAddress())

    assert not app.error
    assert len(app.get("bidi_component")) == 1
    assert "a click opens the case" in words(app)
    assert not app.get("dataframe")


def test_another_sample_is_another_one(open_page):
    app = show(open_page("explore"), StudyAddress())
    by_study = sheet_of(app)

    app.button_group(key="explore_sheet_order").set_value("At random").run()
    first = sheet_of(app)
    app.button(key="explore_another_sample").click().run()
    second = sheet_of(app)

    assert len({by_study, first, second}) == 3
    assert app.query_params["sample"] == "1"


def test_an_address_names_the_page_of_the_sheet_and_other_rows_begin_at_the_first(open_page):
    app = show(open_page("explore"), StudyAddress())
    first = sheet_of(app)

    app.query_params["page"] = "2"
    second = sheet_of(app.run())
    app.query_params["page"] = "999"
    beyond = sheet_of(app.run())
    app.query_params["page"] = "2"
    app.run()
    app.multiselect(key="explore_side").set_value(["left"]).run()

    assert not app.exception
    assert second != first
    assert beyond == first
    assert "page" not in app.query_params


def test_a_crop_that_cannot_be_cut_says_why_and_the_others_are_shown(open_page, own_data, monkeypatch):
    app = open_page("explore")
    # The first of the table stands on the first page.
    (own_data / load_label_table(own_data)["image"].iloc[0]).write_bytes(b"")
    monkeypatch.setenv("LSDC_DATA", str(own_data))

    show(app, StudyAddress())

    sheet = sheet_of(app)
    assert "The file is empty" in sheet
    assert "cannot be read: No such file or directory" in sheet
    assert "data:image/png" in sheet


def test_an_address_shows_the_point_with_its_slice_the_series_beside_it_and_what_a_model_sees(open_page, point, words):
    app = show(open_page("explore"), StudyAddress.of_point(point))

    target = Target(Condition(point["condition"]), Side(point["side"]))
    assert not app.error
    assert f"{target.title}, {point['level']}: {point['severity']}" in words(app)
    assert app.selectbox(key="explore_series").value == str(point["series_id"])
    assert app.select_slider(key="explore_left_slice").value == point["instance_number"]
    assert "The yellow line is where the other slice cuts this one" in words(app)
    assert "mm thick" in words(app)
    assert len(app.get("bidi_component")) == 2
    assert len(app.get("image")) == 5  # slices of the recommended preset


def test_another_slice_or_series_is_another_address(open_page, point):
    app = show(open_page("explore"), StudyAddress.of_point(point))
    slider = app.select_slider(key="explore_left_slice")

    slider.set_value(int(slider.options[0].split()[0])).run()
    paged = address_of(app)
    series = app.selectbox(key="explore_beside").value
    app.selectbox(key="explore_series").set_value(series).run()

    assert paged.slice == slider.options[0].split()[0]
    assert address_of(app).series == series
    assert address_of(app).slice == ""
    assert not app.exception


def test_previous_and_next_step_through_the_studies_of_the_filter_and_lead_back_to_the_sheet(open_page, phantom_root):
    studies = sorted(load_label_table(phantom_root)["study_id"].unique())
    app = show(open_page("explore"), StudyAddress(study=str(studies[0])))
    at_the_first = app.button(key="explore_previous").disabled

    app.button(key="explore_next").click().run()
    second = address_of(app)
    app.button(key="explore_to_sheet").click().run()

    assert at_the_first
    assert second == StudyAddress(study=str(studies[1]))
    assert address_of(app) == StudyAddress()
    assert not app.exception


def test_a_study_that_the_filters_do_not_keep_is_shown_with_a_sentence(open_page, point, words):
    app = open_page("explore")
    # The canal has no left side: nothing is left.
    app.query_params.update({"condition": "spinal_canal_stenosis", "side": "left"})

    show(app, StudyAddress.of_point(point))

    assert "No point is left" in words(app)
    assert "The filters keep no point of this study" in words(app)
    assert len(app.get("bidi_component")) == 2


@pytest.mark.parametrize("study", ["123", "no number", "１"])
def test_a_study_that_the_data_set_does_not_have_gives_a_plain_message(open_page, words, study):
    app = show(open_page("explore"), StudyAddress(study=study))

    assert f"has no study “{study}”" in words(app)
    assert not app.error


def test_what_the_study_does_not_have_is_told_and_the_rest_is_shown(open_page, point, words):
    app = show(
        open_page("explore"), StudyAddress(study=str(point["study_id"]), series="5", beside="6", point="l9", x="a")
    )

    for said in ("no series “5”", "no series “6”", "no label “l9”"):
        assert said in words(app)
    assert len(app.get("bidi_component")) == 2


def test_a_missing_folder_an_empty_one_and_an_empty_file_each_have_their_message(
    open_page, own_data, point, words, monkeypatch
):
    app = open_page("explore")
    image = own_data / point["image"]
    monkeypatch.setenv("LSDC_DATA", str(own_data))

    image.write_bytes(b"")
    broken = words(show(app, StudyAddress.of_point(point)))
    for path in image.parent.iterdir():
        path.unlink()
    empty = words(app.run())
    image.parent.rmdir()
    missing = words(app.run())

    assert (
        f"Slice {point['instance_number']} of series {point['series_id']} cannot be shown. The file is empty" in broken
    )
    assert f"**{image.name}**" in broken
    assert "Its folder is empty." in empty
    assert "Its folder is missing." in missing
    assert not app.exception


def test_all_labels_of_the_study_are_in_the_table_with_those_that_are_missing(open_page, phantom_root, words):
    table = load_label_table(phantom_root)
    ungraded = table[table["severity"].isna()].iloc[0].to_dict()

    app = show(open_page("explore"), StudyAddress.of_point(ungraded))

    cells = app.dataframe[0].value
    assert cells.shape == (5, 5)
    target = Target(Condition(ungraded["condition"]), Side(ungraded["side"]))
    assert cells.loc[target.title, ungraded["level"]] == "→ no grade"
    assert list(cells.columns) == list(Level)


def test_a_click_on_a_label_shows_its_point(open_page, point):
    app = show(open_page("explore"), StudyAddress(study=str(point["study_id"])))
    target = Target(Condition(point["condition"]), Side(point["side"]))
    row = list(app.dataframe[0].value.index).index(target.title)

    app.session_state["explore_labels"] = {"selection": {"rows": [], "columns": [], "cells": [[row, point["level"]]]}}
    app.run()

    assert not app.exception


def test_the_crops_are_those_of_the_chosen_settings(open_page, point, words):
    app = show(open_page("explore"), StudyAddress.of_point(point))

    app.selectbox(key="explore_cut").set_value("Preset quick").run()
    alone = len(app.get("image"))
    app.selectbox(key="explore_cut").set_value("Own settings").run()
    app.number_input(key="explore_cut_neighbours").set_value(1).run()

    assert alone == 1
    assert len(app.get("image")) == 3
    assert "3 slices; right sides are mirrored" in words(app)


def test_a_case_can_be_graded_where_a_model_has_learned_it(open_page, phantom_root, trained_stack_run):
    config = trained_stack_run.config
    table = load_label_table(phantom_root)
    learned = select_rows(table, targets=config.targets, levels=config.levels).iloc[0].to_dict()

    app = show(open_page("explore"), StudyAddress.of_point(learned))

    link = app.get("page_link")[0].proto
    assert not link.disabled
    assert case_address(learned).split()[0] in link.query_string


def test_a_page_of_the_sheet_holds_at_most_sixty_crops(open_page, words):
    app = show(open_page("explore"), StudyAddress())

    assert sheet_of(app).count('"image"') <= 60
