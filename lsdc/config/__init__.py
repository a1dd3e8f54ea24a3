"""The hyperparameters: one frozen, validated value, each field declared once.

The sidebar, the command line, the documentation and a run's `config.json` are all generated from `TrainingConfig`.
"""

from lsdc.config.choices import (
    NO_REVIEW,
    Activation,
    Backend,
    DeviceChoice,
    InputKind,
    LeaveOut,
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
    "NO_REVIEW",
    "PRESETS",
    "Activation",
    "Backend",
    "CropConfig",
    "DeviceChoice",
    "InputKind",
    "LeaveOut",
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
