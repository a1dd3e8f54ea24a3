"""Pretrained weights: which files are taken, that they mean what they mean to Keras, and what a failed download leaves."""

import hashlib
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import h5py
import numpy as np
import pytest

from lsdc.errors import ConfigError
from lsdc.models.backbone_facts import BACKBONES
from lsdc.models.catalogue import check_network

pytestmark = pytest.mark.trains

# EfficientNet is the one whose network Keras builds otherwise when it downloads the weights itself.
ALL = [
    name if name in ("mobilenet", "efficientnet") else pytest.param(name, marks=pytest.mark.exhaustive)
    for name in BACKBONES
]
CONTENT = b"some weights"


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


@pytest.fixture(scope="module")
def backbones(keras):
    return pytest.importorskip("lsdc.models.backbones")


@pytest.fixture(scope="module")
def weights(keras):
    return pytest.importorskip("lsdc.models.weights")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Keras' cache, empty."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "models"


@pytest.fixture
def publish(monkeypatch):
    """Publishes MobileNet's weights on a server of this machine, which may break off early."""
    servers = []

    def start(*, announced: int = len(CONTENT), weights_hash: str | None = None) -> HTTPServer:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(announced))
                self.end_headers()
                self.wfile.write(CONTENT)

            def log_message(self, *arguments):
                pass

        server = HTTPServer(("127.0.0.1", 0), Answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/mobile.h5"
        monkeypatch.setitem(
            BACKBONES, "mobilenet", replace(BACKBONES["mobilenet"], weights_url=url, weights_hash=weights_hash)
        )
        return server

    yield start
    for server in servers:
        _stop(server)


@pytest.fixture
def keras_finds(monkeypatch):
    """Has Keras take a file of ours for the one that it would download; gives what it asked for."""
    asked = []

    def find(path=None):
        def get_file(fname, origin, file_hash=None, **options):
            asked.append((fname, origin, file_hash))
            return path

        monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
        return asked

    return find


@pytest.mark.parametrize("name", ALL)
def test_the_published_weights_mean_what_they_mean_to_keras(
    keras, backbones, backbone_config, keras_finds, tmp_path, name
):
    facts = BACKBONES[name]
    application = getattr(keras.applications, facts.application)
    shape = {"include_top": False, "pooling": "avg", "input_shape": (128, 128, 3)}
    path = tmp_path / "published_notop.h5"
    _publish_like_keras(application(weights=None, **shape), path)
    grey = np.random.default_rng(0).random((2, 128, 128, 1), np.float32)
    bytes_of_colour = np.repeat(grey * 255, 3, axis=-1)
    asked = keras_finds(path)

    theirs = application(weights="imagenet", **shape)
    ours = backbones.build_backbone(name, backbone_config(name, image_px=128, pretrained=str(path)))

    preprocess = sys.modules[application.__module__].preprocess_input
    expected = np.asarray(theirs(preprocess(bytes_of_colour), training=False))
    # With weights drawn at random the features of a deep network are tiny, and no smaller for that in what they tell.
    size = np.abs(expected).max()
    assert size > 1e-30
    np.testing.assert_allclose(np.asarray(ours(grey, training=False)) / size, expected / size, atol=1e-3)
    assert (facts.weights_hash or ":").partition(":")[2] == (asked[0][2] or "")
    if name != "mobilenet":  # which has a file for each size
        assert asked[0][:2] == (facts.weights_file, facts.weights_url)


def test_weights_that_keras_saved_are_taken(backbones, backbone_config, tmp_path):
    first = backbones.build_backbone("mobilenet", backbone_config("mobilenet"))
    first.layers[-1].save_weights(tmp_path / "mobilenet.weights.h5")

    second = backbones.build_backbone(
        "mobilenet", backbone_config("mobilenet", pretrained=str(tmp_path / "mobilenet.weights.h5"))
    )

    for mine, given in zip(second.get_weights(), first.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, given)


@pytest.mark.parametrize("suffix", [".h5", ".weights.h5"])
def test_weights_of_another_network_are_refused(backbones, backbone_config, tmp_path, suffix):
    path = tmp_path / f"other{suffix}"
    other = backbones.build_backbone("vgg16", backbone_config("vgg16")).layers[-1]
    if suffix == ".h5":
        _publish_like_keras(other, path)
    else:
        other.save_weights(path)

    with pytest.raises(ConfigError, match=f"{path.name} do not fit mobilenet") as caught:
        backbones.build_backbone("mobilenet", backbone_config("mobilenet", pretrained=str(path)))

    assert "mobilenet_1_0_224_tf_no_top.h5" in caught.value.expected
    assert "none" in caught.value.fix


@pytest.mark.parametrize("suffix", [".h5", ".weights.h5"])
def test_a_file_that_is_no_weights_is_refused(backbones, backbone_config, tmp_path, suffix):
    path = tmp_path / f"words{suffix}"
    path.write_text("These are no weights.")

    with pytest.raises(ConfigError, match="do not fit mobilenet"):
        backbones.build_backbone("mobilenet", backbone_config("mobilenet", pretrained=str(path)))


@pytest.mark.parametrize("suffix", [".keras", ".pkl", ".pt"])
def test_only_files_of_bare_weights_are_taken(backbone_config, tmp_path, suffix):
    path = tmp_path / f"network{suffix}"
    path.touch()

    with pytest.raises(ConfigError, match=r"\.h5"):
        check_network(backbone_config("mobilenet", pretrained=str(path)))


def test_imagenet_weights_are_fetched_once(weights, cache, publish):
    server = publish(weights_hash=f"md5:{hashlib.md5(CONTENT).hexdigest()}")

    path = weights.imagenet_weights("mobilenet")

    assert path == cache / "mobile.h5"
    assert path.read_bytes() == CONTENT
    _stop(server)
    assert weights.imagenet_weights("mobilenet") == path


@pytest.mark.parametrize(
    ("published", "reason"),
    [
        ({"announced": 1000}, "12 of 1000 bytes arrived"),
        ({"weights_hash": f"sha256:{hashlib.sha256(b'other').hexdigest()}"}, "not the one that was published"),
    ],
    ids=["broken off", "another file"],
)
def test_a_damaged_download_is_not_kept(weights, cache, publish, published, reason):
    publish(**published)

    with pytest.raises(ConfigError, match=reason):
        weights.imagenet_weights("mobilenet")

    assert list(cache.iterdir()) == []


def test_without_a_network_the_error_says_where_to_put_the_file(backbones, backbone_config, cache, publish):
    _stop(publish())
    url = BACKBONES["mobilenet"].weights_url

    with pytest.raises(ConfigError, match="could not be downloaded") as caught:
        backbones.build_backbone("mobilenet", backbone_config("mobilenet", pretrained="imagenet"))

    assert url in caught.value.expected
    assert str(cache / "mobile.h5") in caught.value.expected
    assert "pretrained" in caught.value.fix
    assert list(cache.iterdir()) == []


def _publish_like_keras(network, path):
    """Write a file as Keras publishes them, in its older format; with EfficientNet's own numbers for normalisation."""
    from keras.src.legacy.saving import legacy_h5_format

    for layer in network.layers:
        if layer.name == "normalization":
            layer.set_weights([np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]), np.array(0)])
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, network)


def _stop(server):
    server.shutdown()
    server.server_close()
