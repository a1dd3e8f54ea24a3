"""Ensembles on every page."""

import shutil

import pytest

from lsdc import settings
from lsdc.evaluation.ensemble import create_ensemble
from lsdc.runs import RunNotes, list_runs


@pytest.fixture
def members(empty_artifacts, trained_run, whole_slice_run):
    """Copies of two runs that share a split, apart from the runs of other tests."""
    for run in (trained_run, whole_slice_run):
        shutil.copytree(run.path, settings.runs_root() / run.run_id)
    return list_runs(settings.runs_root())


@pytest.fixture
def ensemble(members):
    return create_ensemble(members, settings.runs_root(), RunNotes(name="Both"))


def open_tab(app, name):
    app.session_state["compare_tab"] = name
    return app.run()


def test_runs_are_averaged_on_compare_and_stand_in_the_scoreboard(open_page, members, words):
    app = open_tab(open_page("compare"), "Ensemble")
    app.text_input(key="compare_member_name").set_value("Both")
    next(button for button in app.button if button.label == "Save as a run").click().run()

    assert not app.exception
    (made,) = [run for run in list_runs(settings.runs_root()) if run.is_ensemble]
    assert made.notes().name == "Both"
    assert "is saved, and stands in the scoreboard" in words(app)
    scoreboard = app.dataframe[0].value
    assert "ensemble" in scoreboard.set_index("run").loc["Both", "marks"]


def test_runs_of_another_split_are_refused_with_the_reason(open_page, members, trained_stack_run, words):
    shutil.copytree(trained_stack_run.path, settings.runs_root() / trained_stack_run.run_id)
    app = open_tab(open_page("compare"), "Ensemble")
    app.multiselect(key="compare_members").set_value([members[0].run_id, trained_stack_run.run_id]).run()

    assert "These runs cannot be averaged" in words(app)
    assert "did not learn the same conditions" in words(app)
    assert not [button for button in app.button if button.label == "Save as a run"]
    app.multiselect(key="compare_members").set_value([members[0].run_id]).run()
    assert "Choose at least two runs." in words(app)


@pytest.mark.parametrize("tab", ["Calibration", "Learning", "Slices", "Differences", "Networks"])
def test_every_part_of_compare_knows_what_an_ensemble_has(open_page, ensemble, words, tab):
    app = open_page("compare")
    app.multiselect(key="compare_runs").set_value([ensemble.run_id]).run()
    open_tab(app, tab)

    assert not app.exception
    assert not app.error
    expected = {
        "Calibration": "the mean is not calibrated once more",
        "Learning": "An ensemble has no learning curve",
        "Slices": "An ensemble is not shown fewer slices",
        "Differences": "Of an ensemble: all its members together",
        "Networks": "It is an ensemble",
    }
    assert expected[tab] in words(app)


def test_train_offers_neither_repeat_nor_resume_nor_the_removal_of_a_member(open_page, ensemble, members, words):
    app = open_page("train")
    app.selectbox(key="train_run").set_value(ensemble.run_id).run()
    labels = {button.label for button in app.button}
    said = words(app)

    assert not {"Repeat", "Resume", "Stop"} & labels
    assert "The mean of 2 runs." in said
    assert all(member.notes().name in said for member in members)
    app.selectbox(key="train_run").set_value(members[0].run_id).run()
    app.button(key=f"remove_{members[0].run_id}").click().run()
    assert any("is a member of" in error.value for error in app.error)
    assert members[0].path.exists()


def test_a_sample_is_graded_by_all_members(open_page, ensemble, words):
    app = open_page("predict")
    app.selectbox(key="predict_run").set_value(ensemble.run_id).run()
    app.button_group(key="predict_source").set_value("Try a sample").run()
    app.button(key="predict_grade").click().run()

    assert not app.exception
    assert not app.error
    said = words(app)
    assert "ensemble of 2 runs" in said
    assert "Probabilities: Normal/Mild" in said
    assert "Why this grade" in said
    assert any("of 2 members say" in part.label for part in app.expander)
    members = next(table.value for table in app.dataframe if "Member" in table.value)
    assert sorted(members["Member"]) == ["Tiny crop", "Tiny whole"]


def test_an_ensemble_without_its_member_says_so(open_page, ensemble, members, tmp_path, words):
    members[0].path.rename(tmp_path / "elsewhere")
    app = open_page("predict")
    app.selectbox(key="predict_run").set_value(ensemble.run_id).run()
    app.button_group(key="predict_source").set_value("Try a sample").run()
    app.button(key="predict_grade").click().run()

    assert any("whose network is not here" in error.value for error in app.error)
    train = open_page("train")
    train.selectbox(key="train_run").set_value(ensemble.run_id).run()
    assert "which is not here" in words(train)
