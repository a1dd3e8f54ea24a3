"""What can be searched, and what a definition says."""

import pytest

from lsdc.config import TrainingConfig, preset
from lsdc.errors import ConfigError
from lsdc.sweeps.definition import SweepDefinition, find_definition, ready_definitions
from lsdc.sweeps.space import FIXED_FOR_ALL, SEARCHABLE, Choices, Range, SearchSpace, suggested_dimension


@pytest.mark.parametrize("name", SEARCHABLE)
def test_what_a_declaration_suggests_can_be_searched(name):
    dimension = suggested_dimension(name)
    if dimension is None:
        assert name in ("conv_filters", "coordinate_units", "dense_units")
        return

    space = SearchSpace.parse({name: dimension.dump()})

    assert space.dimensions == {name: dimension}
    assert isinstance(dimension, Choices | Range)


def test_what_decides_rows_or_the_meaning_of_the_loss_is_the_same_for_all_trials():
    for name in ("conditions", "balance", "test_share", "seed", "loss", "label_smoothing", "device"):
        with pytest.raises(ConfigError, match=f"{name} cannot be searched: {FIXED_FOR_ALL[name]}"):
            SearchSpace.parse({name: [1, 2]})


def test_every_hyperparameter_is_either_searchable_or_it_is_said_why_not():
    assert set(SEARCHABLE) | set(FIXED_FOR_ALL) == set(TrainingConfig.model_fields)
    assert not set(SEARCHABLE) & set(FIXED_FOR_ALL)


@pytest.mark.parametrize(
    ("search", "reason"),
    [
        ({}, "Nothing is searched"),
        ({"colour": ["red", "blue"]}, "there is no such hyperparameter"),
        ({"dropout": [0.1]}, "nothing to choose among"),
        ({"dropout": [0.1, 0.1]}, "nothing to choose among"),
        ({"dropout": [0.1, 0.9]}, "dropout: .* less than or equal to 0.8"),
        ({"dropout": {"low": 0.5, "high": 0.5}}, "nothing between"),
        ({"dropout": {"low": 0.0, "high": 0.5, "log": True}}, "nothing between"),
        ({"dropout": {"from": 0.0}}, "nothing that can be searched"),
        ({"dropout": 0.3}, "nothing that can be searched"),
        ({"activation": {"low": 0, "high": 1}}, "nothing that can be searched"),
        ({"conv_filters": [[8], [8, 5000]]}, "conv_filters"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_the_reason(search, reason):
    with pytest.raises(ConfigError, match=reason):
        SearchSpace.parse(search)


def test_the_reports_grid_ships_with_its_values():
    grid = find_definition("report-grid")

    values = {name: dimension.values for name, dimension in grid.space.dimensions.items()}
    assert grid.base == preset("report")
    assert values["activation"] == ("relu", "leaky_relu", "tanh", "sigmoid")
    assert values["batch_size"] == (16, 32, 64, 100)
    assert values["epochs"] == (10, 12, 16)
    assert [len(filters) for filters in values["conv_filters"]] == [2, 3, 4]
    assert len(values["dense_units"]) == 2
    assert "1:1:1 train" in values["split_strategy"]
    assert grid.held_out == preset("report").split


@pytest.mark.parametrize("name", list(ready_definitions()))
def test_ready_definitions_survive_json(name):
    definition = ready_definitions()[name]

    assert SweepDefinition.parse(definition.model_dump(mode="json")) == definition


def test_a_definition_of_ones_own_is_read_from_toml(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'title = "Mine"\npreset = "quick"\ntrials = 5\nminutes = 30\n'
        "[fixed]\nconv_filters = [4, 8]\n[search]\ndropout = { low = 0.0, high = 0.5 }\n"
    )

    definition = find_definition(str(path))

    assert definition.base.conv_filters == (4, 8)
    assert (definition.trials, definition.minutes) == (5, 30)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title = ", "no TOML"),
        ('title = "a"\npreset = "none"', "no preset"),
        ('title = "a"\npreset = "quick"\ntrials = 0\n[search]\ndropout=[0.1, 0.2]', "trials: .*greater"),
        ('title = "a"\npreset = "quick"\ncolour = 0\n[search]\ndropout=[0.1, 0.2]', "colour"),
        ('title = "a"\npreset = "quick"\n[fixed]\nloss = "class_weighted"\n[search]\nsplit_strategy=["80:10:10", "1:1:1 train"]', "weighted by class"),
        ('title = "a"\npreset = "quick"\n[fixed]\nhead_epochs = 2\n[search]\ndropout=[0.1, 0.2]', "two stages"),
        ('title = "a"\npreset = "quick"\n[search]\ninput_kind=["crop", "whole"]', "input_kind cannot be searched"),
        ('title = "a"\npreset = ["quick"]\n[search]\ndropout=[0.1, 0.2]', "is no text"),
        ('title = "a"\npreset = "quick"\nfixed = 1\n[search]\ndropout=[0.1, 0.2]', "no table"),
    ],
)  # fmt: skip
def test_a_definition_that_cannot_be_run_is_refused_with_the_reason(text, reason):
    with pytest.raises(ConfigError, match=reason):
        SweepDefinition.from_toml(text)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError, match="UTF-8"):
        find_definition(str(path))


def test_a_name_that_nothing_has_is_refused_with_those_that_there_are():
    with pytest.raises(ConfigError, match="report-grid"):
        find_definition("nothing")
