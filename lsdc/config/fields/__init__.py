"""Every hyperparameter, declared once, in the groups that the sidebar shows.

A declaration holds all that is known of a value: its range, its default, its name for people and what it does. The
defaults are the recipe that is recommended.
"""

from lsdc.config.fields.learning import AugmentationFields, LossFields, MachineFields, OptimizationFields
from lsdc.config.fields.network import InputFields, NetworkFields
from lsdc.config.fields.rows import DataFields, SplitFields

__all__ = [
    "AugmentationFields",
    "DataFields",
    "InputFields",
    "LossFields",
    "MachineFields",
    "NetworkFields",
    "OptimizationFields",
    "SplitFields",
]
