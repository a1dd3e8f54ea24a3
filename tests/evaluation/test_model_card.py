from __future__ import annotations

import shlex
from typing import Any

import numpy as np
import pytest

from lsdc.cli.options import chosen_config
from lsdc.config import TrainingConfig, preset
from lsdc.evaluation.calibration import CROSS_FITTED
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS
from lsdc.evaluation.model_card import model_card
from lsdc.evaluation.predictions import probabilities_of
from lsdc.evaluation.reproduction import commands
from lsdc.evaluation.scoring import evaluate


def make_data(**changes: Any) -> dict[str, Any]:
    return {"name": "RSNA 2024", "fingerprint": "abc", "synthetic": False, "rows": 300, "studies": 60, **changes}


def make_record(**changes: Any) -> dict[str, Any]:
    made = {"preset": "report", "created": "2026-01-02T03:04:05+00:00", "commit": "c0ffee", "device": "One GPU"}
    return {**made, "versions": {"python": "3.11.7", "keras": "3.15.1"}, "data": make_data(), **changes}


def make_calibration(**changes: Any) -> dict[str, Any]:
    ece, ece_before = {"value": 0.034, "low": 0.02, "high": 0.05}, {"value": 0.081, "low": 0.06, "high": 0.1}
    reliability = {"part": "test", "rows": 100, "studies": 20, "ece": ece, "ece_before": ece_before}
    return {
        "temperature": 1.372,
        "prior_weights": [1.0, 1.0, 1.0],
        "fitted_on": {"part": "validation", "rows": 90, "studies": 18},
        **changes,
        "reliability": reliability | changes.get("reliability", {}),
    }


@pytest.fixture(scope="module")
def scores(make_predictions) -> dict[str, Any]:
    return evaluate(make_predictions()).metrics


def card(
    scores: dict[str, Any],
    *,
    config: TrainingConfig | None = None,
    calibration: dict[str, Any] | None = None,
    record: dict[str, Any] | None = None,
    members: dict[str, TrainingConfig] | None = None,
    **data: Any,
) -> str:
    return model_card(
        run_id="20250101-000000-report_cnn-abcd",
        config=config or preset("report"),
        record=record or make_record(data=make_data(**data)),
        metrics=scores,
        calibration=calibration or make_calibration(),
        members=members or {},
    )


def chapter(text: str, title: str) -> str:
    return text.partition(f"## {title}\n\n")[2].partition("\n\n## ")[0]


def test_a_card_says_first_that_it_is_for_research_only(scores) -> None:
    assert card(scores).splitlines()[:3] == [
        "# 20250101-000000-report_cnn-abcd",
        "",
        "**Research only. Not a medical device; not for diagnosis or treatment.**",
    ]


def test_an_honest_run_on_patients_carries_no_warning(scores) -> None:
    text = card(scores)

    assert "SYNTHETIC" not in text
    assert "Leaks" not in text
    assert "Chosen on these rows" not in text


def test_a_run_on_phantoms_is_marked_synthetic(scores) -> None:
    assert "**SYNTHETIC**" in card(scores, synthetic=True)


def test_a_run_that_left_rows_out_says_how_many_and_by_which_file(scores) -> None:
    text = card(scores, left_out={"rows": 12, "review": "anna.csv", "sha256": "0123"})

    assert "(anna.csv, sha256 `0123`) left 12 of them out of training" in text
    assert "left" not in card(scores).partition("## How good")[0].partition("## What it learned")[2]


def test_an_ensemble_says_which_member_keeps_the_review(scores) -> None:
    text = card(
        scores,
        members={"run-a": preset("report"), "run-b": preset("report")},
        left_out={"rows": 12, "review": "anna.csv", "sha256": "0123"},
    )

    assert "left 12 of them out of the training of run-a" in text
    assert "run-a keeps it as `review.csv`" in text
    assert "The run keeps it" not in text


@pytest.mark.parametrize("place", [("sweep", "held_out"), ("held_out",)])
def test_a_trial_that_its_sweep_divided_says_so_and_not_that_train_repeats_it(scores, place) -> None:
    shared = preset("report").changed(split_strategy="stratified 80:20", seed=7).split
    told = shared.model_dump(mode="json")
    for name in reversed(place):
        told = {name: told}
    config = preset("report").changed(split_strategy="random 80:20", seed=3)

    text = card(scores, config=config, record=make_record(**told))

    assert "(stratified 80:20, seed 7)" in chapter(text, "What it learned from")
    assert "divided once more" in chapter(text, "What it learned from")
    assert "`train` alone cannot repeat the run" in chapter(text, "How to reproduce")
    assert "cannot repeat" not in card(scores, config=config)


def test_the_name_of_a_data_set_is_no_markdown(scores) -> None:
    text = card(scores, name="[here](https://x.example) *x*")

    assert r"\[here\](https://x.example) \*x\*: 300 labelled points" in text


def test_a_run_whose_parts_share_a_patient_is_marked_as_leaking(make_predictions) -> None:
    by_row = make_predictions(parts=("train", "validation", "test"))
    by_row["split"] = np.resize(["train", "validation", "test"], len(by_row))

    assert "**Leaks**" in card(evaluate(by_row).metrics)


def test_a_run_without_test_rows_is_marked(make_predictions) -> None:
    scores = evaluate(make_predictions(parts=("train", "validation"))).metrics

    assert "**Chosen on these rows**" in card(scores)


def test_every_metric_stands_beside_the_baselines(scores) -> None:
    text = card(scores)

    assert "| Baseline: constant | Baseline: level only | Baseline: level + coordinates |" in text
    for metric in (*METRICS, *REPORT_METRICS):
        line = next(line for line in text.splitlines() if line.startswith(f"| {metric.title} ("))
        assert line.count("|") == 6
    assert f"{scores['metrics']['macro_auc']['value']:.3f} ({scores['metrics']['macro_auc']['low']:.3f} to" in text


def test_every_hyperparameter_is_listed(scores) -> None:
    text = card(scores)

    assert all(f"| {name} | `" in text for name in TrainingConfig.model_fields)


def test_what_is_undefined_is_a_dash(make_predictions) -> None:
    scores = evaluate(make_predictions(12).assign(label="Moderate")).metrics

    assert "| Macro AUC (higher is better) | – | – | – | – |" in card(scores)


def test_tables_are_markdown_of_even_width(scores) -> None:
    tables = [part for part in card(scores).split("\n\n") if part.startswith("|")]

    assert len(tables) == 6
    assert not any("Slices" in table for table in tables)
    assert all(len({line.count("|") for line in table.splitlines()}) == 1 for table in tables)


def test_calibration_is_told_with_the_rows_that_it_was_measured_on(scores) -> None:
    text = card(scores).partition("## Calibration\n\n")[2].partition("\n\n## ")[0]

    assert text == (
        "The loss weighed all grades alike. Temperature 1.37, fitted on 90 validation rows of 18 studies; above 1 it "
        "makes probabilities less sure, below 1 surer. Calibration error 0.081 (0.060 to 0.100) without the "
        "temperature and 0.034 (0.020 to 0.050) with it, on 100 test rows of 20 studies, which did not fit it."
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"prior_weights": [1.0, 2.0, 4.0]}, "weighed Normal/Mild 1.00, Moderate 2.00, Severe 4.00; that is taken out"),
        ({"fitted_on": None}, "Not calibrated: the probabilities are as the network gives them. Calibration error"),
        ({"reliability": {"part": CROSS_FITTED}}, "20 studies, each study with a temperature that only others fitted."),
        ({"reliability": {"part": CROSS_FITTED}}, "The best epoch was chosen on these rows."),
        ({"reliability": {"part": CROSS_FITTED, "studies": 1}}, "1 study, which leaves no others to fit one on"),
        ({"reliability": {"ece": {"value": 0.5, "low": None, "high": None}}}, "and 0.500 with it"),
    ],
)
def test_the_words_follow_how_it_was_calibrated(scores, changes: dict[str, Any], words: str) -> None:
    assert words in card(scores, calibration=make_calibration(**changes))


def test_a_network_of_several_slices_is_shown_with_fewer(make_predictions) -> None:
    predictions = make_predictions(24)
    scores = evaluate(predictions, by_slices={number: probabilities_of(predictions) for number in (1, 3, 5)}).metrics

    lines = card(scores).partition("## With fewer slices\n\n")[2].partition("\n\n## ")[0].splitlines()

    assert lines[2].startswith("| Slices, at most | Macro AUC")
    assert [line.split(" | ")[0] for line in lines[4:]] == ["| 1", "| 3", "| 5"]
    assert all(line.count(" to ") == 3 for line in lines[4:])


def test_every_level_has_a_line_with_its_values(scores) -> None:
    lines = chapter(card(scores), "By level").splitlines()

    assert [line.split(" | ")[0] for line in lines[2:]] == [f"| {level}" for level in scores["by_level"]]
    level, of = next(iter(scores["by_level"].items()))
    assert lines[2].startswith(f"| {level} | {of['rows']} | {of['macro_auc']:.3f} |")


def test_the_environment_is_what_the_record_says(scores) -> None:
    told = chapter(card(scores), "Environment")

    assert all(f"`{what}`" in told for what in ("c0ffee", "One GPU", "3.11.7", "3.15.1", "2026-01-02T03:04:05+00:00"))
    assert "Backend" not in told


@pytest.mark.parametrize(
    ("began_with", "config"),
    [
        ("report", preset("report")),
        ("quick", preset("quick").changed(balance=False, conv_filters=(4, 8), levels=("L4/L5",), learning_rate=1e-4)),
        ("gone since", preset("recommended").changed(side="left", split_strategy="1:1:1 train")),
    ],
)
def test_the_command_to_reproduce_a_run_has_all_its_hyperparameters(scores, began_with, config) -> None:
    text = chapter(card(scores, config=config, record=make_record(preset=began_with)), "How to reproduce")

    checkout, train = text.split("```")[1].strip().splitlines()
    words = shlex.split(train)
    options = dict(word.removeprefix("--").split("=", 1) for word in words if "=" in word and "--set" not in word)
    values = [word.removeprefix("--set=") for word in words if word.startswith("--set=")]
    assert checkout == "git checkout c0ffee"
    assert words[:4] == ["python", "-m", "lsdc", "train"]
    assert chosen_config(options["preset"], values) == config


def test_an_ensemble_lists_its_members_and_their_hyperparameters(scores) -> None:
    members = {"run-a": preset("report"), "run-b": preset("recommended")}

    text = card(scores, members=members, calibration=make_calibration(fitted_on=None, members=2))

    assert "the mean of those of 2 runs" in chapter(text, "What it does")
    assert "python -m lsdc ensemble run-a run-b" in chapter(text, "How to reproduce")
    assert "| image_px | `128` | `96` |" in chapter(text, "Hyperparameters")
    assert "is not calibrated once more" in chapter(text, "Calibration")


def test_a_run_that_left_rows_out_is_made_again_with_its_own_copy_of_the_review() -> None:
    config = preset("report").changed(label_review="/home/anna/today.csv")
    (line,) = commands({"preset": "report", "data": make_data()}, config, [])

    assert line.endswith("--preset=report --set=label_review=path/to/review.csv")
