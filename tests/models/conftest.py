"""Networks for tests: as small as a backbone can be."""

import numpy as np
import pytest

from lsdc.config import Activation, TrainingConfig, preset
from lsdc.models.backbone_facts import BACKBONES


@pytest.fixture(scope="session")
def backbone_config():
    """Makes the cheapest config of the report's kind that a backbone can be built with."""

    def make(name: str, **values) -> TrainingConfig:
        small = {
            "image_px": BACKBONES[name].smallest_px,
            "dense_units": (8,),
            "coordinate_units": (4,),
            # A leaky head cannot die within two steps, as one with ReLU can: then all comparisons would be of zeros.
            "activation": Activation.LEAKY_RELU,
        }
        return preset("report").changed(model=name, **small | values)

    return make


@pytest.fixture(scope="session")
def random_inputs():
    """Makes inputs as a network of one slice sees them: `image` from 0 to 1, and `coords`."""

    def make(rows: int, image_px: int, seed: int = 0) -> dict[str, np.ndarray]:
        random = np.random.default_rng(seed)
        image = random.random((rows, 1, image_px, image_px), np.float32)
        return {"image": image, "coords": random.random((rows, 2), np.float32)}

    return make


@pytest.fixture(scope="session")
def drawn_weights(tmp_path_factory):
    """Makes a file of weights for a backbone, drawn at random: what may be frozen must come from a file."""
    keras = pytest.importorskip("keras")

    def make(name: str) -> str:
        facts = BACKBONES[name]
        shape = (facts.smallest_px, facts.smallest_px, 3)
        application = getattr(keras.applications, facts.application)
        path = tmp_path_factory.mktemp("weights") / f"{name}.weights.h5"
        application(include_top=False, pooling="avg", weights=None, input_shape=shape).save_weights(path)
        return str(path)

    return make
