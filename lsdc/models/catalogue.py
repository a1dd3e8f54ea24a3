"""All networks at a glance. Imports no Keras, so that pages and the command line can list them.

To add a network: one file beside this one with `build(config) -> keras.Model`, and one line in `CATALOG`. A network takes
named inputs, `image` float32 (batch, px, px, 1) from 0 to 1 and `coords` float32 (batch, 2), and gives named outputs,
`probabilities` (batch, 3) and `embedding` (batch, features).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from lsdc.config import TrainingConfig
from lsdc.errors import ConfigError
from lsdc.labels import Severity


@dataclass(frozen=True, kw_only=True)
class ParameterCount:
    """Numbers that a network learns or keeps."""

    total: int
    trainable: int


@dataclass(frozen=True, kw_only=True)
class CatalogEntry:
    """What can be said of a network without building it."""

    description: str
    count_parameters: Callable[[TrainingConfig], ParameterCount]


def _count_report_cnn(config: TrainingConfig) -> ParameterCount:
    # 3×3 kernels and a bias per filter; batch normalisation learns two numbers per filter and tracks two.
    convolutions = sum(9 * before * after + after for before, after in pairwise((1, *config.conv_filters)))
    tracked = 2 * sum(config.conv_filters)
    side = config.image_px >> len(config.conv_filters)
    joined = side * side * config.conv_filters[-1] + config.coordinate_units[-1]
    coordinates = _count_dense((2, *config.coordinate_units))
    head = _count_dense((joined, *config.dense_units, len(Severity)))
    trainable = convolutions + tracked + coordinates + head
    return ParameterCount(total=trainable + tracked, trainable=trainable)


def _count_dense(units: tuple[int, ...]) -> int:
    return sum((before + 1) * after for before, after in pairwise(units))


CATALOG: dict[str, CatalogEntry] = {
    "report_cnn": CatalogEntry(
        description="The report's network: three convolutions over the image, and a branch that reads the point's position.",
        count_parameters=_count_report_cnn,
    ),
}


def entry(name: str) -> CatalogEntry:
    """The entry of that name.

    Raises:
        ConfigError: If there is none.
    """
    if name not in CATALOG:
        raise ConfigError(f"There is no network “{name}”.", f"Networks: {', '.join(CATALOG)}.", "Choose one of them.")
    return CATALOG[name]


def parameter_count(config: TrainingConfig) -> ParameterCount:
    """How many parameters the network of `config` will have, counted without building it."""
    return entry(config.model).count_parameters(config)
