"""The reading desk of the Predict page: linked series, several points and models, and what a run cannot tell."""

import pytest

from lsdc.prediction.finding import CANNOT_TELL
from lsdc.settings import PROJECT_ROOT


@pytest.fixture
def desk(open_page, monkeypatch):
    """The page with a sample of the data set, and the runs that ship with the program."""
    monkeypatch.setenv("LSDC_ARTIFACTS", str(PROJECT_ROOT / "artifacts"))
    app = open_page("predict")
    app.button_group(key="predict_source").set_value("Try a sample").run()
    assert not app.exception
    return app


def press(app, key):
    app.button(key=f"predict_{key}").click().run()
    assert not app.exception
    assert not app.error


def level(app, value):
    app.button_group(key="predict_level").set_value(value).run()


def table(app):
    (found,) = [one.value for one in app.dataframe if "Grade" in one.value]
    return found


def choose(app, row):
    app.session_state["predict_answers"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    app.run()
    assert not app.exception


def test_a_sample_stands_beside_the_other_series_of_its_study(desk):
    labels = [slider.label for slider in desk.slider]

    assert labels.count("Slice") == labels.count("Slice beside") == 1
    assert "Sagittal" in desk.selectbox(key=_beside(desk)).options[0]


def test_nothing_stands_beside_a_series_unless_it_is_wanted(desk):
    desk.selectbox(key=_beside(desk)).set_value("").run()

    assert not desk.exception
    assert [slider.label for slider in desk.slider].count("Slice beside") == 0


def test_one_point_and_one_model_need_no_table_and_say_how_often_the_run_was_right_with_this_probability(desk, words):
    press(desk, "grade")

    assert not [one for one in desk.dataframe if "Grade" in one.value]
    assert [button for button in desk.button if button.label == "Grade this point"]
    assert "with a probability from" in words(desk)
    assert "this run graded" in words(desk)


def test_points_that_were_added_are_graded_together(desk):
    press(desk, "add")
    level(desk, "L5/S1")
    press(desk, "add")
    before = table(desk)
    press(desk, "grade")

    after = table(desk)
    assert before["Level"].tolist() == after["Level"].tolist() == ["L1/L2", "L5/S1"]
    assert before["Grade"].isna().all()
    assert after["Grade"].notna().all()
    assert after["Probability"].between(1 / 3, 1).all()


def test_each_point_is_graded_by_every_model_that_learned_it(desk):
    other = _other_run(desk.selectbox(key="predict_run").value)
    desk.multiselect(key="predict_more").set_value([other]).run()
    press(desk, "grade")

    assert table(desk)["Model"].nunique() == 2
    assert table(desk)["Grade"].notna().all()


def test_a_point_is_removed_and_the_last_one_takes_the_table_with_it(desk):
    press(desk, "add")
    press(desk, "remove")

    assert not [one for one in desk.dataframe if "Grade" in one.value]


def test_a_chosen_point_is_changed_to_what_is_marked_now(desk):
    press(desk, "add")
    level(desk, "L4/L5")
    press(desk, "change")

    assert table(desk)["Level"].tolist() == ["L4/L5"]


def test_a_chosen_line_shows_its_point_and_why(desk, words):
    press(desk, "add")
    (slider,) = [one for one in desk.slider if one.label == "Slice"]
    own = slider.value
    slider.set_value(1 if own > 1 else 2).run()
    level(desk, "L5/S1")
    press(desk, "add")
    press(desk, "grade")

    assert "Why this grade" not in words(desk)
    choose(desk, 0)

    assert "Why this grade" in words(desk)
    assert ", L1/L2, " in words(desk)


def test_another_sample_begins_without_points(desk):
    press(desk, "add")
    desk.selectbox(key="predict_sample").set_value(3).run()

    assert not desk.exception
    assert not [one for one in desk.dataframe if "Grade" in one.value]


def test_a_run_says_what_it_reached_on_as_many_of_its_own_rows(desk, words):
    desk.selectbox(key="predict_share").set_value(0.5).run()

    assert not desk.exception
    assert "answers from a probability of" in words(desk)
    assert "test rows and graded" in words(desk)


def test_below_the_threshold_of_the_chosen_share_a_run_cannot_tell(desk):
    (x,) = [number for number in desk.number_input if number.label == "x (column)"]
    for shift in (0, 8, -8, 16, -16, 24):
        desk.number_input(key=x.key).set_value(x.value + shift).run()
        press(desk, "add")
    press(desk, "grade")
    every = table(desk)
    desk.selectbox(key="predict_share").set_value(0.5).run()
    surest = table(desk)

    assert CANNOT_TELL not in every["Grade"].tolist()
    unsure = surest["Grade"] == CANNOT_TELL
    assert 0 < unsure.sum() < len(surest)
    assert surest["Probability"][unsure].max() < surest["Probability"][~unsure].min()
    assert every["Grade"][~unsure].tolist() == surest["Grade"][~unsure].tolist()


def _beside(app):
    return next(box.key for box in app.selectbox if box.label == "Beside it")


def _other_run(first):
    runs = sorted(path.name for path in (PROJECT_ROOT / "artifacts" / "runs").iterdir())
    return next(name for name in runs if name != first)
