"""One encoder over each slice, attention over the slices, and embeddings of level and side: the recommended network."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from lsdc.config import Pooling, TrainingConfig
from lsdc.models.catalogue import told_names
from lsdc.models.encoders import build_encoder
from lsdc.models.heads import coordinate_branch, dense_head
from lsdc.models.inputs import network_inputs
from lsdc.models.pooling import GatedAttention, MaskedMean, SlicePlace
from lsdc.models.sizes import EMBEDDING_UNITS, WORDS


def build(config: TrainingConfig) -> keras.Model:
    """Build the network.

    Args:
        config: Beside the input's shape: `encoder` with `conv_filters` or a backbone's fields, `pooling`, `tell_level`,
            `tell_side`, `tell_position`, `dense_units`, `dropout`, `activation` and `norm_momentum`. With several
            conditions it is told which one a point stands for.

    Returns:
        A functional model from `image` (batch, slices, px, px), and what it is told, to `logits` (batch, 3), `embedding`
        (batch, units of the last dense layer) and, with several slices and attention, `attention` (batch, slices).
    """
    told = told_names(config)
    several = config.neighbours > 0
    inputs = network_inputs(config, "image", *(["mask"] if several else []), *told)
    features = _encode_each_slice(inputs["image"], config)
    outputs: dict[str, Any] = {}
    if several:
        pooled, outputs = _pool(SlicePlace(name="slice_place")(features), inputs["mask"], config)
    else:
        pooled = ops.squeeze(features, axis=1)
    branches = [pooled, *(_tell(name, inputs[name], config) for name in told)]
    joined = layers.Concatenate(name="joined")(branches) if told else pooled
    return keras.Model(inputs=inputs, outputs=dense_head(joined, config) | outputs, name="slice_attention")


def _encode_each_slice(image: Any, config: TrainingConfig) -> Any:
    px, slices = config.image_px, config.crop.num_slices
    encoder = build_encoder(config.encoder, config)
    # All slices of all rows are one long batch, so that they share the encoder's weights.
    features = encoder(ops.reshape(image, (-1, px, px, 1)))
    return ops.reshape(features, (-1, slices, features.shape[-1]))


def _pool(features: Any, mask: Any, config: TrainingConfig) -> tuple[Any, dict[str, Any]]:
    units = features.shape[-1] // 2
    match config.pooling:
        case Pooling.ATTENTION:
            pooled, weights = GatedAttention(units, name="attention")([features, mask])
            return pooled, {"attention": weights}
        case Pooling.MEAN:
            return MaskedMean(name="mean")([features, mask]), {}
        case Pooling.LSTM:
            # Unrolled, since there are few slices and the exported graph needs no loop; Keras on PyTorch cannot with a mask.
            unroll = keras.backend.backend() != "torch"
            recurrent = layers.Bidirectional(layers.LSTM(units, unroll=unroll), name="lstm")
            return recurrent(features, mask=mask > 0.5), {}


def _tell(name: str, value: Any, config: TrainingConfig) -> Any:
    if name == "coords":
        return coordinate_branch(config)(value)
    return layers.Embedding(WORDS[name], EMBEDDING_UNITS, name=f"{name}_embedding")(value)
