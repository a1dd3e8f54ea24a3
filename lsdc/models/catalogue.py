"""All networks at a glance. Imports no Keras, so that pages and the command line can list them.

To add a network: one file beside this one with `build(config) -> keras.Model`, and one line in `CATALOG`; to add a
backbone: one line in `lsdc.models.backbone_facts`. A network takes what it needs of these inputs, by name:

- `image` float32 (batch, slices, px, px), from 0 to 1; the point's own slice is the middle one.
- `mask` float32 (batch, slices), 1 where a slice is a real one.
- `coords` float32 (batch, 2), the point as (x / width, y / height).
- `level`, `side`, `condition` int32 (batch,), their places in the vocabulary of `lsdc.labels`.

It gives `logits` (batch, 3) and `embedding` (batch, features), and `attention` (batch, slices) if it weighs its slices.
Its layer named `encoder` is what the second stage of training leaves as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lsdc.config import SideChoice, TrainingConfig
from lsdc.errors import ConfigError
from lsdc.models.backbone_facts import BACKBONES, SMALL_ENCODER
from lsdc.models.sizes import (
    NetworkSize,
    measure_backbone_network,
    measure_report_cnn,
    measure_slice_attention,
)

# Words of `pretrained` that are no path.
NO_WEIGHTS, IMAGENET = "none", "imagenet"


@dataclass(frozen=True, kw_only=True)
class CatalogEntry:
    """What can be said of a network without building it.

    Args:
        description: One sentence.
        module: The file in this folder that builds it.
        measure: Its size as configured.
        several_slices: Whether it can look at neighbours.
    """

    description: str
    module: str
    measure: Callable[[TrainingConfig], NetworkSize]
    several_slices: bool = False


def told_names(config: TrainingConfig) -> list[str]:
    """What slice_attention is told beside its images, as names of inputs; what has one value only is left out."""
    wanted = {
        "level": config.tell_level and len(config.levels) > 1,
        "side": config.tell_side and config.side is SideChoice.EITHER,
        "condition": len(config.conditions) > 1,
        "coords": config.tell_position,
    }
    return [name for name, tell in wanted.items() if tell]


CATALOG: dict[str, CatalogEntry] = {
    "slice_attention": CatalogEntry(
        description="One encoder over the point's slice and its neighbours, pooled; it is told level and side.",
        module="slice_attention",
        measure=lambda config: measure_slice_attention(config, told_names(config)),
        several_slices=True,
    ),
    "report_cnn": CatalogEntry(
        description="The report's network: three convolutions over the image, and a branch that reads the point's position.",
        module="report_cnn",
        measure=measure_report_cnn,
    ),
    **{
        name: CatalogEntry(description=facts.description, module="backbone_network", measure=measure_backbone_network)
        for name, facts in BACKBONES.items()
    },
}
ENCODERS = (SMALL_ENCODER, *BACKBONES)


def entry(name: str) -> CatalogEntry:
    """The entry of that name.

    Raises:
        ConfigError: If there is none.
    """
    if name not in CATALOG:
        raise ConfigError(f"There is no network “{name}”.", f"Networks: {', '.join(CATALOG)}.", "Choose one of them.")
    return CATALOG[name]


def check_network(config: TrainingConfig) -> None:
    """Refuse what the network of `config` cannot do, before a run is made.

    Raises:
        ConfigError: If there is no such network, encoder or weights file, or they do not fit the input.
    """
    network = entry(config.model)
    if config.model == "slice_attention" and config.encoder not in ENCODERS:
        raise ConfigError(
            f"There is no encoder “{config.encoder}”.", f"Encoders: {', '.join(ENCODERS)}.", "Choose one of them."
        )
    if config.neighbours and not network.several_slices:
        several = ", ".join(name for name, known in CATALOG.items() if known.several_slices)
        raise ConfigError(
            f"{config.model} looks at one slice, and {config.neighbours} neighbours on each side are asked for.",
            f"Networks that look at neighbours: {several}.",
            "Set neighbours to 0, or choose such a network.",
        )
    backbone = backbone_of(config)
    smallest_px = BACKBONES[backbone].smallest_px if backbone else 1 << len(config.conv_filters)
    if config.image_px < smallest_px:
        raise ConfigError(
            f"An image of {config.image_px} px is too small for this network.",
            f"It needs at least {smallest_px} px.",
            "Enlarge the image, or choose fewer convolutions or another network.",
        )
    _check_weights(config)


def network_size(config: TrainingConfig) -> NetworkSize:
    """What the network of `config` will cost, counted without building it. Errors as `check_network`."""
    check_network(config)
    return entry(config.model).measure(config)


def backbone_of(config: TrainingConfig) -> str | None:
    """The backbone that a config uses, as network or as encoder."""
    if config.model in BACKBONES:
        return config.model
    return config.encoder if config.model == "slice_attention" and config.encoder in BACKBONES else None


def _check_weights(config: TrainingConfig) -> None:
    if config.pretrained == NO_WEIGHTS:
        if config.freeze_depth and backbone_of(config):
            raise ConfigError(
                f"{config.freeze_depth:.0%} of the encoder would be frozen as it was drawn at random.",
                "Only pretrained weights are worth keeping as they are.",
                "Set the freeze depth to 0, or choose pretrained weights.",
            )
        return
    if backbone_of(config) is None:
        raise ConfigError(
            f"There are no pretrained weights for {config.model} with this encoder.",
            "Weights can be given to backbones.",
            f"Set pretrained to “{NO_WEIGHTS}”, or choose a backbone.",
        )
    # A file of another kind may hold a whole network, and code with it.
    is_weights_file = Path(config.pretrained).is_file() and config.pretrained.endswith(".h5")
    if config.pretrained != IMAGENET and not is_weights_file:
        raise ConfigError(
            f"There is no weights file {config.pretrained}.",
            f"Expected “{NO_WEIGHTS}”, “{IMAGENET}” or the path of a file whose name ends in .h5.",
            "Correct the path; it is looked up on the machine that trains.",
        )
