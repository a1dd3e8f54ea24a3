from __future__ import annotations

from typing import Any

import pytest

from lsdc.config import TrainingConfig, preset
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS
from lsdc.evaluation.model_card import model_card
from lsdc.evaluation.scoring import evaluate


def make_data(**changes: Any) -> dict[str, Any]:
    return {"name": "RSNA 2024", "fingerprint": "abc", "synthetic": False, "rows": 300, "studies": 60, **changes}


@pytest.fixture(scope="module")
def scores(make_predictions) -> dict[str, Any]:
    return evaluate(make_predictions())


def card(scores: dict[str, Any], *, config: TrainingConfig | None = None, **data: Any) -> str:
    return model_card(
        run_id="20250101-000000-report_cnn-abcd",
        config=config or preset("report"),
        data=make_data(**data),
        metrics=scores,
    )


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


def test_a_run_split_by_row_is_marked_as_leaking(scores) -> None:
    assert "**Leaks**" in card(scores, config=preset("report-as-published"))


def test_a_run_without_test_rows_is_marked(make_predictions) -> None:
    scores = evaluate(make_predictions(parts=("train", "validation")))

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
    scores = evaluate(make_predictions(12).assign(label="Moderate"))

    assert "| Macro AUC (higher is better) | – | – | – | – |" in card(scores)


def test_tables_are_markdown_of_even_width(scores) -> None:
    tables = [part for part in card(scores).split("\n\n") if part.startswith("|")]

    assert len(tables) == 4
    assert all(len({line.count("|") for line in table.splitlines()}) == 1 for table in tables)
