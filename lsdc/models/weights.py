"""Pretrained weights of backbones: where they come from, and how they get into a network.

Only files of bare weights are read: a file of a whole network could bring code with it.
"""

from __future__ import annotations

import hashlib
import shutil
import warnings
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

import keras

from lsdc import settings
from lsdc.errors import ConfigError
from lsdc.files import replacing
from lsdc.models.backbone_facts import BACKBONES, BackboneFacts
from lsdc.models.catalogue import IMAGENET, NO_WEIGHTS

# Without an answer for so long, a download is given up.
_PATIENCE_S = 20


def load_pretrained(backbone: keras.Model, name: str, pretrained: str) -> None:
    """Give a backbone the weights that a config asks for.

    Args:
        backbone: As Keras builds it, without classifier.
        name: In `BACKBONES`.
        pretrained: `none`, `imagenet`, or the path of a file: one that Keras publishes, named `…_notop.h5`, or one that
            `save_weights` wrote, named `….weights.h5`.

    Raises:
        ConfigError: If the weights cannot be had, or are not this backbone's.
    """
    if pretrained == NO_WEIGHTS:
        return
    path = imagenet_weights(name) if pretrained == IMAGENET else Path(pretrained)
    try:
        with warnings.catch_warnings():
            # Keras only warns where a file lacks some of the weights, and leaves those as they were drawn.
            warnings.simplefilter("error", UserWarning)
            backbone.load_weights(path)
    except (OSError, KeyError, ValueError, UserWarning) as error:
        raise ConfigError(
            f"The weights in {path} do not fit {name}: {error}.",
            f"Expected weights of {BACKBONES[name].application} without its classifier, as in "
            f"{BACKBONES[name].weights_file}, or as Keras' save_weights writes them into a .weights.h5 file.",
            f"Choose such a file, or set pretrained to “{NO_WEIGHTS}”.",
        ) from error


def imagenet_weights(name: str) -> Path:
    """The file of a backbone's ImageNet weights in Keras' cache; it is downloaded if it is not there.

    Raises:
        ConfigError: If it cannot be downloaded. Nothing of it is left in the cache then.
    """
    facts = BACKBONES[name]
    path = settings.keras_weights_root() / facts.weights_file
    if path.is_file():
        return path
    try:
        with replacing(path) as temporary:
            _download(facts, temporary)
    except (OSError, HTTPException) as error:
        raise ConfigError(
            f"The ImageNet weights of {name} could not be downloaded: {error}.",
            f"Expected {facts.weights_url} to be within reach, or the file at {path}.",
            f"Download {facts.weights_file} on another machine and put it there, or give its path as pretrained.",
        ) from error
    return path


def _download(facts: BackboneFacts, path: Path) -> None:
    # Keras' own download waits without end, and leaves a damaged file where the next run takes it for a good one.
    with urlopen(facts.weights_url, timeout=_PATIENCE_S) as answer, path.open("wb") as file:  # noqa: S310 - a constant of ours
        shutil.copyfileobj(answer, file)
        expected = answer.headers["Content-Length"]
    received = path.stat().st_size
    if expected and received != int(expected):
        raise OSError(f"{received} of {expected} bytes arrived")
    if facts.weights_hash:
        _check_hash(path, facts.weights_hash)


def _check_hash(path: Path, expected: str) -> None:
    algorithm, _, digest = expected.partition(":")
    with path.open("rb") as file:
        if hashlib.file_digest(file, algorithm).hexdigest() != digest:
            raise OSError("the file is not the one that was published")
