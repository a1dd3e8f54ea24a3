"""The Sweep page."""

import pytest

from lsdc import settings
from lsdc.config import TrainingConfig
from lsdc.runs import RunState
from lsdc.runs.locks import inheritable_lock
from lsdc.sweeps.definition import SweepDefinition
from lsdc.sweeps.driver import Driver
from lsdc.sweeps.folder import create_sweep, list_sweeps
from lsdc.sweeps.space import SEARCHABLE, suggested_dimension
from lsdc.training.launch import describe_run


@pytest.fixture
def idle(empty_artifacts):
    """A worker that lives and starts nothing."""
    empty_artifacts.mkdir()
    with inheritable_lock(settings.worker_lock_path()):
        yield


@pytest.fixture
def found(idle, phantom_root, tiny_config):
    """A sweep of nine trials, one of which is still learning."""
    definition = SweepDefinition.parse(
        {
            "title": "Mine",
            "preset": "quick",
            "base": tiny_config,
            "search": {"dropout": {"low": 0.0, "high": 0.8}, "activation": ["relu", "tanh"]},
            "trials": 9,
            "parallel": 9,
        }
    )
    data = describe_run(tiny_config, preset="quick", data_root=phantom_root)["data"]
    sweep = create_sweep(settings.sweeps_root(), definition, phantom_root, data)
    Driver(sweep).turn()
    for number, run in enumerate(trial.run for trial in sweep.trials(settings.runs_root())):
        run.write_history([{"epoch": 1, "stage": 1, "val_loss": 1 + number / 10}])
        state = RunState.RUNNING if number == 0 else RunState.FINISHED
        told = {"state": state, "host": "elsewhere", "pid": 1, "message": "Said."}
        run.write_status(run.written_status().model_copy(update=told))
    with sweep.lock():
        yield sweep


def test_without_sweeps_the_page_says_how_to_start_one(open_page, idle, words):
    app = open_page("sweep")

    assert "No sweep yet" in words(app)
    assert "Learning rate" in words(app)
    assert "test rows have no say" in words(app)
    assert "0.0002 to 0.02, by decades" in words(app)
    assert not app.button(key="sweep_start").disabled


def test_every_hyperparameter_that_can_be_searched_has_its_widgets(open_page, idle, words):
    by_people = [name for name in SEARCHABLE if suggested_dimension(name) is None]
    app = open_page("sweep")

    app.session_state["search_names"] = list(SEARCHABLE)
    for name in by_people:
        app.session_state[f"search_{name}_text"] = "8, 16; 16, 32"
    app.run()

    assert by_people
    assert not app.exception
    for name in SEARCHABLE:
        assert f"**{TrainingConfig.model_fields[name].title}**: " in words(app).replace("\\", "")
    assert not app.button(key="sweep_start").disabled


def test_the_reports_grid_fills_the_sidebar(open_page, idle, words):
    app = open_page("sweep")

    app.selectbox(key="search_ready").set_value("report-grid").run()

    assert app.selectbox(key="hyperparameters_preset").value == "report"
    assert app.text_input(key="search_conv_filters_text").value == "32, 64; 32, 64, 128; 32, 64, 128, 256"
    assert "There are 864 combinations" in words(app)
    assert "Split strategies differ in which of the remaining rows a trial learns from" in words(app)
    assert not app.button(key="sweep_start").disabled


@pytest.mark.parametrize(
    ("names", "values", "reason"),
    [
        ([], {}, "Choose at least one hyperparameter"),
        (["conv_filters"], {"conv_filters_text": "32, many; 16"}, "“many” is not a whole number"),
        (["batch_size"], {"batch_size_kind": "Values", "batch_size_text": "16"}, "nothing to choose among"),
        (["dropout"], {"dropout_low": 0.5, "dropout_high": 0.4}, "nothing between 0.5 and 0.4"),
    ],
)
def test_what_cannot_be_searched_is_said_before_the_start(open_page, idle, words, names, values, reason):
    app = open_page("sweep")

    app.session_state["search_names"] = names
    for name, value in values.items():
        app.session_state[f"search_{name}"] = value
    app.run()

    assert not app.exception
    assert reason in words(app)
    assert app.button(key="sweep_start").disabled


def test_a_sweep_is_started_with_what_the_sidebar_says_and_stopped(open_page, idle, words):
    app = open_page("sweep")
    app.session_state["search_names"] = ["dropout", "activation"]
    app.session_state["search_dropout_high"] = 0.4
    app.run()
    app.number_input(key="sweep_trials_").set_value(3)

    app.button(key="sweep_start").click().run()

    (sweep,) = list_sweeps(settings.sweeps_root())
    assert sweep.definition.trials == 3
    assert sweep.definition.search["dropout"] == {"low": 0.0, "high": 0.4, "log": False}
    app.button(key=f"stop_{sweep.sweep_id}").click().run()
    assert sweep.end().reason == "Stopped."


def test_a_sweep_shows_its_trials_what_mattered_and_leads_from_the_best_to_predict(open_page, found, words):
    app = open_page("sweep")

    said = words(app)
    assert "Best so far: trial 2" in said
    assert "Of 9 trials 8 have finished. Trial 2 has the lowest validation loss, 1.1000" in said
    assert "of the spread of validation losses" in said
    assert len(app.get("vega_lite_chart")) == 3
    assert {metric.label: metric.value for metric in app.metric}["Validation loss"] == "1.1000"
    assert [link.proto.label for link in app.get("page_link")][:2] == ["Open in Predict", "See the run"]
    assert "8 of at most 9 trials over · 1 running · 8 finished" in [bar.proto.text for bar in app.get("progress")]


def test_a_damaged_sweep_is_listed_with_its_reason(open_page, found, words):
    damaged = settings.sweeps_root() / "20260101-000000-sweep-dead"
    damaged.mkdir()

    assert "sweep.json of sweep 20260101" in words(open_page("sweep")).replace("\\", "")
