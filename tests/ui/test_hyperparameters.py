"""The sidebar: presets fill it, edits change it, and what cannot run says why."""

import pytest
from streamlit.testing.v1 import AppTest

from lsdc import settings
from lsdc.config import PRESETS, Backend, InputKind
from lsdc.dataset.review_files import review_file
from lsdc.dataset.reviews import Decision
from lsdc.runs import RunNotes, create_run
from lsdc.training import device
from lsdc.ui.fields import widget_value


def sidebar():
    import streamlit as st

    from lsdc.ui.hyperparameters import choose_hyperparameters

    st.session_state["choice"] = choose_hyperparameters()


def repeated():
    import streamlit as st

    from lsdc.ui.hyperparameters import choose_hyperparameters, fill_from_run

    st.session_state["choice"] = choose_hyperparameters()
    st.button("Repeat", on_click=fill_from_run, args=(st.session_state["run"],), key="repeat")


@pytest.fixture
def app():
    app = AppTest.from_function(sidebar, default_timeout=60).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_comes_out_of_the_sidebar_as_it_went_in(app, name):
    app.selectbox(key="hyperparameters_preset").set_value(name).run()

    choice = app.session_state["choice"]
    assert choice.config == PRESETS[name]
    assert choice.changed == ()


def test_an_edit_is_in_the_config_and_named_as_a_change(app):
    app.number_input(key="hyperparameter_1_epochs").set_value(33)
    app.text_input(key="hyperparameter_1_dense_units").set_value("48").run()

    choice = app.session_state["choice"]
    assert choice.config.epochs == 33
    assert choice.config.dense_units == (48,)
    assert set(choice.changed) == {"epochs", "dense_units"}


def test_another_preset_puts_every_field_back(app):
    app.number_input(key="hyperparameter_1_epochs").set_value(33).run()
    app.selectbox(key="hyperparameters_preset").set_value("report").run()

    assert app.session_state["choice"].config == PRESETS["report"]


def test_what_a_browser_sends_that_has_not_seen_the_new_preset_is_not_taken_for_it(app):
    """A value that is changed a moment after a preset was chosen comes with the old values of all other fields."""
    app.selectbox(key="hyperparameters_preset").set_value("report")
    app.number_input(key="hyperparameter_1_epochs").set_value(33)
    sent = app._tree.get_widget_states()
    app.run()

    app._run(widget_state=sent)

    assert app.session_state["choice"].config == PRESETS["report"]


def test_reset_puts_every_field_back_to_the_preset(app):
    app.number_input(key="hyperparameter_1_epochs").set_value(33).run()
    app.button[0].click().run()

    assert app.session_state["choice"].changed == ()


@pytest.mark.parametrize(
    ("typed", "reason"), [("64, many", "“many” is not a whole number"), ("9000", "less than or equal to 4096")]
)
def test_a_value_that_cannot_be_used_is_explained_beside_its_field(app, typed, reason):
    app.text_input(key="hyperparameter_1_dense_units").set_value(typed).run()

    choice = app.session_state["choice"]
    assert choice.config is None
    assert reason in choice.reason
    assert any(reason in caption.value for caption in app.caption)


def test_a_combination_that_cannot_run_is_explained(app):
    app.number_input(key="hyperparameter_1_fold").set_value(7).run()

    choice = app.session_state["choice"]
    assert choice.config is None
    assert "Validation fold 7 is not one of 5 folds" in choice.reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"model": "report_cnn"}, "looks at one slice"),
        ({"input_kind": InputKind.WHOLE}, "Neighbouring slices need the crop input"),
        ({"image_px": 16, "conv_filters": (8,) * 6}, "An image of 16 px is too small"),
        ({"encoder": "resnet50", "image_px": 16}, "An image of 16 px is too small"),
        ({"pretrained": "imagenet"}, "no pretrained weights for slice_attention"),
    ],
)
def test_what_a_network_cannot_do_is_refused_with_the_reason_and_a_way_out(app, changes, reason):
    for name, value in changes.items():
        app.session_state[f"hyperparameter_1_{name}"] = widget_value(name, value)
    app.run()

    choice = app.session_state["choice"]
    assert not app.exception
    assert choice.config is None
    assert reason in choice.reason


def test_a_backend_that_is_not_installed_is_refused(app, monkeypatch):
    monkeypatch.setattr(device, "is_installed", lambda backend: backend is Backend.TENSORFLOW)
    app.session_state["hyperparameter_1_backend"] = Backend.TORCH
    app.run()

    choice = app.session_state["choice"]
    assert choice.config is None
    assert "backend torch is not installed" in choice.reason


def test_conditions_keep_the_order_of_the_vocabulary_however_they_are_clicked(app):
    pills = app.get("button_group")[0]
    pills.select("Spinal Canal Stenosis").run()

    conditions = [condition.value for condition in app.session_state["choice"].config.conditions]
    assert conditions == ["spinal_canal_stenosis", "subarticular_stenosis"]


def test_repeating_a_run_puts_its_hyperparameters_into_the_sidebar(empty_artifacts):
    config = PRESETS["report"].changed(learning_rate=0.00123, dense_units=(64,), epochs=33)
    app = AppTest.from_function(repeated, default_timeout=60)
    app.session_state["run"] = create_run(empty_artifacts / "runs", config, {"preset": "report"}, RunNotes())
    app.run()

    app.button(key="repeat").click().run()

    assert not app.exception
    assert app.session_state["choice"].config == config
    assert app.session_state["choice"].preset == "report"


def test_the_path_of_a_weights_file_is_kept_and_one_that_is_not_there_is_refused(empty_artifacts, tmp_path):
    weights = tmp_path / "mine.weights.h5"
    weights.touch()
    choices = []
    for path in (weights, tmp_path / "none.weights.h5"):
        config = PRESETS["recommended"].changed(encoder="resnet50", pretrained=str(path))
        # A test cannot type into the box; repeating a run fills it.
        app = AppTest.from_function(repeated, default_timeout=60)
        app.session_state["run"] = create_run(empty_artifacts / "runs", config, {"preset": "recommended"}, RunNotes())
        app.run()
        app.button(key="repeat").click().run()
        assert not app.exception
        choices.append(app.session_state["choice"])

    kept, refused = choices
    assert kept.config.pretrained == str(weights)
    assert refused.config is None
    assert "There is no weights file" in refused.reason


def test_repeating_a_run_that_left_rows_out_leaves_out_the_same_ones(empty_artifacts, tmp_path):
    config = PRESETS["report"].changed(label_review=str(tmp_path / "anna.csv"))
    run = create_run(empty_artifacts / "runs", config, {"preset": "report"}, RunNotes(), review=b"as it was")
    app = AppTest.from_function(repeated, default_timeout=60)
    app.session_state["run"] = run
    app.run()

    app.button(key="repeat").click().run()

    repeated_path = app.session_state["choice"].config.review_path
    assert repeated_path == run.review_path
    assert repeated_path.read_bytes() == b"as it was"


def test_the_reviews_that_are_here_can_be_chosen(app, empty_artifacts):
    file = review_file(settings.reviews_root(), "f" * 64, "Anna")
    file.decide((7, "spinal_canal_stenosis", "midline", "L4/L5"), Decision.DROP)
    box = app.run().sidebar.selectbox(key="hyperparameter_1_label_review")

    assert box.options == ["none", "Anna · ffffffffffff"]
    box.set_value(str(file.path)).run()
    assert app.session_state["choice"].config.review_path == file.path
