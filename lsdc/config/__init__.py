"""The hyperparameters: one frozen, validated value, each field declared once.

The sidebar, the command line, the documentation and a run's `config.json` are all generated from `TrainingConfig`.
"""

from lsdc.config.choices import (
    Activation,
    Backend,
    DeviceChoice,
    InputKind,
    Loss,
    Optimizer,
    Pooling,
    Precision,
    Schedule,
    SideChoice,
    SplitStrategy,
    SplitUnit,
)
from lsdc.config.parts import CropConfig, SplitConfig
from lsdc.config.presets import PRESETS, preset
from lsdc.config.training import TrainingConfig

__all__ = [
    "PRESETS",
    "Activation",
    "Backend",
    "CropConfig",
    "DeviceChoice",
    "InputKind",
    "Loss",
    "Optimizer",
    "Pooling",
    "Precision",
    "Schedule",
    "SideChoice",
    "SplitConfig",
    "SplitStrategy",
    "SplitUnit",
    "TrainingConfig",
    "preset",
]
