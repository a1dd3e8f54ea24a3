"""What a network costs, told from its config alone: exact, and tested against what Keras builds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lsdc.config import Pooling, TrainingConfig
from lsdc.labels import Condition, Level, Severity, Side
from lsdc.models.backbone_facts import BACKBONES, SMALL_ENCODER

# Of the embeddings of slice_attention: so many numbers for each word, and so many words.
EMBEDDING_UNITS = 8
WORDS = {"level": len(Level), "side": len(Side), "condition": len(Condition)}


@dataclass(frozen=True, kw_only=True)
class NetworkSize:
    """What a network costs.

    Args:
        total: Numbers that it learns or keeps.
        trainable: Numbers that it learns when nothing is frozen.
        multiply_adds: Multiplications of its encoder for one slice.
    """

    total: int
    trainable: int
    multiply_adds: int


def measure_report_cnn(config: TrainingConfig) -> NetworkSize:
    """The size of the report's network."""
    steps = list(pairwise((1, *config.conv_filters)))
    # 3×3 kernels and a bias per filter; batch normalisation learns two numbers per filter and tracks two.
    convolutions = sum(9 * before * after + after for before, after in steps)
    tracked = 2 * sum(config.conv_filters)
    sides = [config.image_px >> halvings for halvings in range(len(steps) + 1)]
    joined = sides[-1] ** 2 * config.conv_filters[-1] + config.coordinate_units[-1]
    trainable = convolutions + tracked + _coordinates(config) + _head(joined, config)
    return NetworkSize(
        total=trainable + tracked, trainable=trainable, multiply_adds=_convolution_work(sides[:-1], steps)
    )


def measure_backbone_network(config: TrainingConfig) -> NetworkSize:
    """The size of a backbone behind the report's two-input head."""
    facts = BACKBONES[config.model]
    rest = _coordinates(config) + _head(facts.features + config.coordinate_units[-1], config)
    return NetworkSize(
        total=facts.total + rest,
        trainable=facts.trainable + rest,
        multiply_adds=facts.multiply_adds_at(config.image_px),
    )


def measure_slice_attention(config: TrainingConfig, told: Sequence[str]) -> NetworkSize:
    """The size of slice_attention, which is told what `told` names."""
    encoder, features = _encoder(config)
    rest = sum(_coordinates(config) if name == "coords" else WORDS[name] * EMBEDDING_UNITS for name in told)
    if config.neighbours:
        rest += config.crop.num_slices * features + _pooling(features, config.pooling)
    pooled = features if config.pooling is not Pooling.LSTM or not config.neighbours else features // 2 * 2
    joined = pooled + sum(config.coordinate_units[-1] if name == "coords" else EMBEDDING_UNITS for name in told)
    rest += _head(joined, config)
    return NetworkSize(
        total=encoder.total + rest, trainable=encoder.trainable + rest, multiply_adds=encoder.multiply_adds
    )


def _encoder(config: TrainingConfig) -> tuple[NetworkSize, int]:
    """An encoder's size and the number of its features."""
    if config.encoder != SMALL_ENCODER:
        facts = BACKBONES[config.encoder]
        size = NetworkSize(
            total=facts.total, trainable=facts.trainable, multiply_adds=facts.multiply_adds_at(config.image_px)
        )
        return size, facts.features
    steps = list(pairwise((1, *config.conv_filters)))
    tracked = 2 * sum(config.conv_filters)
    halves = [-(-config.image_px // 2)]
    while len(halves) < len(steps):
        halves.append(halves[-1] // 2)
    # The first convolution halves by its stride; each of the others works at the size that the one before left.
    sides = [halves[0], *halves[: len(steps) - 1]]
    flat = halves[-1] ** 2 * config.conv_filters[-1]
    features = config.conv_filters[-1]
    trainable = sum(9 * before * after for before, after in steps) + tracked + (flat + 1) * features
    return (
        NetworkSize(
            total=trainable + tracked,
            trainable=trainable,
            multiply_adds=_convolution_work(sides, steps) + flat * features,
        ),
        features,
    )


def _pooling(features: int, pooling: Pooling) -> int:
    units = features // 2
    match pooling:
        case Pooling.ATTENTION:
            return 2 * (features + 1) * units + units + 1
        case Pooling.LSTM:
            return 2 * 4 * units * (features + units + 1)
        case Pooling.MEAN:
            return 0


def _convolution_work(sides: Sequence[int], steps: Sequence[tuple[int, int]]) -> int:
    return sum(9 * side * side * before * after for side, (before, after) in zip(sides, steps, strict=True))


def _coordinates(config: TrainingConfig) -> int:
    return _dense((2, *config.coordinate_units))


def _head(joined: int, config: TrainingConfig) -> int:
    return _dense((joined, *config.dense_units, len(Severity)))


def _dense(units: tuple[int, ...]) -> int:
    return sum((before + 1) * after for before, after in pairwise(units))
