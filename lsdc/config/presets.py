"""Recipes that have a name; `docs/recipes.md` says why each is as it is."""

from __future__ import annotations

from lsdc.config.choices import InputKind, Optimizer, Precision, Schedule, SideChoice, SplitStrategy, SplitUnit
from lsdc.config.training import TrainingConfig
from lsdc.errors import ConfigError

_REPORT = TrainingConfig(
    side=SideChoice.LEFT,
    input_kind=InputKind.WHOLE,
    image_px=128,
    neighbours=0,
    model="report_cnn",
    conv_filters=(32, 64, 128),
    dense_units=(128, 64),
    dropout=0.0,
    norm_momentum=0.99,
    calibrate=False,
    augment_rotation=0.0,
    augment_intensity=0.0,
    point_jitter_mm=0.0,
    hide_neighbours=0.0,
    epochs=10,
    learning_rate=1e-3,
    optimizer=Optimizer.ADAM,
    weight_decay=0.0,
    schedule=Schedule.PLATEAU,
    early_stopping_patience=4,
    precision=Precision.FLOAT32,
)

# The first is the one that pages offer.
PRESETS: dict[str, TrainingConfig] = {
    "recommended": TrainingConfig(),
    # A minute on two cores: the report's network on a small crop. With so few steps the network's usual memory of 0.99
    # would still be filled with its beginnings, and grade every validation row alike.
    "quick": _REPORT.changed(input_kind=InputKind.CROP, image_px=32, epochs=12, norm_momentum=0.9),
    # The report's network and recipe, divided by study and with test rows, so that its score can be believed.
    "report": _REPORT,
    # The same as it was published: by row and without test rows. It leaks; 1,289 validation rows on the real tables.
    "report-as-published": _REPORT.changed(
        split_strategy=SplitStrategy.RANDOM, split_unit=SplitUnit.ROW, test_share=0.0
    ),
}


def preset(name: str) -> TrainingConfig:
    """The preset of that name.

    Raises:
        ConfigError: If there is none.
    """
    if name not in PRESETS:
        raise ConfigError(f"There is no preset “{name}”.", f"Presets: {', '.join(PRESETS)}.", "Choose one of them.")
    return PRESETS[name]
