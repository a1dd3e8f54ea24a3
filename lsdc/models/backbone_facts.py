"""What is known of each backbone without building it. Imports no Keras; a test compares it with what Keras builds."""

from __future__ import annotations

from dataclasses import dataclass

SMALL_ENCODER = "small"


@dataclass(frozen=True, kw_only=True)
class BackboneFacts:
    """A backbone of Keras' applications, without its classifier and with the mean over places at its end.

    Args:
        description: One sentence.
        application: Its constructor in `keras.applications`, such as `resnet.ResNet50`.
        scaling: What it expects of its input, and whether that is inside it already; see `lsdc.models.backbones`.
        smallest_px: The smallest image that Keras lets it take.
        features: Numbers that it makes of an image.
        total: Numbers that it learns or keeps.
        trainable: Numbers that it learns.
        multiply_adds: Multiplications for one image of 128 px.
    """

    description: str
    application: str
    scaling: str
    smallest_px: int
    features: int
    total: int
    trainable: int
    multiply_adds: int

    def multiply_adds_at(self, image_px: int) -> int:
        """Multiplications for one image of another size; they grow with its area, to within its rounding."""
        return round(self.multiply_adds * (image_px / 128) ** 2)


BACKBONES: dict[str, BackboneFacts] = {}
