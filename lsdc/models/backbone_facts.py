"""What is known of each backbone without building it. Imports no Keras; a test compares it with what Keras builds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SMALL_ENCODER = "small"

_PUBLISHED = "https://storage.googleapis.com/tensorflow/keras-applications"


class InputRange(StrEnum):
    """The numbers that a backbone's ImageNet weights were learned with; `lsdc.models.backbones` makes them."""

    SIGNED = "from -1 to 1"
    SIGNED_BYTES = "bytes by 128, less 1"
    BYTES_LESS_MEAN = "blue, green and red from 0 to 255, less ImageNet's mean"
    STANDARDISED = "from 0 to 1, less ImageNet's mean, by its standard deviation"


@dataclass(frozen=True, kw_only=True)
class BackboneFacts:
    """A backbone of Keras' applications, without its classifier and with the mean over places at its end.

    Args:
        description: One sentence.
        application: Its constructor in `keras.applications`.
        input_range: What it expects to see.
        smallest_px: The smallest image that Keras lets it take.
        features: Numbers that it makes of an image.
        total: Numbers that it learns or keeps; those of a normalisation at its input are not among them.
        trainable: Numbers that it learns.
        multiply_adds: Multiplications of its convolutions and dense layers for one image of 128 px.
        weights_url: Where its ImageNet weights are published, without the classifier.
        weights_hash: Algorithm and digest of that file, as `md5:…`; None where none is published.
    """

    description: str
    application: str
    input_range: InputRange
    smallest_px: int
    features: int
    total: int
    trainable: int
    multiply_adds: int
    weights_url: str
    weights_hash: str | None

    @property
    def weights_file(self) -> str:
        """The name under which its ImageNet weights are published and cached."""
        return self.weights_url.rpartition("/")[2]

    def multiply_adds_at(self, image_px: int) -> int:
        """Multiplications for one image of another size, as if they grew with its area.

        An approximation: every layer rounds its size, and borders weigh more in small images.
        """
        return round(self.multiply_adds * (image_px / 128) ** 2)


BACKBONES: dict[str, BackboneFacts] = {
    "efficientnet": BackboneFacts(
        description="EfficientNetB0: narrow and deep, scaled evenly; the cheapest of the report's networks.",
        application="EfficientNetB0",
        input_range=InputRange.STANDARDISED,
        smallest_px=32,
        features=1280,
        total=4_049_564,
        trainable=4_007_548,
        multiply_adds=125_984_768,
        weights_url="https://storage.googleapis.com/keras-applications/efficientnetb0_notop.h5",
        weights_hash="md5:50bc09e76180e00e4465e1a485ddc09d",
    ),
    "inception": BackboneFacts(
        description="InceptionV3: convolutions of several sizes side by side.",
        application="InceptionV3",
        input_range=InputRange.SIGNED,
        smallest_px=75,
        features=2048,
        total=21_802_784,
        trainable=21_768_352,
        multiply_adds=730_653_024,
        weights_url=f"{_PUBLISHED}/inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
        weights_hash="md5:bcbd6486424b2319ff4ef7d526e38f63",
    ),
    "inception_resnet": BackboneFacts(
        description="InceptionResNetV2: Inception with shortcuts; the largest of the report's networks.",
        application="InceptionResNetV2",
        input_range=InputRange.SIGNED,
        smallest_px=75,
        features=1536,
        total=54_336_736,
        trainable=54_276_192,
        multiply_adds=1_623_510_880,
        weights_url=f"{_PUBLISHED}/inception_resnet_v2/inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
        weights_hash="md5:d19885ff4a710c122648d3b5c3b684e4",
    ),
    "resnet50": BackboneFacts(
        description="ResNet50: fifty layers with shortcuts.",
        application="ResNet50",
        input_range=InputRange.BYTES_LESS_MEAN,
        smallest_px=32,
        features=2048,
        total=23_587_712,
        trainable=23_534_592,
        multiply_adds=1_259_077_632,
        weights_url=f"{_PUBLISHED}/resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
        weights_hash="md5:4d473c1dd8becc155b73f8504c6f6626",
    ),
    "xception": BackboneFacts(
        description="Xception: Inception taken to its end, each channel convolved on its own.",
        application="Xception",
        input_range=InputRange.SIGNED,
        smallest_px=71,
        features=2048,
        total=20_861_480,
        trainable=20_806_952,
        multiply_adds=1_475_905_952,
        weights_url=f"{_PUBLISHED}/xception/xception_weights_tf_dim_ordering_tf_kernels_notop.h5",
        weights_hash="md5:b0042744bf5b25fce3cb969f33bebb97",
    ),
    "mobilenet": BackboneFacts(
        description="MobileNet (v1): each channel convolved on its own, made for telephones; the fewest parameters.",
        application="MobileNet",
        input_range=InputRange.SIGNED,
        smallest_px=32,
        features=1024,
        total=3_228_864,
        trainable=3_206_976,
        multiply_adds=185_376_768,
        weights_url=f"{_PUBLISHED}/mobilenet/mobilenet_1_0_224_tf_no_top.h5",
        weights_hash=None,
    ),
    "vgg16": BackboneFacts(
        description="VGG16: plain 3×3 convolutions, no normalisation; by far the most work for an image.",
        application="VGG16",
        input_range=InputRange.BYTES_LESS_MEAN,
        smallest_px=32,
        features=512,
        total=14_714_688,
        trainable=14_714_688,
        multiply_adds=5_011_144_704,
        weights_url=f"{_PUBLISHED}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        weights_hash="md5:6d6bbae143d832006294945121d1f1fc",
    ),
    "densenet": BackboneFacts(
        description="DenseNet121: every layer sees what all before it made of the image.",
        application="DenseNet121",
        input_range=InputRange.STANDARDISED,
        smallest_px=32,
        features=1024,
        total=7_037_504,
        trainable=6_953_856,
        multiply_adds=925_106_176,
        weights_url=f"{_PUBLISHED}/densenet/densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5",
        weights_hash="md5:30ee3e1110167f948a6b9946edeeb738",
    ),
    "efficientnetv2_s": BackboneFacts(
        description="EfficientNetV2-S: EfficientNet made faster to train; newer than the report's networks.",
        application="EfficientNetV2S",
        input_range=InputRange.SIGNED_BYTES,
        smallest_px=32,
        features=1280,
        total=20_331_360,
        trainable=20_177_488,
        multiply_adds=932_628_480,
        weights_url=f"{_PUBLISHED}/efficientnet_v2/efficientnetv2-s_notop.h5",
        weights_hash="md5:af0682fb74e8c54910f2d4393339c070",
    ),
    "convnext_tiny": BackboneFacts(
        description="ConvNeXt-Tiny: convolutions built the way of vision transformers; newer than the report's networks.",
        application="ConvNeXtTiny",
        input_range=InputRange.STANDARDISED,
        smallest_px=32,
        features=768,
        total=27_820_128,
        trainable=27_820_128,
        multiply_adds=1_454_616_576,
        weights_url=f"{_PUBLISHED}/convnext/convnext_tiny_notop.h5",
        weights_hash="sha256:d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
    ),
}
