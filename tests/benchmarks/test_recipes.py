"""The bookkeeping of `benchmarks/recipes.py`; nothing is trained here."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from recipe_cells import BASE, RECIPES, SEEDS, ablation_cells, final_cells
from recipe_results import Results
from recipe_tables import Resampled, recipe_table, runs_table, slices_table

from lsdc.config import TrainingConfig
from lsdc.dataset.tables import SEVERITY_TYPE
from lsdc.models.catalogue import check_network

DATA = {"generator_version": 2, "train_studies": 120}
CELLS = ablation_cells()


def result_of(cell, **changes):
    """A result with the fields that are looked up and shown."""
    score = {"value": 0.8, "low": 0.75, "high": 0.85}
    return {
        "recipe": cell.recipe,
        "seed": cell.config.seed,
        "config": cell.config.model_dump(mode="json"),
        "data": {**DATA, "test_rows": 4},
        "seconds": {"training": 61.2},
        "metrics": dict.fromkeys(("macro_auc", "accuracy", "quadratic_kappa", "log_loss"), score),
        "share_of_best_accuracy": 0.97,
        "by_slices": {str(n): {"macro_auc": score} for n in (1, 3, 5)} if cell.config.neighbours == 2 else {},
        **changes,
    }


@pytest.fixture
def results(tmp_path):
    return Results(tmp_path / "results" / "ablations.jsonl")


@pytest.fixture(scope="module")
def graded_rows():
    """Forty studies of five rows."""
    grades = np.random.default_rng(0).integers(3, size=200)
    return pd.DataFrame(
        {
            "study_id": np.repeat(np.arange(40), 5),
            "series_id": 1,
            "instance_number": np.tile(np.arange(5), 40),
            "condition": "subarticular_stenosis",
            "side": "left",
            "level": np.tile(["L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1"], 40),
            "x": 1.0,
            "y": 1.0,
            "severity": pd.Categorical.from_codes(grades, dtype=SEVERITY_TYPE),
        }
    )


def answers(rows, seed, *, skill):
    """Probabilities that know the truth by `skill`, from 0 to 1."""
    truth = np.eye(3)[rows["severity"].cat.codes]
    return skill * truth + (1 - skill) * np.random.default_rng(seed).dirichlet(np.ones(3), len(rows))


def test_every_cell_has_a_name_of_its_own_and_a_network_that_can_be_built():
    cells = [*CELLS, *final_cells("quick")]
    for cell in cells:
        check_network(cell.config)

    assert len(CELLS) == len(RECIPES) * len(SEEDS)
    assert len({cell.name for cell in cells}) == len(cells)


def test_every_recipe_but_the_base_changes_something_and_no_recipe_changes_how_rows_are_divided():
    configs = {cell.recipe: cell.config for cell in CELLS if cell.config.seed == 0}

    assert [name for name, config in configs.items() if config == BASE] == ["base"]
    assert {config.split for config in configs.values()} == {BASE.split}


def test_no_two_recipes_of_the_final_benchmark_set_rows_aside():
    assert {cell.config.test_share for cell in final_cells("quick")} == {0.0}
    assert [cell.recipe for cell in final_cells("report")] == ["recommended", "report"]


def test_a_finished_cell_is_found_again(results):
    results.add(result_of(CELLS[0]))

    assert results.find(CELLS[0], DATA) == result_of(CELLS[0])
    assert results.find(CELLS[1], DATA) is None


def test_a_result_of_other_data_or_other_hyperparameters_does_not_count(results):
    cell = CELLS[0]
    other = cell.config.changed(epochs=2).model_dump(mode="json")
    results.add(result_of(cell, config=other))
    results.add(result_of(cell, data={**DATA, "train_studies": 8}))

    assert results.find(cell, DATA) is None


def test_a_result_from_before_a_hyperparameter_existed_counts_as_one_with_its_default(results):
    cell = CELLS[0]
    config = cell.config.model_dump(mode="json")
    assert config.pop("mixup") == TrainingConfig().mixup
    results.add(result_of(cell, config=config))

    assert results.find(cell, DATA) is not None


def test_tables_have_one_line_for_each_run_and_one_for_each_recipe(graded_rows):
    finished = [
        result_of(cell, probabilities=answers(graded_rows, cell.config.seed, skill=0.5))
        for cell in CELLS
        if cell.recipe in ("base", "one-slice", "whole-slice")
    ]

    tables = {
        "runs": runs_table(finished),
        "recipes": recipe_table(finished, Resampled(graded_rows, finished)),
        "slices": slices_table(finished),
    }

    first_cells = {
        name: [line.split("|")[1].strip() for line in table.splitlines()][2:] for name, table in tables.items()
    }
    assert sorted(first_cells["runs"]) == sorted(row["recipe"] for row in finished)
    assert first_cells["recipes"] == ["base", "whole-slice", "one-slice"]
    assert first_cells["slices"] == ["base"]
    assert "base minus this" in tables["recipes"]


def resampled_with(rows, skills):
    """Made-up results: by recipe, how much each of its seeds knows."""
    return Resampled(
        rows,
        [
            {"recipe": recipe, "probabilities": answers(rows, seed, skill=skill)}
            for recipe, of_seeds in skills.items()
            for seed, skill in enumerate(of_seeds)
        ],
    )


def test_a_worse_recipe_loses_against_the_base_and_an_equal_one_does_not(graded_rows):
    resampled = resampled_with(graded_rows, {"base": [0.6] * 3, "one-slice": [0.1] * 3, "ema": [0.6] * 3})

    lost, equal = resampled.loss("one-slice", "macro_auc"), resampled.loss("ema", "macro_auc")

    assert 0 < lost.low < lost.value < lost.high
    assert equal.value == 0
    assert equal.low <= 0 <= equal.high


def test_recipes_whose_seeds_differ_more_have_wider_intervals(graded_rows):
    resampled = resampled_with(graded_rows, {"base": [0.4] * 3, "ema": [0.2, 0.4, 0.6]})

    narrow, wide = resampled.score("base", "accuracy"), resampled.score("ema", "accuracy")

    assert wide.high - wide.low > narrow.high - narrow.low
