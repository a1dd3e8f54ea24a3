"""Label review and human readers on the Compare page, with made-up runs over a small phantom data set."""

import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lsdc import settings
from lsdc.config import SideChoice, preset
from lsdc.dataset.review_files import list_review_files
from lsdc.dataset.reviews import LABEL_KEYS, Decision, as_csv
from lsdc.dataset.tables import data_fingerprint, load_label_table, rows_for_training
from lsdc.evaluation.doubtful_labels import doubtful_labels
from lsdc.evaluation.human_agreement import CAVEAT
from lsdc.evaluation.predictions import with_probabilities
from lsdc.evaluation.scoring import evaluate
from lsdc.evaluation.stored import SCORES_VERSION
from lsdc.labels import Condition, Level, Severity
from lsdc.runs import Member, RunNotes, RunState, RunStatus, create_run
from lsdc.ui.reviews import keys_of

CONFIG = preset("quick").changed(
    side=SideChoice.EITHER, balance=False, conditions=tuple(Condition), model="slice_attention"
)


@pytest.fixture(scope="session")
def phantom_rows(phantom_root):
    return rows_for_training(load_label_table(phantom_root), CONFIG)


@pytest.fixture(scope="session")
def score():
    """Scores of predictions, made once for all tests that have the same."""
    known = {}

    def read(key, predictions):
        if key not in known:
            known[key] = evaluate(predictions).metrics
        return known[key]

    return read


@pytest.fixture
def made_up(empty_artifacts, phantom_root, phantom_rows, score):
    """Make a finished run that guesses; it learned from all studies but some, told by their places."""

    def make(name, *, seed=1, held_out=(0, 7), fingerprint="f" * 64):
        data = {"name": "phantom", "root": str(phantom_root), "synthetic": True, "rows": 1, "studies": 1}
        record = {"preset": "quick", "data": data | {"fingerprint": fingerprint}}
        run = create_run(empty_artifacts / "runs", CONFIG, record, RunNotes(name=name))
        run.write_status(RunStatus(state=RunState.FINISHED))
        tested = phantom_rows["study_id"].isin(phantom_rows["study_id"].unique()[slice(*held_out)])
        predictions = phantom_rows.drop(columns=["image", "series_description"]).rename(columns={"severity": "label"})
        predictions = predictions.astype({"label": object}).assign(
            split=np.where(tested, "test", "train"), x_fraction=0.5, y_fraction=0.5
        )
        guesses = np.random.default_rng(seed).dirichlet([1, 1, 1], size=len(predictions))
        predictions = with_probabilities(predictions, guesses)
        run.write_predictions(predictions)
        source = {"predictions_sha256": run.predictions_sha256(), "version": SCORES_VERSION}
        run.write_metrics({**score((seed, held_out), predictions), "source": source})
        return run

    return make


def review_alone():
    from lsdc.ui.runs import read_runs
    from lsdc.ui.scores import read_scores
    from pages.compare.review import draw_review

    groups, _ = read_scores(read_runs()[0])
    runs = sorted((run for group in groups for run in group.runs), key=lambda run: run.label)
    draw_review(runs, runs)


@pytest.fixture
def open_review(phantom_root, monkeypatch):
    """Open the part of the page, with the small phantom in use."""
    monkeypatch.setenv("LSDC_DATA", str(phantom_root))

    def go(reviewer="Anna"):
        app = AppTest.from_function(review_alone, default_timeout=60)
        app.session_state["compare_reviewer"] = reviewer
        app.run()
        assert not app.exception
        return app

    return go


def click(app, name):
    app.button(key=f"compare_review_{name}").click().run()
    assert not app.exception
    return app


def heading(key):
    study, condition, side, level = key
    return f"**Study {study}, {Condition(condition).display}, {level}, {side}**"


def decisions_on_disk(run):
    files = list_review_files(settings.reviews_root(), run.data["fingerprint"])
    return {file.reviewer: dict(zip(keys_of(file.read()), file.read()["decision"], strict=True)) for file in files}


def test_one_click_decides_and_goes_on_to_the_next_label(made_up, open_review, words):
    run = made_up("first", seed=1)
    worst = keys_of(doubtful_labels([run.predictions()]))

    app = click(click(click(open_review(), "drop"), "keep"), "doubt")

    expected = dict(zip(worst, ("drop", "keep", "doubt"), strict=False))
    assert decisions_on_disk(run) == {"Anna": expected}
    assert f"3 of {len(worst)} decided: 1 keep, 1 drop, 1 doubt" in app.get("progress")[0].proto.text
    assert heading(worst[3]) in words(app)


def test_undo_takes_the_last_decision_back_and_shows_the_label_again(made_up, open_review, words):
    run = made_up("first", seed=1)
    worst = keys_of(doubtful_labels([run.predictions()]))

    app = click(click(click(open_review(), "drop"), "keep"), "undo")

    assert decisions_on_disk(run) == {"Anna": {worst[0]: "drop"}}
    assert heading(worst[1]) in words(app)
    assert app.button(key="compare_review_undo").disabled is False
    assert click(app, "undo").button(key="compare_review_undo").disabled is True


def test_a_reason_goes_with_the_decision_and_is_empty_for_the_next(made_up, open_review):
    run = made_up("first", seed=1)
    app = open_review()
    app.text_input(key="compare_review_reason").set_value("wrong level").run()
    app = click(app, "drop")

    (file,) = list_review_files(settings.reviews_root(), run.data["fingerprint"])
    assert file.read()["reason"].tolist() == ["wrong level"]
    assert app.text_input(key="compare_review_reason").value == ""


def test_who_comes_back_goes_on_where_they_were(made_up, open_review, words):
    run = made_up("first", seed=1)
    click(click(open_review(), "drop"), "keep")
    worst = keys_of(doubtful_labels([run.predictions()]))

    app = open_review()

    assert heading(worst[2]) in words(app)
    assert "2 of" in app.get("progress")[0].proto.text


def test_labels_are_filtered_by_condition_level_and_grade(made_up, open_review):
    made_up("first", seed=1)
    app = open_review()
    app.session_state["compare_review_expander"] = True
    app.selectbox(key="compare_review_condition").set_value(Condition.SPINAL_CANAL_STENOSIS)
    app.selectbox(key="compare_review_level").set_value(Level.L4_L5)
    app.selectbox(key="compare_review_grade").set_value(Severity.NORMAL_MILD)
    app.run()

    (listed,) = [frame.value for frame in app.dataframe if "loss" in frame.value]
    assert set(listed["condition"]) == {"spinal canal stenosis"}
    assert set(listed["level"]) == {"L4/L5"}
    assert set(listed["label"]) == {"Normal/Mild"}


def test_what_the_runs_say_can_be_hidden(made_up, open_review):
    made_up("first", seed=1)
    app = open_review()
    shown = [list(frame.value.columns) for frame in app.dataframe]
    app.toggle(key="compare_review_blind").set_value(True).run()

    answers = ["run", "Normal/Mild", "Moderate", "Severe"]
    assert answers in shown
    assert answers not in [list(frame.value.columns) for frame in app.dataframe]


def test_without_a_name_nothing_can_be_decided(made_up, open_review, words):
    made_up("first", seed=1)
    app = open_review(reviewer="")

    assert "Say who you are" in words(app)
    assert "compare_review_drop" not in [button.key for button in app.button]


def test_a_name_that_cannot_be_a_file_is_advice(made_up, open_review):
    made_up("first", seed=1)

    assert ["cannot be the name of a reviewer" in error.value for error in open_review(reviewer="../anna").error] == [
        True
    ]


def test_runs_that_share_no_rows_are_told_so_and_all_their_rows_are_there(made_up, open_review, words):
    runs = [made_up("first", seed=1, held_out=(0, 4)), made_up("second", seed=2, held_out=(4, 9))]
    app = open_review()

    assert "each is judged by one alone" in words(app)
    together = doubtful_labels([run.predictions() for run in runs])
    assert f"of {min(200, len(together))} decided" in app.get("progress")[0].proto.text


def test_the_members_of_an_ensemble_speak_for_it(made_up, open_review):
    members = [made_up("first", seed=1), made_up("second", seed=2)]
    made_up("both", seed=3).write_members([Member(run_id=run.run_id, network_sha256="0" * 64) for run in members])

    (speaking,) = [box for box in open_review().multiselect if box.label == "Runs that speak"]

    assert sorted(speaking.value) == sorted(run.run_id for run in members)
    assert len(speaking.options) == 2


def test_a_run_of_other_data_does_not_speak(made_up, open_review, words):
    made_up("first", seed=1)
    made_up("elsewhere", seed=2, held_out=(0, 6), fingerprint="0" * 64)
    app = open_review()

    (speaking,) = [box for box in app.multiselect if box.label == "Runs that speak"]
    assert len(speaking.options) == 1
    assert "cannot speak of these labels" in words(app)


def test_images_that_are_not_at_hand_are_said_to_be_so_and_decisions_go_on(made_up, open_review, words):
    run = made_up("elsewhere")
    app = open_review()

    assert "which is not the one in use" in words(app)
    click(app, "doubt")
    assert list(decisions_on_disk(run)["Anna"].values()) == ["doubt"]


def test_a_file_that_somebody_spoilt_is_advice(made_up, open_review):
    run = made_up("first", seed=1)
    click(open_review(), "drop")
    (file,) = list_review_files(settings.reviews_root(), run.data["fingerprint"])
    file.path.write_text("what\n")

    assert any("has no column" in error.value for error in open_review().error)


def test_two_reviewers_are_compared_on_what_both_decided(made_up, open_review, words):
    made_up("first", seed=1)
    click(click(click(open_review(), "drop"), "keep"), "keep")
    app = click(click(open_review(reviewer="Ben"), "drop"), "drop")

    assert "Both decided on **2** labels, and alike on **1**" in words(app.run())
    # Anna: drop, keep; Ben: drop, drop: what they share is what chance would have given.
    assert "Cohen's kappa, unweighted: **0.000**" in words(app)


def upload(app, content):
    app.file_uploader(key="compare_review_file").upload("ben.csv", content, "text/csv")
    next(button for button in app.button if button.label == "Take it in").click().run()
    assert not app.exception
    return app


def review_of(labels, reviewer):
    return as_csv(
        labels[list(LABEL_KEYS)].assign(decision=Decision.DROP.value, reason="", reviewer=reviewer, when="2026-01-31")
    )


def test_an_uploaded_review_is_taken_in_and_one_of_other_data_is_refused(made_up, open_review, words):
    run = made_up("first", seed=1)
    labels = doubtful_labels([run.predictions()]).head(4)
    app = upload(open_review(), review_of(labels, "Ben"))

    assert "4 of 4 decisions of Ben were taken in" in words(app)
    assert set(decisions_on_disk(run)["Ben"]) == set(keys_of(labels))
    app = upload(app, review_of(labels.assign(study_id=1).drop_duplicates(list(LABEL_KEYS)), "Ben"))
    assert any("not in this data set" in error.value for error in app.error)
    assert len(decisions_on_disk(run)["Ben"]) == 4


def open_tab(open_page, tab):
    app = open_page("compare")
    app.session_state["compare_tab"] = tab
    app.session_state["compare_reviewer"] = "Anna"
    return app.run()


def test_on_the_page_a_label_is_shown_as_the_network_saw_it(made_up, open_page, phantom_root, words):
    table = load_label_table(phantom_root)
    run = made_up("first", fingerprint=data_fingerprint(table, phantom_root))
    worst = doubtful_labels([run.predictions()]).head(1)
    app = open_tab(open_page, "Label review")

    assert f"{heading(keys_of(worst)[0])} · label **{worst['label'].item()}**" in words(app)
    # The slice with the point, and the crop.
    assert len(app.get("image")) == 2
    assert {"Open in Predict", "Open in Explore"} <= {link.proto.label for link in app.get("page_link")}


def test_kappas_stand_before_the_bands_of_their_own_kind(made_up, open_page, words):
    made_up("first")
    app = open_tab(open_page, "Human readers")

    assert CAVEAT in words(app)
    assert "No published value of this kind for Subarticular Stenosis" in words(app)
    conditions = [frame.value["condition"].tolist() for frame in app.dataframe if "condition" in frame.value]
    assert sorted(conditions[0]) == sorted(condition.display for condition in Condition)
    (published,) = [frame.value for frame in app.dataframe if "Zone" in frame.value]
    assert published.loc[published["Source"] == "Eur Radiol 2025;35:2298–2306", "Kind"].item().endswith("not drawn")


def test_train_says_before_a_run_starts_how_many_rows_a_review_leaves_out(
    open_page, empty_artifacts, phantom_rows, words
):
    studies = phantom_rows["study_id"].unique()[::2]
    path = settings.reviews_root() / "f" / "Anna.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(review_of(phantom_rows[phantom_rows["study_id"].isin(studies)], "Anna"))
    app = open_page("train")
    before = training_rows(app)
    app.sidebar.selectbox(key="hyperparameter_1_label_review").set_value(str(path)).run()

    said = re.search(r"leaves (\d+) rows out of training", words(app))
    assert said is not None
    assert 0 < int(said[1]) == before - training_rows(app)
    path.write_text("study_id\n1\n")
    assert any("has no column condition" in error.value.replace("\\", "") for error in app.run().error)


def training_rows(app):
    return int(next(metric.value for metric in app.metric if metric.label == "Training rows"))
