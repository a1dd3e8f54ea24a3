"""The hyperparameters."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdc.config import (
    PRESETS,
    Activation,
    Backend,
    InputKind,
    Loss,
    Optimizer,
    Pooling,
    Precision,
    Schedule,
    SideChoice,
    SplitUnit,
    TrainingConfig,
    preset,
)
from lsdc.errors import ConfigError
from lsdc.labels import Condition, Level, Side

configs = st.builds(
    TrainingConfig,
    conditions=st.lists(st.sampled_from(Condition), min_size=1, max_size=3, unique=True).map(tuple),
    side=st.sampled_from(SideChoice),
    levels=st.lists(st.sampled_from(Level), min_size=1, max_size=5, unique=True).map(tuple),
    image_px=st.integers(64, 512),
    neighbours=st.integers(0, 7),
    loss=st.sampled_from(Loss),
    pooling=st.sampled_from(Pooling),
    schedule=st.sampled_from(Schedule),
    precision=st.sampled_from(Precision),
    backend=st.sampled_from(Backend),
    mixup=st.floats(0.0, 2.0),
    conv_filters=st.lists(st.integers(1, 512), min_size=1, max_size=6).map(tuple),
    activation=st.sampled_from(Activation),
    optimizer=st.sampled_from(Optimizer),
    learning_rate=st.floats(1e-6, 1.0),
    seed=st.integers(0, 2**31 - 1),
)


@given(configs)
def test_a_config_survives_json(config):
    assert TrainingConfig.parse(json.loads(config.model_dump_json())) == config


def test_every_hyperparameter_carries_title_help_and_group():
    for name, field in TrainingConfig.model_fields.items():
        assert field.title, name
        assert field.description, name
        assert field.json_schema_extra["group"], name


def test_every_numeric_hyperparameter_has_a_documented_range():
    for name, field in TrainingConfig.model_fields.items():
        if field.annotation in (int, float):
            bounds = {type(bound).__name__ for bound in field.metadata}
            assert bounds & {"Ge", "Gt"}, name
            assert bounds & {"Le", "Lt"}, name


def test_the_report_preset_is_the_reports_recipe():
    report = preset("report")

    assert report.input_kind is InputKind.WHOLE
    assert (report.image_px, report.batch_size, report.epochs, report.learning_rate) == (128, 32, 10, 1e-3)
    assert (report.conv_filters, report.dense_units) == ((32, 64, 128), (128, 64))
    assert [target.slug for target in report.targets] == ["left_subarticular_stenosis"]


def test_the_recommended_recipe_is_the_default():
    recommended = preset("recommended")

    assert recommended == TrainingConfig()
    assert next(iter(PRESETS)) == "recommended"
    assert (recommended.model, recommended.input_kind) == ("slice_attention", InputKind.CROP)
    assert recommended.crop.num_slices == 5
    assert recommended.split_unit is SplitUnit.STUDY


def test_the_report_preset_changes_no_probability_afterwards():
    report = preset("report")

    assert not report.calibrate
    assert report.loss is Loss.CROSS_ENTROPY
    assert (report.augment_rotation, report.augment_intensity, report.point_jitter_mm, report.mixup) == (0, 0, 0, 0)
    assert (report.neighbours, report.ema_momentum, report.head_epochs, report.label_smoothing) == (0, 0, 0, 0)


def test_as_published_differs_from_the_report_in_its_split_alone():
    published, report = preset("report-as-published").model_dump(), preset("report").model_dump()

    different = {name for name in report if report[name] != published[name]}

    assert different == {"split_strategy", "split_unit", "test_share"}
    assert published["split_unit"] is SplitUnit.ROW


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"learning_rate": 2.0}, "learning_rate"),
        ({"batch_size": 0}, "batch_size"),
        ({"fold": 5, "folds": 5}, "fold"),
        ({"input_kind": "whole"}, "Neighbouring slices need the crop input"),
        ({"loss": "hinge"}, "loss"),
        ({"focal_gamma": -1.0}, "focal_gamma"),
        ({"hide_neighbours": 1.5}, "hide_neighbours"),
        ({"conv_filters": ()}, "conv_filters"),
        ({"conv_filters": ("32", "many")}, "conv_filters"),
        ({"conditions": ("headache",)}, "conditions"),
        ({"levels": ("L4/L5", "L4/L5")}, "twice"),
        ({"no_such_name": 1}, "no_such_name"),
    ],
)
def test_values_that_cannot_run_are_refused_by_name(values, named):
    with pytest.raises(ConfigError, match=named):
        TrainingConfig().changed(**values)


def test_a_config_cannot_be_changed_in_place():
    with pytest.raises(ValueError, match="frozen"):
        preset("quick").epochs = 3


def test_either_side_gives_both_and_mirrors_the_right():
    config = TrainingConfig(side=SideChoice.EITHER)

    assert {target.side for target in config.targets} == {Side.LEFT, Side.RIGHT}
    assert config.crop.mirror_right


def test_the_canal_has_no_side_whatever_side_is_chosen():
    config = TrainingConfig(conditions=(Condition.SPINAL_CANAL_STENOSIS,), side=SideChoice.RIGHT)

    assert [target.side for target in config.targets] == [Side.MIDLINE]


def test_an_unknown_preset_names_the_known_ones():
    with pytest.raises(ConfigError) as refusal:
        preset("best")

    assert all(name in str(refusal.value) for name in PRESETS)


def test_list_values_are_whole_numbers_also_when_typed_as_text():
    assert TrainingConfig().changed(conv_filters=("16", "32")).conv_filters == (16, 32)
