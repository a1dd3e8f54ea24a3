"""Hyperparameters as a reader meets them."""

from __future__ import annotations

from collections.abc import Sequence

from lsdc.config.training import TrainingConfig


def in_words(configs: Sequence[TrainingConfig]) -> dict[str, str]:
    """Every hyperparameter by its name; where several configs differ, all that they say.

    Examples:
        >>> from lsdc.config import preset
        >>> in_words([preset("quick"), preset("recommended")])["image_px"]
        '32 / 96'
    """
    values = [config.model_dump(mode="json") for config in configs]
    return {
        name: " / ".join(dict.fromkeys(value_in_words(of[name]) for of in values))
        for name in TrainingConfig.model_fields
    }


def value_in_words(value: object) -> str:
    """A value as it stands in a config's JSON: the parts of a list one after the other."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
