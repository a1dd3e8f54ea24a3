"""The backbones of Keras' applications, as encoders of one grey slice. Their weights come in through `weights`."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from lsdc.config import TrainingConfig
from lsdc.models.backbone_facts import BACKBONES, InputRange
from lsdc.models.weights import load_pretrained

# Of ImageNet's red, green and blue, from 0 to 1.
_MEAN = np.array([0.485, 0.456, 0.406])
_DEVIATION = np.array([0.229, 0.224, 0.225])
# Of its blue, green and red, from 0 to 255, as the weights that came from Caffe were learned with.
_MEAN_OF_BYTES = np.array([103.939, 116.779, 123.68])

# Factor and offset of each channel, for grey from 0 to 1.
_CHANNELS = {
    InputRange.SIGNED: (np.full(3, 2.0), np.full(3, -1.0)),
    InputRange.SIGNED_BYTES: (np.full(3, 255 / 128), np.full(3, -1.0)),
    InputRange.BYTES_LESS_MEAN: (np.full(3, 255.0), -_MEAN_OF_BYTES),
    InputRange.STANDARDISED: (1 / _DEVIATION, -_MEAN / _DEVIATION),
}


def build_backbone(name: str, config: TrainingConfig) -> keras.Model:
    """Build a backbone of `BACKBONES` with the weights that the config asks for.

    Args:
        name: Of the backbone.
        config: `image_px`, `pretrained` and `freeze_depth` shape it.

    Returns:
        A model named `encoder` from one slice (batch, px, px, 1), 0 to 1, to features (batch, units).

    Raises:
        ConfigError: If the pretrained weights cannot be had, or are not this backbone's.
    """
    facts = BACKBONES[name]
    px = config.image_px
    application = getattr(keras.applications, facts.application)
    backbone = application(include_top=False, pooling="avg", weights=None, input_shape=(px, px, 3))
    load_pretrained(backbone, name, config.pretrained)
    backbone = _make_portable(backbone)
    _freeze(backbone, config.freeze_depth)
    grey = keras.Input((px, px, 1))
    return keras.Model(grey, backbone(as_colour(grey, facts.input_range)), name="encoder")


def as_colour(grey: Any, input_range: InputRange) -> Any:
    """Repeat grey (batch, px, px, 1), 0 to 1, into the three channels (batch, px, px, 3) that a backbone expects."""
    factors, offsets = _CHANNELS[input_range]
    colour = layers.Concatenate(axis=-1)([grey, grey, grey])
    return layers.Rescaling(factors.tolist(), offsets.tolist())(colour)


@keras.saving.register_keras_serializable(package="lsdc")
class ExactGelu(keras.layers.Layer):
    """The Gaussian error linear unit, written with an operation that ONNX has; Keras' own uses one that it has not."""

    def call(self, inputs: Any) -> Any:
        """Apply it; the shape stays."""
        return 0.5 * inputs * (1.0 + ops.erf(inputs / 2.0**0.5))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape stays."""
        return input_shape


def _make_portable(backbone: keras.Model) -> keras.Model:
    """Replace layers that cannot be exported to ONNX, or that do again what `as_colour` has done."""
    if all(_portable_twin(layer) is layer for layer in backbone.layers):
        return backbone
    twin = keras.models.clone_model(backbone, clone_function=_clone)
    for original, copy in zip(backbone.layers, twin.layers, strict=True):
        if copy.weights:
            values = zip(original.get_weights(), copy.weights, strict=True)
            copy.set_weights([value.reshape(weight.shape) for value, weight in values])
    return twin


def _clone(layer: keras.layers.Layer) -> keras.layers.Layer:
    twin = _portable_twin(layer)
    return type(layer).from_config(layer.get_config()) if twin is layer else twin


def _portable_twin(layer: keras.layers.Layer) -> keras.layers.Layer:
    match layer:
        case layers.Rescaling() | layers.Normalization():
            # EfficientNet lacks half of its own unless Keras downloads the weights itself (tensorflow#49930).
            return layers.Identity(name=layer.name)
        case layers.Activation(activation=keras.activations.gelu):
            return ExactGelu(name=layer.name)
        case layers.Conv2D(groups=groups) if groups > 1:
            # As many groups as channels: the same numbers in the same order, and an operation that ONNX has.
            return layers.DepthwiseConv2D(layer.kernel_size, padding=layer.padding, name=layer.name)
    return layer


def _freeze(backbone: keras.Model, depth: float) -> None:
    # Layers without weights have nothing to freeze, and are unevenly spread. Batch normalisation that is frozen also
    # keeps its running mean and works with it in training.
    learning = [layer for layer in backbone.layers if layer.weights]
    for layer in learning[: round(depth * len(learning))]:
        layer.trainable = False
