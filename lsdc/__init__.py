"""The lumbar workbench: from MRI slices and labelled points to grades that can be compared honestly."""

__version__ = "0.1.0"
