"""What `recipes.py` trains: small recipes that differ from a base in one thing, and the final ones at full size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lsdc.config import InputKind, Loss, Pooling, Precision, SideChoice, SplitStrategy, TrainingConfig, preset

SEEDS = (0, 1, 2)
FINAL_SEED = 0

# No rows are set aside: the test rows are other studies. One fold of eight validates.
_ALL_FOR_TRAINING = {"test_share": 0.0, "split_strategy": SplitStrategy.K_FOLD, "folds": 8, "fold": 0}

# If a default of the program changes after this has been measured, its old value must be named here.
BASE = TrainingConfig().changed(
    **_ALL_FOR_TRAINING,
    image_px=64,
    conv_filters=(16, 32, 64, 96),
    epochs=15,
    # A timed choice could differ from run to run, and be mistaken for what was changed.
    precision=Precision.FLOAT32,
)

# What each recipe changes of the base. One thing each, with what follows from it.
RECIPES: dict[str, dict[str, Any]] = {
    "base": {},
    "whole-slice": {"input_kind": InputKind.WHOLE, "neighbours": 0},
    "one-slice": {"neighbours": 0},
    "three-slices": {"neighbours": 1},
    "no-level": {"tell_level": False},
    "no-side": {"tell_side": False},
    "no-level-no-side": {"tell_level": False, "tell_side": False},
    "mean-pooling": {"pooling": Pooling.MEAN},
    "lstm-pooling": {"pooling": Pooling.LSTM},
    "class-weighted": {"loss": Loss.CLASS_WEIGHTED},
    "severity-weighted": {"loss": Loss.SEVERITY_WEIGHTED},
    "focal": {"loss": Loss.FOCAL},
    "label-smoothing": {"label_smoothing": 0.1},
    "left-only": {"side": SideChoice.LEFT},
    "mixup": {"mixup": 0.2},
    "ema": {"ema_momentum": 0.99},
    "no-augmentation": {
        "augment_scale": 0.0,
        "augment_rotation": 0.0,
        "augment_intensity": 0.0,
        "point_jitter_mm": 0.0,
    },
    "no-calibration": {"calibrate": False},
    # The report's network with its own sizes, on the base's crop.
    "report-cnn": {
        "model": "report_cnn",
        "neighbours": 0,
        "conv_filters": (32, 64, 128),
        "dense_units": (128, 64),
        "dropout": 0.0,
    },
}


@dataclass(frozen=True, kw_only=True)
class TrialData:
    """The phantom studies that a set of cells learns from and is tested on; the two have nothing in common.

    Args:
        train_seed: Of the data set that is written.
        train_studies: How many.
        test_seed: Of the studies that are drawn and cut without being written.
        test_studies: How many.
    """

    train_seed: int
    train_studies: int
    test_seed: int
    test_studies: int


ABLATION_DATA = TrialData(train_seed=301, train_studies=120, test_seed=302, test_studies=300)
FINAL_DATA = TrialData(train_seed=401, train_studies=240, test_seed=402, test_studies=1000)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One run to be made.

    Args:
        recipe: Its name in the tables.
        config: All hyperparameters, the seed among them.
        preset: What they began from.
    """

    recipe: str
    config: TrainingConfig
    preset: str = "recommended"

    @property
    def name(self) -> str:
        """Recipe and seed, as file name."""
        return f"{self.recipe}-seed{self.config.seed}"


def ablation_cells() -> list[Cell]:
    """All cells, one seed of every recipe before the second of any, the base first."""
    return [
        Cell(recipe=name, config=BASE.changed(**changes, seed=seed))
        for seed in SEEDS
        for name, changes in RECIPES.items()
    ]


def final_cells(runner_up: str) -> list[Cell]:
    """The presets at full size."""
    return [
        Cell(recipe=name, preset=name, config=preset(name).changed(**_ALL_FOR_TRAINING, seed=FINAL_SEED))
        for name in dict.fromkeys(["recommended", "report", runner_up])
    ]
