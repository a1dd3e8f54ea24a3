"""From a Keras network to its ONNX twin, which is kept only if it gives the same answers."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime

from lsdc.errors import ExportError
from lsdc.files import replacing

# Both compute in float32; a larger difference is a different network.
TOLERANCE = 1e-4


def export_onnx(network: keras.Model, path: Path, sample: dict[str, np.ndarray]) -> float:
    """Write the twin of a network to `path`, if the two agree on `sample`.

    Args:
        network: Takes and gives named arrays, see `lsdc.models.catalogue`.
        path: Replaced when the twin agrees, otherwise left as it was.
        sample: Inputs by name; a few dozen rows.

    Returns:
        The largest difference between the two, over all outputs.

    Raises:
        ExportError: If the export fails or a difference exceeds `TOLERANCE`.
    """
    expected = network.predict_on_batch(sample)
    with replacing(path) as temporary:
        actual = _convert_and_run(network, temporary, sample)
        difference = _largest_difference(expected, actual)
        if not difference <= TOLERANCE:
            raise ExportError(
                f"The exported network differs from the trained one by {difference:.2g}.",
                f"A difference of at most {TOLERANCE:g}.",
                "The run keeps its Keras network; report the layers that it uses.",
            )
    return difference


def _convert_and_run(network: keras.Model, path: Path, sample: dict[str, np.ndarray]) -> dict[str, Any]:
    try:
        with warnings.catch_warnings():
            # The converter still looks up names that NumPy has dropped.
            warnings.simplefilter("ignore", FutureWarning)
            network.export(str(path), format="onnx", verbose=False)
        return _run_onnx(path, sample)
    except Exception as error:
        # Whatever converter and runtime raise means the same to the run: trained, but of no use for prediction.
        raise ExportError(
            f"The network could not be exported to ONNX: {type(error).__name__}: {error}.",
            "A network whose layers the converter knows.",
            "The run keeps its Keras network and its scores, and is not offered for prediction.",
        ) from error


def _run_onnx(path: Path, sample: dict[str, np.ndarray]) -> dict[str, Any]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, sample), strict=True))


def _largest_difference(expected: dict[str, Any], actual: dict[str, Any]) -> float:
    if expected.keys() != actual.keys():
        return float("inf")
    # np.max hands a difference that is not a number on, where max would drop it.
    return float(np.max([np.abs(expected[name] - actual[name]).max() for name in expected]))
