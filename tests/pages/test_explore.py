"""The Explore page."""

import json
import re
import shutil

import pandas as pd
from filelock import FileLock
from streamlit.testing.v1 import AppTest

from lsdc import settings
from lsdc.config import SplitUnit
from lsdc.dataset.background import JobState, Progress
from lsdc.files import write_json
from lsdc.labels import Condition
from lsdc.settings import PROJECT_ROOT


def test_while_the_phantom_is_being_made_the_page_shows_how_far_it_is(empty_artifacts, words):
    # Somebody else makes it: holds the lock, and says how far it is.
    empty_artifacts.mkdir()
    building = Progress(state=JobState.BUILDING, done=3, total=12)
    write_json(empty_artifacts / ".phantom.progress.json", building.model_dump(mode="json"))
    with FileLock(empty_artifacts / ".phantom.lock"):
        app = AppTest.from_file(PROJECT_ROOT / "navigation.py", default_timeout=60).run()

    assert not app.exception
    assert "not ready yet" in words(app)
    assert "3 of 12 studies" in app.get("progress")[0].proto.text


def test_a_folder_without_tables_names_the_missing_file_and_the_page_stays(
    empty_artifacts, tmp_path, monkeypatch, words
):
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.setenv("LSDC_DATA", str(folder))

    app = AppTest.from_file(PROJECT_ROOT / "navigation.py", default_timeout=60).run()

    assert not app.exception
    assert "train.csv is missing" in words(app)
    assert app.text_input(key="data_folder").value == ""


def test_a_folder_that_is_typed_is_refused_with_a_reason_or_used(open_page, empty_artifacts, phantom_root, words):
    app = open_page("explore")

    app.text_input(key="data_folder").set_value("/no/such/folder")
    app.button(key="FormSubmitter:data_set-Use this folder").click().run()
    refused = words(app)
    app.text_input(key="data_folder").set_value(str(phantom_root))
    app.button(key="FormSubmitter:data_set-Use this folder").click().run()

    assert "There is no folder /no/such/folder" in refused
    assert not app.exception
    assert json.loads((empty_artifacts / "settings.json").read_text()) == {"data_root": str(phantom_root)}


def test_a_folder_of_tables_alone_is_refused_and_one_in_use_is_warned_of(
    open_page, empty_artifacts, phantom_root, tmp_path, monkeypatch, words
):
    tables = tmp_path / "tables"
    tables.mkdir()
    for path in phantom_root.iterdir():
        if path.is_file():
            shutil.copy(path, tables)
    app = open_page("explore")

    app.text_input(key="data_folder").set_value(str(tables))
    app.button(key="FormSubmitter:data_set-Use this folder").click().run()
    refused = words(app)
    monkeypatch.setenv("LSDC_DATA", str(tables))
    app.run()

    assert "is missing or empty" in refused
    assert not (empty_artifacts / "settings.json").exists()
    assert "14 of 14 labelled studies have no images" in words(app)


def test_the_phantom_and_lsdc_data_can_both_be_gone_back_to(open_page, empty_artifacts, phantom_root, words):
    # As if the phantom had been made.
    settings.phantom_root().mkdir(parents=True)
    app = open_page("explore")

    app.button(key="data_phantom").click().run()
    chosen, said = settings.data_root(), words(app)
    app.button(key="data_configured").click().run()

    assert chosen == settings.phantom_root()
    assert "comes before it" in said
    assert settings.data_root() == phantom_root
    assert "comes before it" not in words(app)


def test_the_overview_says_the_numbers_of_the_data_set_and_marks_it_synthetic(open_page, words):
    app = open_page("explore")

    totals = {metric.label: metric.value for metric in app.metric}
    assert totals["Studies"] == "14"
    assert "SYNTHETIC" in words(app)
    assert "a grader that always answers so is right as often" in words(app)
    assert len(app.get("vega_lite_chart")) == 5


def test_a_filter_narrows_the_numbers_and_stands_in_the_address(open_page, words):
    app = open_page("explore")
    points = int(app.metric[2].value)

    app.multiselect(key="explore_level").set_value(["L4/L5"]).run()

    assert not app.exception
    assert 0 < int(app.metric[2].value) < points
    assert app.query_params["level"] == "l4_l5"
    assert f"of {points} points" in words(app)


def test_an_address_chooses_the_filter_and_the_tab(open_page):
    app = open_page("explore")
    for name, word in {"side": "left", "severity": "severe", "part": "train", "tab": "rows"}.items():
        app.query_params[name] = word

    app.run()

    assert app.multiselect(key="explore_side").value == ["left"]
    rows = app.dataframe[0].value
    assert set(rows["side"]) == {"left"}
    assert set(rows["severity"]) == {"Severe"}
    assert set(rows["split"]) == {"train"}


def test_what_is_graded_is_counted_in_train_csv_at_the_levels_of_the_filter(
    open_page, phantom_root, tmp_path, monkeypatch, words
):
    # Half of the points are gone, and the grades are still there.
    for path in phantom_root.glob("train*.csv"):
        shutil.copy(path, tmp_path)
    points = pd.read_csv(phantom_root / "train_label_coordinates.csv")
    points[::2].to_csv(tmp_path / "train_label_coordinates.csv", index=False)
    app = open_page("explore")
    monkeypatch.setenv("LSDC_DATA", str(tmp_path))
    app.query_params.update({"view": "patients", "level": "l4_l5", "part": "train"})

    app.run()

    assert not app.exception
    assert re.search(r"Each is graded in (\d+) of \1 studies, 100.0%", words(app))
    assert "L1/L2" not in words(app)


def test_a_word_of_the_address_that_is_not_known_is_dropped_and_told(open_page, words):
    app = open_page("explore")
    app.query_params["level"] = "l9"

    app.run()

    assert "level=l9" in words(app)
    assert "level" not in app.query_params
    assert "All " in words(app)


def test_filters_that_leave_nothing_say_so_and_can_be_cleared(open_page, words):
    app = open_page("explore")
    app.query_params["condition"] = "spinal_canal_stenosis"
    app.query_params["side"] = "left"

    nothing = words(app.run())
    app.button(key="explore_clear").click().run()

    assert "No point is left" in nothing
    assert not app.query_params
    assert len(app.metric) == 4


def open_tab(app: AppTest, name: str) -> AppTest:
    app.query_params["tab"] = name
    return app.run()


def test_rows_can_be_read_and_taken_away(open_page, words):
    app = open_tab(open_page("explore"), "rows")

    assert not app.exception
    assert len(app.dataframe[0].value) > 0
    assert [button.proto.label for button in app.get("download_button")] == [
        "These rows, CSV",
        "Master_data (all Axial T2 rows), CSV",
    ]


def test_every_chart_offers_its_numbers(open_page):
    app = open_page("explore")

    offered = [button.proto.label for button in app.get("download_button")]
    assert offered == ["CSV"] * len(app.get("vega_lite_chart"))


def test_splits_are_shown_before_a_run_and_one_that_leaks_says_so(open_page, words):
    app = open_tab(open_page("explore"), "splits")
    by_study = words(app)

    app.button_group(key="explore_split_unit").set_value(SplitUnit.ROW).run()

    assert not app.exception
    assert "No study and no image is in two parts" in by_study
    assert "This split leaks" not in by_study
    assert "This split leaks" in words(app)
    assert app.query_params["unit"] == "row"


def test_an_address_says_how_splits_divide(open_page, words):
    app = open_page("explore")
    first = words(open_tab(app, "splits"))
    app.query_params.update({"test": "0.3", "seed": "7", "balance": "yes", "unit": "nothing"})

    app.run()

    assert not app.exception
    assert app.slider(key="explore_split_test").value == 0.3
    assert app.number_input(key="explore_split_seed").value == 7
    assert app.toggle(key="explore_split_balance").value
    assert "This split leaks" not in words(app)
    assert words(app) != first


def test_the_help_shows_every_condition_with_every_grade(open_page, words):
    app = open_page("explore")

    app.button(key="help_explore").click().run()

    assert not app.exception
    assert all(condition.display in words(app) for condition in Condition)
    assert len(app.get("image")) == 3 + 9


def test_what_goes_together_within_a_patient_is_shown(open_page, words):
    app = open_page("explore")

    app.button_group(key="explore_view").set_value("Within a patient").run()

    assert not app.exception
    assert not app.error
    assert "Strongest together" in words(app)
    assert "Left and right of the same level have the same grade" in words(app)
    assert "The grade rises most often from" in words(app)
    assert len(app.get("vega_lite_chart")) == 5


def test_balancing_looks_at_all_levels_whatever_the_filter(open_page, words):
    app = open_page("explore")
    app.button_group(key="explore_view").set_value("Balancing").run()
    assert app.query_params["view"] == "balancing"
    before = [word for word in words(app).splitlines() if word.startswith("Without the")]

    app.query_params["level"] = "l4_l5"
    app.run()

    assert len(before) == 1
    assert before[0] in words(app)
    assert len(app.get("vega_lite_chart")) == 3
